"""Liveness: /livez is answered by the event loop, however busy the application's threads are."""

from flask import Flask

from api.http.negotiation import parse_qualities
from api.http.serialization import JSON
from api.middleware.headers import request_headers
from api.middleware.types import ASGIApp, Headers, Message, Receive, Scope, Send

PATH = "/livez"
OPERATOR_PATHS = {PATH, "/readyz", "/metrics"}
"""Paths for operators. They are not rate limited and have a thread of their own."""


class LivenessMiddleware:
    """ASGI middleware that answers /livez with Flask's response, rendered once."""

    def __init__(self, app: ASGIApp, flask: Flask) -> None:
        self._app = app
        with flask.test_request_context(PATH):
            response = flask.full_dispatch_request()
        headers = [(name.lower().encode(), value.encode()) for name, value in response.headers]
        self._start: Message = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        self._body = response.get_data()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["path"] != PATH or not is_plain_read(scope):
            await self._app(scope, receive, send)
            return
        scope["state"]["route"] = PATH
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body if scope["method"] == "GET" else b""})


def is_plain_read(scope: Scope) -> bool:
    """Return whether a request has no parameters and accepts JSON. Flask answers all others, mostly with an error."""
    return scope["method"] in ("GET", "HEAD") and not scope["query_string"] and accepts_json(request_headers(scope))


def accepts_json(headers: Headers) -> bool:
    """Return whether the client accepts JSON."""
    qualities = parse_qualities(headers.get(b"accept", b"").decode("latin-1"))
    media_ranges = (JSON, "application/*", "*/*")
    return not qualities or next((qualities[name] for name in media_ranges if name in qualities), 0) > 0
