"""gunicorn worker: errors as problem documents, a timeout for headers, and shutdown without lost requests."""

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
"""Seconds within which a new connection must send the headers of its first request."""
POLL_INTERVAL = 0.05
"""Seconds between two checks whether connections are closed or idle."""
KILL_MARGIN_SECONDS = 2
"""Seconds before the master's kill that the worker keeps for itself."""
TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""Signals that stop a worker."""


def block_signals_at_fork() -> None:
    """Block termination signals in a new worker until it has installed its handlers; otherwise they would be lost."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS),
    )


class Protocol(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """Connection that answers with problem documents instead of gunicorn's text errors."""

    def connection_made(self, transport: Any) -> None:
        """Accept the connection, or answer 503 if there are too many."""
        super().connection_made(transport)
        if self.worker.nr_conns > self.worker.worker_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            # gunicorn's own timer, which it sets only between two requests; the first request stops it.
            self._keepalive_handle = self.worker.loop.call_later(HEADERS_TIMEOUT_SECONDS, self._keepalive_timeout)

    def _keepalive_timeout(self) -> None:
        # If the worker is busy, a request may have arrived that nobody has read yet; it is read before the next check.
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
        self.worker.asgi.count_early_error(status)

    def _is_websocket_upgrade(self, request: Any) -> bool:
        return False  # an upgrade request is answered in HTTP/1.1 (RFC 9110, section 7.8)

    def _will_close(self, request: Any, response_requires_close: bool) -> bool:
        return bool(self.worker.leaving or super()._will_close(request, response_requires_close))


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """gunicorn's ASGI worker with graceful shutdown.

    gunicorn's own closes keep-alive connections at once, and a request that arrives at that moment gets no response.
    This one accepts no new connections, announces `Connection: close` in each response, and exits when all connections
    are closed.
    """

    leaving = False
    """Whether every response closes its connection."""
    last_steps: "asyncio.Task[None]"

    def init_process(self) -> None:
        """Start the worker."""
        gasgi.ASGIProtocol = Protocol  # the worker looks the class up by this name
        super().init_process()

    async def _serve(self) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
        await super()._serve()

    def handle_exit_signal(self) -> None:
        """Begin the graceful shutdown."""
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
        """Accept connections that are waiting in the backlog and close the listener; they would be reset otherwise."""
        door.setblocking(False)
        waiting = []
        with door, suppress(BlockingIOError):
            while True:
                waiting.append(door.accept()[0])
        for connection in waiting:
            await self.loop.connect_accepted_socket(lambda: Protocol(self), connection)

    def run(self) -> None:
        """Run until stopped, then flush metrics and access log."""
        super().run()
        self.asgi.close()

    async def _shutdown(self) -> None:
        self.leaving = True  # also if the master is gone
        await super()._shutdown()
