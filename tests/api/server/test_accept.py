"""Connections are spread over the workers."""

import asyncio
import errno
import itertools
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from api.server.accept import CONNECTION_COUNTS, Acceptor, OpenConnections

BUSY, FREE = 1, 2
"""Numbers of two workers."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_counts_remain() -> Iterator[None]:
    yield
    CONNECTION_COUNTS.remove(BUSY)
    CONNECTION_COUNTS.remove(FREE)


class Accepted(list[socket.socket]):
    """The connections that a worker accepted."""

    def acceptor(self, listener: socket.socket, worker: int, at_first: int = 0) -> Acceptor:
        """Return an acceptor for a worker that has some connections already."""
        return Acceptor(listener, worker, lambda: at_first + len(self), self._connect)

    async def _connect(self, connection: socket.socket) -> None:
        self.append(connection)


@pytest.fixture
def busy() -> Iterator[Accepted]:
    with closing_all(Accepted()) as accepted:
        yield accepted


@pytest.fixture
def free() -> Iterator[Accepted]:
    with closing_all(Accepted()) as accepted:
        yield accepted


@contextmanager
def closing_all(accepted: Accepted) -> Iterator[Accepted]:
    yield accepted
    for connection in accepted:
        connection.close()


def run(listener: socket.socket, clients: int, start: Callable[[], Awaitable[None]]) -> None:
    """Call `start`, connect clients all at once, and wait until all are accepted."""

    async def main() -> None:
        await start()
        with ExitStack() as opened:
            for _ in range(clients):
                opened.enter_context(socket.create_connection(listener.getsockname()))
            await asyncio.sleep(0.3)

    asyncio.run(main())


def test_worker_with_fewest_connections_accepts_the_next(
    listener: socket.socket, busy: Accepted, free: Accepted
) -> None:
    async def start() -> None:
        busy.acceptor(listener, BUSY, at_first=10).start()
        free.acceptor(other_listener, FREE).start()

    with listener.dup() as other_listener:
        run(listener, 30, start)
    assert len(busy) + len(free) == 30
    assert abs(10 + len(busy) - len(free)) <= 2


def test_closed_connections_are_known_to_other_workers_at_once() -> None:
    connections = OpenConnections(FREE)
    connections.update(range(3))
    CONNECTION_COUNTS.set(FREE, 3)
    assert not CONNECTION_COUNTS.is_above_others(3)
    connections.discard(0)
    assert CONNECTION_COUNTS.is_above_others(3)


def test_worker_that_stops_is_not_counted_again() -> None:
    CONNECTION_COUNTS.remove(FREE)
    OpenConnections(FREE).discard(0)
    assert not CONNECTION_COUNTS.is_above_others(1)


def test_worker_with_most_connections_accepts_if_no_other_does(listener: socket.socket, busy: Accepted) -> None:
    async def start() -> None:
        CONNECTION_COUNTS.set(FREE, 0)
        busy.acceptor(listener, BUSY, at_first=10).start()

    run(listener, 5, start)
    assert len(busy) == 5


def test_connections_that_wait_are_accepted_before_a_shutdown(listener: socket.socket, busy: Accepted) -> None:
    async def main() -> None:
        CONNECTION_COUNTS.set(FREE, 0)
        acceptor = busy.acceptor(listener, BUSY, at_first=10)
        acceptor.start()
        with ExitStack() as opened:
            for _ in range(5):
                opened.enter_context(socket.create_connection(listener.getsockname()))
            await acceptor.stop()
        assert len(busy) == 5
        assert listener.fileno() == -1

    asyncio.run(main())


class Exhausted(socket.socket):
    """A listening socket for whose first connection the process has no file descriptor."""

    attempts = itertools.count()

    def accept(self) -> tuple[socket.socket, object]:
        if next(self.attempts) == 0:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_connection_waits_while_no_file_descriptor_is_free(busy: Accepted) -> None:
    with Exhausted() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        async def start() -> None:
            busy.acceptor(listener, BUSY).start()

        run(listener, 1, start)
    assert len(busy) == 1


def test_waiting_connections_are_accepted_in_batches(listener: socket.socket, free: Accepted) -> None:
    """The event loop does nothing else meanwhile, so that the last of a crowd is accepted soon."""

    async def accept_first() -> int:
        acceptor = free.acceptor(listener, FREE)
        acceptor.start()
        while not free:
            await asyncio.sleep(0)
        accepted = len(free)
        await acceptor.stop()
        return accepted

    with ExitStack() as clients:
        for _ in range(20):
            clients.enter_context(socket.create_connection(listener.getsockname()))
        assert asyncio.run(accept_first()) == 20


def test_clients_that_wait_come_before_those_that_closed(listener: socket.socket, free: Accepted) -> None:
    """Otherwise many clients that connect, send a request and disconnect would delay all others."""

    async def start() -> None:
        leave(listener, 20)
        waiting.connect(listener.getsockname())
        free.acceptor(listener, FREE).start()

    with socket.socket() as waiting:
        run(listener, 0, start)
        assert free[0].getpeername() == waiting.getsockname()
    assert len(free) == 21


def test_few_connections_that_clients_closed_are_kept(
    listener: socket.socket, free: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.server.accept.MAX_HALF_CLOSED", 5)

    async def start() -> None:
        leave(listener, 20)
        free.acceptor(listener, FREE).start()

    run(listener, 0, start)
    assert len(free) == 5


def test_connections_that_clients_closed_are_accepted_before_a_shutdown(
    listener: socket.socket, free: Accepted
) -> None:
    """A client may close its side after its request, and still read the response."""

    async def main() -> None:
        acceptor = free.acceptor(listener, FREE)
        leave(listener, 20)
        acceptor.start()
        while not free:
            await asyncio.sleep(0)
        await acceptor.stop()

    asyncio.run(main())
    assert len(free) == 20


def test_all_are_connected_when_a_worker_stops(listener: socket.socket) -> None:
    """A connection that is created later would not be told that the worker stops."""
    connected = list[socket.socket]()

    async def connect_slowly(accepted: socket.socket) -> None:
        await asyncio.sleep(0.1)
        connected.append(accepted)

    async def main() -> int:
        acceptor = Acceptor(listener, FREE, lambda: len(connected), connect_slowly)
        acceptor.start()
        while not acceptor._connecting:
            await asyncio.sleep(0)
        await acceptor.stop()
        return len(connected)

    with socket.create_connection(listener.getsockname()):
        assert asyncio.run(main()) == 1
    connected.pop().close()


def leave(listener: socket.socket, clients: int) -> None:
    """Connect clients, and disconnect them."""
    for _ in range(clients):
        socket.create_connection(listener.getsockname()).close()
