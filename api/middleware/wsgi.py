"""WSGI adapter: runs Flask in a few threads without letting slow clients block them.

A thread never waits for a client: request bodies are read before Flask is called, and each chunk of a stream is
produced by whichever thread is free. Why not a2wsgi: four clients that do not read block every other request.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from api.http.methods import is_write
from api.middleware.app_threads import AppThreads
from api.middleware.client_address import client_address
from api.middleware.client_connection import ClientConnection, ClientDisconnected
from api.middleware.headers import request_headers
from api.middleware.liveness import OPERATOR_PATHS
from api.middleware.request_body import TIMEOUT_SECONDS, RequestBody
from api.middleware.step_scheduler import StepScheduler
from api.middleware.types import Headers, Receive, Scope
from api.middleware.wsgi_response import WSGIResponse

APP_THREADS = 4
"""Number of threads that run Flask in a worker."""
MAX_DIGITS = 20
"""Number of digits of a Content-Length that are read: Python converts long ones slowly."""
WRITE_THREADS = 1
"""Number of threads for writes, which wait for each other: reads never wait for them."""
WRITE_CPU_SECONDS = 60.0
"""CPU time of a write. It ends much earlier by itself (`api/writes/transaction.py`), and never without an answer."""
IGNORED_HEADERS = {b"upgrade"}
"""Headers that Flask does not get. A server may ignore Upgrade (RFC 9110, section 7.8), but Werkzeug finds no path for
a WebSocket.
"""
BODY_METHODS = ("POST", "PUT", "PATCH")
OPERATOR_THREADS = 1
"""Number of threads for the paths of operators, which must be answered when all others are busy."""


class WSGIAdapter:
    """Calls Flask in a fixed number of threads, which start when they are first used."""

    def __init__(
        self,
        app: Flask,
        threads: AppThreads | None = None,
        trusted_proxies: int = 0,
        body_timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.app, self.threads = app, threads or AppThreads(APP_THREADS)
        self._operator_threads = AppThreads(OPERATOR_THREADS)
        self._write_threads = AppThreads(WRITE_THREADS, WRITE_CPU_SECONDS)
        self._trusted_proxies, self._body_timeout_seconds = trusted_proxies, body_timeout_seconds
        self.scheduler = StepScheduler()

    @asynccontextmanager
    async def call(
        self,
        scope: Scope,
        receive: Receive,
        hidden_headers: Iterable[bytes] = (),
        begin: Callable[[], None] = lambda: None,
    ) -> AsyncIterator[WSGIResponse]:
        """Yield Flask's response, as if the hidden headers were absent. Raise ClientDisconnected.

        `begin` is called once a thread is free, and may raise an exception instead of the call of Flask.
        """
        threads = self._threads_for(scope)
        if threads is self.threads:
            await self.scheduler.wait()
        headers = {name: value for name, value in request_headers(scope).items() if name not in hidden_headers}
        connection = ClientConnection(client_address(scope, self._trusted_proxies), receive)
        with RequestBody() as body:
            response = WSGIResponse(self.app, build_environ(scope, headers, body), threads, connection)
            try:
                error = await self._read_body(scope, headers, receive, body)
                await response.call_app(body.size, error, begin)
                scope["state"]["route"] = response.route
                yield response
            finally:
                connection.close()
                response.close()

    def _threads_for(self, scope: Scope) -> AppThreads:
        """Return the threads that answer a request."""
        if scope["path"] in OPERATOR_PATHS:
            return self._operator_threads
        return self._write_threads if is_write(scope["method"], scope["path"]) else self.threads

    async def _read_body(self, scope: Scope, headers: Headers, receive: Receive, body: RequestBody) -> Exception | None:
        """Read the body of a request that may have one. Return the error if that failed, for Flask's error handler.

        Raise ClientDisconnected.
        """
        max_bytes = self.app.config["MAX_CONTENT_LENGTH"]
        too_large = b"expect" in headers and exceeds(headers.get(b"content-length", b""), max_bytes)
        if scope["method"] not in BODY_METHODS or too_large:
            return None  # a client that waits for 100 Continue gets Flask's 413 instead
        try:
            await body.receive(receive, max_bytes, self._body_timeout_seconds)
        except ClientDisconnected:
            raise
        except Exception as error:
            return error
        return None


def exceeds(content_length: bytes, max_bytes: int) -> bool:
    """Return whether a Content-Length header announces more than a number of bytes."""
    return content_length.isdigit() and int(content_length[:MAX_DIGITS]) > max_bytes


def build_environ(scope: Scope, headers: Headers, body: IO[bytes]) -> dict[str, Any]:
    """Return the WSGI environ of a request (PEP 3333)."""
    host, port = scope.get("server") or ("", None)
    client, *_ = scope.get("client") or ("",)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": str(client),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        # The key of one with an underscore would be that with hyphens, which the middleware has read otherwise.
        if b"_" in name or name in IGNORED_HEADERS:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.decode("latin-1")
    return environ
