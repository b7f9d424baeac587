"""The ASGI application: Flask behind request id, metrics, access log, rate limit and response cache.

The middleware never changes a response body; it adds headers that belong to one request.
"""

import asyncio
import atexit
import itertools
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api import create_app as create_flask
from api.middleware.access_log import AccessLog, LogEntry
from api.middleware.request_metrics import RequestMetrics
from api.middleware.response_cache import ResponseCacheMiddleware
from api.middleware.types import Message, Receive, Scope, Send, merge_headers
from seed.settings import OFF, Settings
from seed.storage.temporary_folder import temporary_folder

if TYPE_CHECKING:
    from api.middleware.rate_limit import RateLimiter

FLUSH_INTERVAL_SECONDS = 0.5
"""Flush interval in seconds for metrics and the access log."""
RATE_LIMIT_EXEMPT = {"/livez", "/readyz", "/metrics"}
"""Paths for operators, which are never rate limited."""
REQUEST_ID_HEADER = b"x-request-id"
VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


def create_asgi_app(**overrides: Any) -> "Gate":
    """Create the application as served; `overrides` replaces settings by name."""
    app = create_flask(**overrides)
    settings: Settings = app.extensions["settings"]
    folder = tempfile.mkdtemp(prefix="readout-", dir=temporary_folder())
    atexit.register(remove, folder, os.getpid())
    tally = app.extensions["tally"] = RequestMetrics(Path(folder))
    gate = Gate(ResponseCacheMiddleware(app), tally)
    if settings.access_log != OFF:
        gate.journal = AccessLog(settings.access_log, settings.trusted_proxies)
    if settings.rate_limit != OFF:
        from api.middleware.rate_limit import (
            RateLimiter,  # importing it takes as long as Flask, and it is not needed on the loopback interface
        )

        gate.limits = RateLimiter(settings.rate_limit, settings.redis_url, settings.trusted_proxies)
    return gate


class ResponseRecorder:
    """Wrapper of `send` that adds headers and records status, size, route and cache result."""

    __slots__ = ("added", "held", "route", "send", "size", "status")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.added: list[tuple[bytes, bytes]] = []
        self.route, self.status, self.size, self.held = "", 0, 0, False

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        if message["type"] == "http.response.start":
            self.status, self.route, self.held = message["status"], message.get("route", ""), "held" in message
            if self.added:
                message = {**message, "headers": [*message["headers"], *self.added]}
        else:
            self.size += len(message.get("body", b""))
        await self.send(message)


class Gate:
    """Outermost ASGI middleware: rate limit, request id, metrics and access log."""

    def __init__(self, edge: ResponseCacheMiddleware, tally: RequestMetrics) -> None:
        self.edge, self.tally = edge, tally
        self.journal: AccessLog | None = None
        self.limits: RateLimiter | None = None
        self.numbers = itertools.count()
        self.due = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request and record it."""
        began, reply = time.perf_counter(), ResponseRecorder(send)
        id = get_request_id(scope)
        if id:
            reply.added.append((REQUEST_ID_HEADER, id))
        try:
            if self.limits is None or scope["path"] in RATE_LIMIT_EXEMPT:
                await self.edge(scope, receive, reply)
            else:
                await self.within(self.limits, scope, receive, reply)
        finally:
            self.tell(scope, reply, id, time.perf_counter() - began)

    async def within(self, limits: "RateLimiter", scope: Scope, receive: Receive, reply: ResponseRecorder) -> None:
        """Handle a request, or answer 429 if the client exceeded its rate."""
        told, refused = await limits.admit(scope, merge_headers(scope["headers"]))
        reply.added += [(name.lower().encode(), text.encode()) for name, text in told.items()]
        if refused is None:
            await self.edge(scope, receive, reply)
        else:
            for message in refused.messages():
                await reply(message)

    def tell(self, scope: Scope, reply: ResponseRecorder, id: bytes, took: float) -> None:
        """Record a response in metrics and access log."""
        self.tally.note((reply.route, reply.status, reply.held), took)
        if self.journal is not None:
            named = id.decode() or f"{os.getpid()}-{next(self.numbers)}"
            self.journal.note(
                LogEntry(time.time(), scope, named, reply.route, reply.status, reply.size, reply.held, took)
            )
        self.keep_soon()

    def refused(self, status: int) -> None:
        """Count an error that the server sent before there was a request."""
        self.tally.note(("", status, False), 0.0)
        self.keep_soon()

    def keep_soon(self) -> None:
        """Schedule a flush."""
        if not self.due:
            self.due = True
            asyncio.get_running_loop().call_later(FLUSH_INTERVAL_SECONDS, self.keep)

    def keep(self) -> None:
        """Flush metrics and access log."""
        self.due = False
        self.tally.keep()
        if self.journal is not None:
            self.journal.hand_over()

    def close(self) -> None:
        """Flush everything when a worker exits."""
        self.tally.keep()
        if self.journal is not None:
            self.journal.close()


def get_request_id(scope: Scope) -> bytes:
    """Return the client's X-Request-ID, or b"" if there is none or it is invalid."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER and VALID_REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b""


def remove(folder: str, owner: int) -> None:
    """Remove the metrics of the workers when the master exits."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
