"""gunicorn worker that runs uvicorn, with a graceful shutdown that loses no requests."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from gunicorn.arbiter import Arbiter
from uvicorn.config import Config
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]

from api.server.accept import Acceptor, OpenConnections
from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit

KILL_MARGIN_SECONDS = 2
"""Time between the end of the graceful shutdown and gunicorn's SIGKILL."""
NOTIFY_INTERVAL_SECONDS = 1
"""Interval at which a worker reports to the master process, and checks that it still runs."""
TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""Signals that stop a worker."""


def block_signals_at_fork() -> None:
    """Block termination signals in a new worker until it has installed its handlers; otherwise they would be lost."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS),
    )


class GracefulServer(Server):
    """uvicorn's server without lost requests, and with connections spread over the workers.

    uvicorn accepts all connections that wait at once, so that one worker often gets nearly all of them. It resets
    connections that wait when it shuts down, and then kills the process with the signal it received, which gunicorn
    would report as a failure.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install the signal handlers."""
        loop = asyncio.get_running_loop()
        for number in TERMINATION_SIGNALS:
            loop.add_signal_handler(number, self.stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
        yield

    def stop(self) -> None:
        """Begin the graceful shutdown."""
        self.should_exit = True

    def __init__(self, config: Config, worker: int) -> None:
        super().__init__(config)
        self._worker = worker
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from now on."""
        self.servers = []
        self.server_state.connections = OpenConnections(self._worker)
        self._acceptors = [
            Acceptor(listener.dup(), self._worker, self._count_connections, self._connect) for listener in sockets or []
        ]
        for acceptor in self._acceptors:
            acceptor.start()
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept waiting connections, then close each connection after its last response."""
        for acceptor in self._acceptors:
            await acceptor.stop()
        await super().shutdown(sockets)

    def _count_connections(self) -> int:
        return len(self.server_state.connections)

    async def _connect(self, accepted: socket.socket) -> None:
        with suppress(OSError):  # the client has left
            await asyncio.get_running_loop().connect_accepted_socket(self._create_connection, accepted)

    def _create_connection(self) -> asyncio.Protocol:
        create: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = create(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


class Worker(UvicornWorker):  # type: ignore[misc] # it has no types
    """uvicorn's worker with the connections and the shutdown of this service."""

    CONFIG_KWARGS = {
        "interface": "asgi3",
        "loop": "uvloop",
        "lifespan": "off",  # the application has no start-up or shutdown work
        "ws": "none",
        "access_log": False,  # the application has its own
        "log_level": "error",  # uvicorn warns of each malformed request
        "proxy_headers": False,  # the application reads them
        "server_header": False,
        "timeout_notify": NOTIFY_INTERVAL_SECONDS,
    }
    server: GracefulServer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config: Config
        self.config.http = partial(Connection, limit=ConnectionLimit(self.cfg.worker_connections))
        self.config.timeout_graceful_shutdown = self.cfg.graceful_timeout - KILL_MARGIN_SECONDS

    async def _serve(self) -> None:
        # as in UvicornWorker, which cannot be told which server to use
        self.config.app = self.wsgi
        self.server = GracefulServer(self.config, self.age)
        await self.server.serve(sockets=self.sockets)
        if not self.server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def run(self) -> None:
        """Run until stopped, then save metrics and access log."""
        super().run()
        self.wsgi.close()

    async def callback_notify(self) -> None:
        """Report to the master process; stop if it is gone."""
        await super().callback_notify()
        if os.getppid() != self.ppid:
            self.server.stop()
