"""gunicorn's worker: it refuses with problem documents, waits for nobody, and leaves no request behind."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from api.server.early_errors import error_response

HEADERS_TIMEOUT_SECONDS = 10
"""Seconds in which a new connection must have sent its first request's headers."""
POLL_INTERVAL = 0.05
"""Seconds between two looks whether a connection has ended, or is idle."""
KILL_MARGIN_SECONDS = 2
"""Seconds that the worker keeps for itself of those after which its master kills it."""
TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""The signals that tell a worker to end."""


def block_signals_at_fork() -> None:
    """Have signals wait that tell a new worker to end, until it listens to them; those sent before would be lost."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS),
    )


class Protocol(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """A connection. Where gunicorn alone would answer with a line of text, it answers with a problem document."""

    def connection_made(self, transport: Any) -> None:
        """Begin, if there is room for another connection."""
        super().connection_made(transport)
        if self.worker.nr_conns > self.worker.worker_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            # gunicorn's own timer, which it only sets between two requests; the first request stops it.
            self._keepalive_handle = self.worker.loop.call_later(HEADERS_TIMEOUT_SECONDS, self._keepalive_timeout)

    def _keepalive_timeout(self) -> None:
        # Where the worker is busy, a request may have come that nobody has read yet: it is read before the next look.
        self._keepalive_handle = self.worker.loop.call_later(POLL_INTERVAL, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self._request_ready.is_set():
            return
        if self._callback_parser.method:  # a request has begun
            self._send_error_response(HTTPStatus.REQUEST_TIMEOUT, "")
        super()._keepalive_timeout()

    def _refuse(self, status: int) -> None:
        self._send_error_response(status, "")
        self._close_transport()

    def _send_error_response(self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> None:
        self._safe_write(error_response(status).to_http1())
        self.worker.asgi.refused(status)

    def _is_websocket_upgrade(self, request: Any) -> bool:
        return False  # who asks to go on in another protocol is answered in this one (RFC 9110, 7.8)

    def _will_close(self, request: Any, response_requires_close: bool) -> bool:
        return bool(self.worker.leaving or super()._will_close(request, response_requires_close))


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """gunicorn's worker for ASGI, which speaks our protocol, and leaves once every client knows.

    gunicorn's own closes connections that it has promised to keep; whoever asks again at that moment gets no answer.
    This one takes no new connections any more, says in each answer that it is the last, and ends when all have gone.
    """

    leaving = False
    """Whether each answer is the last of its connection."""
    last_steps: "asyncio.Task[None]"

    def init_process(self) -> None:
        """Start to serve."""
        gasgi.ASGIProtocol = Protocol  # the worker takes it by this name
        super().init_process()

    async def _serve(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
        await super()._serve()

    def handle_exit_signal(self) -> None:
        """Leave, once every client knows."""
        if not self.leaving:
            self.leaving = True
            self.last_steps = self.loop.create_task(self._leave())

    async def _leave(self) -> None:
        patience = self.loop.time() + self.cfg.graceful_timeout - KILL_MARGIN_SECONDS
        doors = [listener.sock.dup() for listener in self.sockets]
        for server in self.servers:
            server.close()
        for door in doors:
            await self._let_in_who_waits(door)
        while self.nr_conns and self.loop.time() < patience:
            await asyncio.sleep(POLL_INTERVAL)
        self.alive = False

    async def _let_in_who_waits(self, door: socket.socket) -> None:
        """Take those who have connected and have not been taken yet, and close the door; they would be cut off."""
        door.setblocking(False)
        waiting = []
        with door, suppress(BlockingIOError):
            while True:
                waiting.append(door.accept()[0])
        for connection in waiting:
            await self.loop.connect_accepted_socket(lambda: Protocol(self), connection)

    def run(self) -> None:
        """Serve until told to end; then what was counted and noted is kept."""
        super().run()
        self.asgi.close()

    async def _shutdown(self) -> None:
        self.leaving = True  # also where nobody asked it to, because its master is gone
        await super()._shutdown()
