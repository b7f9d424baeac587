"""Accepting connections so that all workers have about as many; uvicorn lets one worker accept all that wait."""

import asyncio
import mmap
import select
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

MAX_WORKERS = 64
"""Number of workers with a counter of their own. If two workers share one, it has the count of the last to accept."""
UNUSED = -1
YIELD_SECONDS = 0.001
"""How long a worker leaves a waiting connection to workers with fewer."""
MAX_BATCH_SIZE = 256
"""Number of connections that are accepted at once."""
RETRY_SECONDS = 0.1
"""Pause before connections are accepted again, if the process had too many files open."""
MAX_HALF_CLOSED = 256
"""Maximum number of waiting connections whose clients have closed them. The one that has waited longest is closed."""
HALF_CLOSED_PER_ITERATION = 8
"""Number of such connections that are handed to the server in one iteration of the event loop."""
SENDS_NO_MORE = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR
"""Events of a connection whose client has closed it, completely or for sending; not every system reports the second."""


class ConnectionCounts:
    """The number of connections of each worker, in memory that the workers share."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, MAX_WORKERS * 4)).cast("i")
        for number in range(MAX_WORKERS):
            self._counts[number] = UNUSED

    def set(self, worker: int, count: int) -> None:
        """Note the number of connections of a worker."""
        self._counts[worker % MAX_WORKERS] = count

    def lower(self, worker: int, count: int) -> None:
        """Note that a worker has fewer connections, if it still accepts others."""
        if self._counts[worker % MAX_WORKERS] != UNUSED:
            self.set(worker, count)

    def remove(self, worker: int) -> None:
        """Forget a worker that accepts no more connections."""
        self._counts[worker % MAX_WORKERS] = UNUSED

    def is_above_others(self, count: int) -> bool:
        """Return whether some worker has fewer connections than `count`."""
        return any(UNUSED < other < count for other in self._counts)


CONNECTION_COUNTS = ConnectionCounts()
"""Created in the master process and shared by its workers."""


class OpenConnections(set[Any]):
    """The connections of a worker. The other workers know at once when one is closed."""

    def __init__(self, worker: int) -> None:
        super().__init__()
        self._worker = worker

    def discard(self, connection: Any) -> None:
        """Remove a connection that is closed."""
        super().discard(connection)
        CONNECTION_COUNTS.lower(self._worker, len(self))


class Acceptor:
    """Accepts the connections of a listening socket, comparing the workers' counts before each.

    A client that has closed its connection before it is accepted comes after those that wait for a response: most such
    clients have gone, and when many connect and disconnect, their requests would take all of the time.
    """

    def __init__(
        self,
        listener: socket.socket,
        worker: int,
        count: Callable[[], int],
        connect: Callable[[socket.socket], Coroutine[Any, Any, None]],
    ) -> None:
        self._listener, self._worker, self._count, self._connect = listener, worker, count, connect
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[None]] = set()
        """The loop itself does not keep its tasks."""
        self._half_closed = deque[socket.socket]()
        listener.setblocking(False)

    def start(self) -> None:
        """Accept connections from now on."""
        self._timer = None
        CONNECTION_COUNTS.set(self._worker, self._count())
        self._loop.add_reader(self._listener, self._accept_or_yield)

    async def stop(self) -> None:
        """Accept the connections that wait, and close the socket. Returns once all of them are connected."""
        CONNECTION_COUNTS.remove(self._worker)
        self._loop.remove_reader(self._listener)
        if self._timer is not None:
            self._timer.cancel()
        waiting = []
        with self._listener, suppress(BlockingIOError):
            while True:
                waiting.append(self._listener.accept()[0])
        while self._half_closed:
            waiting.append(self._half_closed.popleft())
        for accepted in waiting:
            await self._connect(accepted)
        await asyncio.gather(*self._connecting)

    def _accept_or_yield(self) -> None:
        for _ in range(MAX_BATCH_SIZE):
            count = self._count() + len(self._connecting)
            CONNECTION_COUNTS.set(self._worker, count)
            if CONNECTION_COUNTS.is_above_others(count):
                self._pause(YIELD_SECONDS, self._resume)
                return
            if not self._accept():
                return

    def _resume(self) -> None:
        self.start()
        self._accept()

    def _accept(self) -> bool:
        """Accept a connection. Return whether another one may wait."""
        try:
            accepted, _ = self._listener.accept()
        except BlockingIOError:  # none waits
            return False
        except ConnectionAbortedError:  # the client has disconnected
            return True
        except OSError:  # no file descriptor is free
            self._pause(RETRY_SECONDS, self.start)
            return False
        if sends_no_more(accepted):
            self._postpone(accepted)
        else:
            self._start_task(accepted)
        return True

    def _start_task(self, accepted: socket.socket) -> None:
        task = self._loop.create_task(self._connect(accepted))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _postpone(self, accepted: socket.socket) -> None:
        if not self._half_closed:
            self._loop.call_soon(self._connect_half_closed)
        self._half_closed.append(accepted)
        if len(self._half_closed) > MAX_HALF_CLOSED:
            self._half_closed.popleft().close()

    def _connect_half_closed(self) -> None:
        for _ in range(min(HALF_CLOSED_PER_ITERATION, len(self._half_closed))):
            self._start_task(self._half_closed.popleft())
        if self._half_closed:
            self._loop.call_soon(self._connect_half_closed)

    def _pause(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listener)
        self._timer = self._loop.call_later(seconds, then)


def sends_no_more(connection: socket.socket) -> bool:
    """Return whether the client of a connection has closed it, at least for sending."""
    poll = select.poll()
    poll.register(connection, SENDS_NO_MORE)
    return bool(poll.poll(0))
