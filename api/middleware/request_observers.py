"""Middleware that reports every request to the metrics and the access log."""

import time
from collections.abc import Sequence
from typing import Protocol

from api.middleware.types import ASGIApp, Message, Receive, Scope, Send

CLIENT_CLOSED_REQUEST = 499
"""Status recorded if the client disconnected before a response was sent, as nginx does."""

REFUSAL = "refusal"
"""Key of the state for status and size of an error that the server sends instead of the application's response."""


class RequestObserver(Protocol):
    """Metrics or access log."""

    def observe(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        """Note a request, given the status of its response, the bytes of its body and the duration."""

    def close(self) -> None:
        """Save what was noted, when a worker exits."""


class RequestObserverMiddleware:
    """ASGI middleware that measures requests and reports them to observers."""

    def __init__(self, app: ASGIApp, observers: Sequence[RequestObserver]) -> None:
        self._app, self._observers = app, observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request and report it."""
        start, recorder = time.perf_counter(), ResponseRecorder(send)
        try:
            await self._app(scope, receive, recorder)
        finally:
            status, size = scope["state"].get(REFUSAL) or (recorder.status, recorder.size)
            self.observe(scope, status, size, time.perf_counter() - start)

    def observe(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        """Report a request, also one that was answered without the middleware."""
        for observer in self._observers:
            observer.observe(scope, status, size, seconds)

    def close(self) -> None:
        """Close the observers."""
        for observer in self._observers:
            observer.close()


class ResponseRecorder:
    """A `send` that records status and size of a response."""

    __slots__ = ("_send", "size", "status")

    def __init__(self, send: Send) -> None:
        self._send, self.status, self.size = send, CLIENT_CLOSED_REQUEST, 0

    async def __call__(self, message: Message) -> None:
        """Send a message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)
