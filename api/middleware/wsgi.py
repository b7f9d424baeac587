"""The way from the server (ASGI) to the application (WSGI), through a few threads that no slow client can hold.

A thread never waits for a client: a body is read before the application is asked, and a stream is taken up again for
every piece, by whichever thread is free.
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

from api.http.headers import ROUTE
from api.http.problems import UPSTREAM_ERROR
from api.middleware.types import Message, Receive, Scope, Send, merge_headers

ABSOLUTE_FORM = re.compile(rb"https?://(?:\[[0-9a-f:.]+\])?[^][/]*", re.IGNORECASE)
"""What may stand before the path in a request that is written for a proxy (RFC 9112, 3.2.2)."""
BODY_MEMORY_LIMIT = 64 * 1024
"""Bytes of a body that are held in memory; the rest waits on disk."""
BODY_TIMEOUT_SECONDS = 60
"""Seconds in which a body must have arrived."""
WRITE_TIMEOUT_SECONDS = 60
"""Seconds a stream waits for its client to take a piece. While it waits, the file's log cannot be emptied."""
EMPTY_BODY: Message = {"type": "http.response.body"}
STREAMING: Message = {"type": "http.response.body", "more_body": True}
"""The body of an answer of which no more is known than that it follows."""


class WSGIResponse:
    """What the application answers: how it begins, and its body, which is whole or a STREAM."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.start: Message = {"type": "http.response.start"}
        self.body = STREAMING
        self._threads = threads
        self._pieces = ClosingIterator(())
        self._first: bytes | None = None
        self._working: Future[Any] = Future()
        self._working.set_result(None)

    async def start_app(self, app: Flask, environ: dict[str, Any]) -> None:
        """Have the application answer."""
        self._app, self._environ = app, environ
        await self._run(self._ask)

    def _ask(self) -> None:
        self._pieces = ClosingIterator(self._app(self._environ, self._told))
        self.start["route"] = self._environ.get(ROUTE, "")
        if any(name == b"content-length" for name, _ in self.start["headers"]):
            self.body = {"type": "http.response.body", "body": b"".join(self._pieces)}

    def _told(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
        self.start["status"] = int(status.partition(" ")[0])
        self.start["headers"] = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        return _not_written

    async def send(self, send: Send) -> None:
        """Send all of it."""
        start, body = await self.started() if self.body is STREAMING else (self.start, self.body)
        await send(start)
        await send(body)
        if body is STREAMING:
            await self.stream(send)

    async def started(self) -> tuple[Message, Message]:
        """How the answer begins, and its body, once the first piece of the stream that it is has been made.

        Where none can be made the application is asked again, and says why.
        """
        await self._run(self._begin)
        return self.start, self.body

    def _begin(self) -> None:
        try:
            self._first = next(self._pieces, None)
        except Exception as error:  # whatever it is, the application has words for it
            self._pieces.close()
            self._environ[UPSTREAM_ERROR] = error
            self._ask()

    async def stream(self, send: Send) -> None:
        """Send what follows in a stream, for as long as the client takes it in good time."""
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
        """Let go of what the application holds, once no thread is at work on it: a client may leave at any time."""
        self._working.add_done_callback(lambda _: self._pieces.close())


class WSGIAdapter:
    """Asks an application, in a fixed number of threads that start when they are needed."""

    def __init__(self, app: Flask, threads: int) -> None:
        self.app, self.threads = app, ThreadPoolExecutor(threads, "app")

    @asynccontextmanager
    async def call(self, scope: Scope, receive: Receive, without: Iterable[str] = ()) -> AsyncIterator[WSGIResponse]:
        """What the application answers, for as long as the block lasts, as though some headers were not there."""
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
    """Write the body of a request into a file, until it ends, or is too large to be taken.

    What comes back is why that failed, where it did: there is no room, it took too long, or the client has left.
    """
    more = True
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            while more and body.tell() <= most:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise TimeoutError
                body.write(message.get("body", b""))
                body.seek(0, SEEK_END)  # so that it is written now, if ever
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
    """A request as the application reads it (PEP 3333)."""
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
    """What PEP 3333 has an application write with, which Flask never does."""
    raise NotImplementedError
