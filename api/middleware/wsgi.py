"""WSGI adapter: runs Flask in a few threads without letting slow clients block them.

A thread never waits for a client: request bodies are read before Flask is called, and each chunk of a stream is
produced by whichever thread is free. Why not a2wsgi: four clients that do not read block every other request.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.exceptions import RequestTimeout
from werkzeug.wsgi import ClosingIterator

from api.http.error_handlers import UPSTREAM_ERROR
from api.http.headers import ROUTE
from api.middleware.types import Message, Receive, Scope, Send, merge_headers

ABSOLUTE_FORM = re.compile(rb"https?://(?:\[[0-9a-f:.]+\])?[^][/]*", re.IGNORECASE)
"""Scheme and authority of a request target in absolute-form (RFC 9112, section 3.2.2)."""
BODY_MEMORY_LIMIT = 64 * 1024
"""Bytes of a request body kept in memory; the rest goes to disk."""
BODY_TIMEOUT_SECONDS = 60
"""Seconds within which a request body must arrive."""
WRITE_TIMEOUT_SECONDS = 60
"""Seconds that a stream waits for its client to read a chunk. Meanwhile the WAL cannot be checkpointed."""
EMPTY_BODY: Message = {"type": "http.response.body"}
STREAMING: Message = {"type": "http.response.body", "more_body": True}
"""Body message of a response that is a stream."""


class WSGIResponse:
    """Response of Flask: start message, and body, which is complete or STREAMING."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.start: Message = {"type": "http.response.start"}
        self.body = STREAMING
        self._threads = threads
        self._pieces = ClosingIterator(())
        self._first: bytes | None = None
        self._working: Future[Any] = Future()
        self._working.set_result(None)

    async def start_app(self, app: Flask, environ: dict[str, Any]) -> None:
        """Call Flask in a thread."""
        self._app, self._environ = app, environ
        await self._run(self._ask)

    def _ask(self) -> None:
        self._pieces = ClosingIterator(self._app(self._environ, self._told))
        self.start["route"] = self._environ.get(ROUTE, "")
        names = {name for name, _ in self.start["headers"]}
        if b"content-length" in names and b"accept-ranges" not in names:  # a download is streamed
            self.body = {"type": "http.response.body", "body": b"".join(self._pieces)}

    def _told(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        self.start["status"] = int(status.partition(" ")[0])
        self.start["headers"] = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        return _not_written

    async def send(self, send: Send) -> None:
        """Send the whole response."""
        start, body = await self.started() if self.body is STREAMING else (self.start, self.body)
        await send(start)
        await send(body)
        if body is STREAMING:
            await self.stream(send)

    async def started(self) -> tuple[Message, Message]:
        """Return the start and body messages once the first chunk of a stream has been produced.

        If that fails, Flask is called again and answers with an error.
        """
        await self._run(self._begin)
        return self.start, self.body

    def _begin(self) -> None:
        try:
            self._first = next(self._pieces, None)
        except Exception as error:  # whatever it is, Flask has a handler for it
            self._pieces.close()
            self._environ[UPSTREAM_ERROR] = error
            self._ask()

    async def stream(self, send: Send) -> None:
        """Send the chunks of a stream as long as the client reads them in time."""
        piece = self._first or await self._run(lambda: next(self._pieces, None))
        while piece is not None:
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except TimeoutError:
                return
            piece = await self._run(lambda: next(self._pieces, None))
        await send(EMPTY_BODY)

    async def _run(self, work: Callable[[], Any]) -> Any:
        self._working = self._threads.submit(work)
        return await asyncio.wrap_future(self._working)

    def close(self) -> None:
        """Release what Flask holds once no thread is working on it; the client may disconnect at any time."""
        self._working.add_done_callback(lambda _: self._pieces.close())


class WSGIAdapter:
    """Calls Flask in a fixed number of threads."""

    def __init__(self, app: Flask, threads: int) -> None:
        self.app, self.threads = app, ThreadPoolExecutor(threads, "app")

    @asynccontextmanager
    async def call(self, scope: Scope, receive: Receive, without: Iterable[str] = ()) -> AsyncIterator[WSGIResponse]:
        """Yield Flask's response, as if some headers were absent."""
        answer = WSGIResponse(self.threads)
        with SpooledTemporaryFile(BODY_MEMORY_LIMIT) as body:
            try:
                posted = scope["method"] == "POST"
                failed = await read_body(receive, body, self.app.config["MAX_CONTENT_LENGTH"]) if posted else None
                environ = build_environ(scope, body) | {UPSTREAM_ERROR: failed}
                for name in without:
                    environ.pop(name, None)
                await answer.start_app(self.app, environ)
                yield answer
            finally:
                answer.close()


async def read_body(receive: Receive, body: IO[bytes], most: int) -> Exception | None:
    """Read the request body into a file, up to a maximum size.

    Returns the error if it failed: no disk space, a timeout, or a disconnected client.
    """
    more = True
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            while more and body.tell() <= most:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise TimeoutError
                body.write(message.get("body", b""))
                body.seek(0, SEEK_END)  # so that a full disk fails here
                more = message.get("more_body", False)
    except TimeoutError:
        return RequestTimeout(
            f"The body did not arrive within {BODY_TIMEOUT_SECONDS} seconds; send it anew, without a pause."
        )
    except OSError as error:
        return error
    body.seek(0)
    return None


def build_environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """Return the WSGI environ of a request (PEP 3333)."""
    server, port = scope["server"] or ("", "")
    client, *_ = scope["client"] or ("",)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(ABSOLUTE_FORM.sub(b"", scope["raw_path"], count=1)).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server),
        "SERVER_PORT": str(port),
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
    for name, value in merge_headers(scope["headers"]).items():
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.decode("latin-1")
    return environ


def _not_written(_piece: bytes) -> None:
    """The `write` callable of PEP 3333, which Flask never uses."""
    raise NotImplementedError
