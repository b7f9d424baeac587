"""A response of Flask, on its way to an ASGI server."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Flask
from werkzeug.wsgi import ClosingIterator

from api.http.headers import ROUTE
from api.middleware.app_threads import AppThreads, CpuTimeExceeded, MonitoredCall, NoThread
from api.middleware.client_connection import ClientConnection, ClientDisconnected
from api.middleware.types import Message, Send

T = TypeVar("T")

EMPTY_BODY: Message = {"type": "http.response.body"}
STREAMING: Message = {"type": "http.response.body", "more_body": True}
"""Body message of a response that is a stream."""


class WSGIResponse:
    """Response of Flask: start message, route, and body, which is complete or STREAMING.

    Flask runs in the threads: once for the response, then once for each chunk of a stream.
    """

    def __init__(self, app: Flask, environ: dict[str, Any], threads: AppThreads, connection: ClientConnection) -> None:
        self.start: Message = {"type": "http.response.start"}
        self.body = STREAMING
        self._app, self._environ, self._threads, self._connection = app, environ, threads, connection
        self._body_bytes = 0
        self._chunks = ClosingIterator(())
        self._first_chunk: bytes | None = None
        self._counted = False
        self._call: MonitoredCall[Any] | None = None

    @property
    def route(self) -> str:
        """The matched route, such as `/parties/{id}`."""
        return str(self._environ.get(ROUTE, ""))

    async def call_app(
        self, body_bytes: int = 0, error: Exception | None = None, begin: Callable[[], None] = lambda: None
    ) -> None:
        """Call Flask; or, if reading the request body failed, its error handler. `begin` is called just before."""
        self._body_bytes = body_bytes
        try:
            await self._run(self._call_app if error is None else partial(self._handle, error), begin=begin)
        except CpuTimeExceeded as exceeded:
            await self._run(partial(self._handle, exceeded))
        except NoThread as missing:
            self._handle(missing)

    async def begin(self) -> tuple[Message, Message]:
        """Return the start and body messages once the first chunk of a stream has been produced.

        If that fails, Flask's error handler provides the response.
        """
        try:
            self._threads.streams.add(self._connection.address)
            self._counted = True
            self._first_chunk = await self._run(self._next_chunk, chunk=True)
        except ClientDisconnected:
            raise
        except Exception as error:  # Flask has a handler for every exception
            await self._run(partial(self._handle, error))
        return self.start, self.body

    async def send(self, send: Send) -> None:
        """Send the whole response."""
        start, body = await self.begin() if self.body is STREAMING else (self.start, self.body)
        await send(start)
        await send(body)
        if body is STREAMING:
            await self.stream(send)

    async def stream(self, send: Send) -> None:
        """Send the chunks of a stream until the client disconnects. The server disconnects clients that do not read."""
        self._connection.detect_disconnection()
        chunk = self._first_chunk
        while chunk is not None:
            if self._connection.disconnected:
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await self._run(self._next_chunk, chunk=True)
        await send(EMPTY_BODY)

    def close(self) -> None:
        """Release what Flask holds once no thread is working on it; the client may disconnect at any time."""
        if self._counted:
            self._threads.streams.remove(self._connection.address)
        if self._call is not None:
            self._call.future.add_done_callback(lambda _: self._chunks.close())

    async def _run(
        self, function: Callable[[], T], *, chunk: bool = False, begin: Callable[[], None] = lambda: None
    ) -> T:
        if self._threads.is_busy(self._connection.address):
            self._connection.detect_disconnection()
        async with self._threads.place(self._connection.address, chunk=chunk):
            if self._connection.disconnected:
                raise ClientDisconnected
            begin()
            self._call = call = self._threads.submit(function, self._connection, self._body_bytes)
            return await call.result()

    def _call_app(self) -> None:
        self._set_body(self._app(self._environ, self._start_response))

    def _handle(self, error: Exception) -> None:
        """Replace the response by that of Flask's error handler."""
        self._chunks.close()
        with self._app.request_context(self._environ):
            response = self._app.process_response(self._app.make_response(self._app.handle_user_exception(error)))
            self._set_body(response(self._environ, self._start_response))

    def _set_body(self, chunks: Any) -> None:
        self._chunks = ClosingIterator(chunks)
        names = {name for name, _ in self.start["headers"]}
        if b"content-length" in names and b"accept-ranges" not in names:  # a download is streamed
            self.body = {"type": "http.response.body", "body": b"".join(self._chunks)}

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Callable[[bytes], object]:
        self.start["status"] = int(status.partition(" ")[0])
        self.start["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _write

    def _next_chunk(self) -> bytes | None:
        return next(self._chunks, None)


def _write(_chunk: bytes) -> None:
    """The `write` callable of PEP 3333, which Flask never uses."""
    raise NotImplementedError
