"""What stands in front of everything: it knows who asks and how often, and tells of every answer.

What is answered does not depend on it. It adds to each answer what belongs to one request alone.
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

if TYPE_CHECKING:
    from api.middleware.rate_limit import RateLimiter

FLUSH_INTERVAL_SECONDS = 0.5
"""Seconds after which what was counted is kept, and what is to be told of is written."""
RATE_LIMIT_EXEMPT = {"/livez", "/readyz", "/metrics"}
"""What is asked by those who look after the service."""
REQUEST_ID_HEADER = b"x-request-id"
VALID_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


def create_asgi_app(**overrides: Any) -> "Gate":
    """The whole application, as it is served; `overrides` replaces settings by name."""
    app = create_flask(**overrides)
    settings: Settings = app.extensions["settings"]
    folder = tempfile.mkdtemp(prefix="readout-")
    atexit.register(remove, folder, os.getpid())
    tally = app.extensions["tally"] = RequestMetrics(Path(folder))
    gate = Gate(ResponseCacheMiddleware(app), tally)
    if settings.access_log != OFF:
        gate.journal = AccessLog(settings.access_log, settings.trusted_proxies)
    if settings.rate_limit != OFF:
        from api.middleware.rate_limit import (
            RateLimiter,  # which takes as long to import as Flask, and is not needed on the loopback
        )

        gate.limits = RateLimiter(settings.rate_limit, settings.redis_url, settings.trusted_proxies)
    return gate


class ResponseRecorder:
    """What is sent to a client, with what is added to it, and what became of it."""

    __slots__ = ("added", "held", "route", "send", "size", "status")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.added: list[tuple[bytes, bytes]] = []
        self.route, self.status, self.size, self.held = "", 0, 0, False

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.route, self.held = message["status"], message.get("route", ""), "held" in message
            if self.added:
                message = {**message, "headers": [*message["headers"], *self.added]}
        else:
            self.size += len(message.get("body", b""))
        await self.send(message)


class Gate:
    """An ASGI application, which has the edge answer."""

    def __init__(self, edge: ResponseCacheMiddleware, tally: RequestMetrics) -> None:
        self.edge, self.tally = edge, tally
        self.journal: AccessLog | None = None
        self.limits: RateLimiter | None = None
        self.numbers = itertools.count()
        self.due = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
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
        """Answer, or refuse where this client has asked for too much."""
        told, refused = await limits.admit(scope, merge_headers(scope["headers"]))
        reply.added += [(name.lower().encode(), text.encode()) for name, text in told.items()]
        if refused is None:
            await self.edge(scope, receive, reply)
        else:
            for message in refused.messages():
                await reply(message)

    def tell(self, scope: Scope, reply: ResponseRecorder, id: bytes, took: float) -> None:
        """Count an answer, and have it written down; both are kept in a moment."""
        self.tally.note((reply.route, reply.status, reply.held), took)
        if self.journal is not None:
            named = id.decode() or f"{os.getpid()}-{next(self.numbers)}"
            self.journal.note(
                LogEntry(time.time(), scope, named, reply.route, reply.status, reply.size, reply.held, took)
            )
        self.keep_soon()

    def refused(self, status: int) -> None:
        """Count what the server has refused before it was a request that could be answered."""
        self.tally.note(("", status, False), 0.0)
        self.keep_soon()

    def keep_soon(self) -> None:
        """Have kept and written, in a moment, what there is by then."""
        if not self.due:
            self.due = True
            asyncio.get_running_loop().call_later(FLUSH_INTERVAL_SECONDS, self.keep)

    def keep(self) -> None:
        """Keep what was counted, and have written what waits."""
        self.due = False
        self.tally.keep()
        if self.journal is not None:
            self.journal.hand_over()

    def close(self) -> None:
        """Keep and write what is left, when a worker ends."""
        self.tally.keep()
        if self.journal is not None:
            self.journal.close()


def get_request_id(scope: Scope) -> bytes:
    """The id that whoever asks has given the request; empty where there is none that can be passed on."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER and VALID_REQUEST_ID.fullmatch(value):
            return bytes(value)
    return b""


def remove(folder: str, owner: int) -> None:
    """Remove what the workers have kept, when the process that they came from ends."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
