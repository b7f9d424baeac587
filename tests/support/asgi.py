"""Requests to an ASGI application without a server."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask

from api.asgi import Application
from api.middleware.database_state import DatabaseState
from api.middleware.response_cache import ResponseCacheMiddleware
from api.middleware.types import ASGIApp, Message, Receive
from api.middleware.wsgi import WSGIAdapter

AppFactory = Callable[..., Application]
"""Creates applications over the shared database; keyword arguments are settings."""


class HttpResponse(NamedTuple):
    """A response: status, headers in their order, with names in lower case, and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


def make_scope(path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    """Return the scope of a request as a server creates it; header names are written with _ for -."""
    url = urlsplit(path)
    named = {"host": "localhost", **headers}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": url.path,
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
        "server": ("127.0.0.1", 8000),
        "client": (client, 50000),
    }


def make_receive(*chunks: bytes, disconnects: bool = False) -> Receive:
    """Return the `receive` of a request with a body in chunks, after which the client disconnects, or waits."""
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    remaining = iter(messages)

    async def receive() -> Message:
        message = next(remaining, None)
        if message is None and not disconnects:
            await asyncio.Event().wait()
        return message or {"type": "http.disconnect"}

    return receive


async def discard(message: Message) -> None:
    """The `send` of a client that ignores the response."""


async def request_async(app: ASGIApp, scope: dict[str, Any], receive: Receive | None = None) -> HttpResponse:
    """Send a request and return the response."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive or make_receive(), send)
    start, *body = messages
    assert [message.get("more_body", False) for message in body] == [True] * (len(body) - 1) + [False]
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return HttpResponse(start["status"], headers, b"".join(message.get("body", b"") for message in body))


def request(app: ASGIApp, path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> HttpResponse:
    """Send a request and return the response."""
    return asyncio.run(request_async(app, make_scope(path, method, client, **headers)))


def request_flask(app: Flask, path: str, method: str = "GET", **headers: str) -> HttpResponse:
    """Return the response of Flask without middleware."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = app.test_client().open(path, method=method, headers=named)
    return HttpResponse(
        response.status_code, [(name.lower(), value) for name, value in response.headers], response.data
    )


def cache_in_front_of(app: Flask) -> ResponseCacheMiddleware:
    """Return Flask behind the response cache."""
    return ResponseCacheMiddleware(WSGIAdapter(app), DatabaseState(app.extensions["connection_pool"].path))


class CallCounter:
    """Counts the calls of Flask."""

    def __init__(self, app: Flask) -> None:
        self.number, self._wsgi_app = 0, app.wsgi_app
        app.wsgi_app = self  # type: ignore[assignment,method-assign] # as Flask documents it

    def __call__(self, *arguments: Any) -> Any:
        self.number += 1
        return self._wsgi_app(*arguments)
