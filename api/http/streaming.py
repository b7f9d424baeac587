"""Responses of any length from one snapshot of the database, in constant memory."""

from collections.abc import Iterator
from functools import partial
from itertools import chain

from flask import Flask, Response, current_app, g

from api.database import connection, connection_pool, ensure_consistent, known_at
from api.http.conditional import stream_etag
from api.http.urls import base_url

MAX_COMPLETE_BYTES = 1024 * 1024
"""Size in bytes from which a list is a stream. A smaller response has a length and byte ranges, and may be cached."""
MAX_COMPLETE_RECORDS = 2000
"""Maximum number of records of a complete response; a longer list is a stream, however short its records are."""
CHUNK_BYTES = 512 * 1024
"""Minimum size in bytes of a chunk, except the last."""


def list_response(parts: Iterator[bytes], count: int, mimetype: str) -> Response:
    """Return a response with these parts of a list: complete with its length, or a stream if it exceeds the limits.

    `count` is the number of records: if it exceeds the limit, no part is buffered.
    """
    if count > MAX_COMPLETE_RECORDS:
        return stream_response(parts, mimetype)
    beginning = b"".join(_take_bytes(MAX_COMPLETE_BYTES, parts))
    if len(beginning) >= MAX_COMPLETE_BYTES:
        return stream_response(chain([beginning], parts), mimetype)
    response = Response(beginning, content_type=mimetype)
    response.set_etag(stream_etag(mimetype))
    return response


def stream_response(parts: Iterator[bytes], mimetype: str) -> Response:
    """Return a response that streams these parts in chunks."""
    etag = stream_etag(mimetype)
    response = Response(_chunks(parts), content_type=mimetype)
    response.implicit_sequence_conversion = False  # or Werkzeug would buffer it to set Content-Length
    # Released when the response is closed, which also happens if nothing is sent, as for HEAD.
    response.call_on_close(partial(connection_pool().release, connection()))
    g.pop("connection")  # otherwise teardown would release it when the view returns
    response.set_etag(etag)
    return response


def _chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Return an iterator of chunks, each produced in an application context with the connection of this request."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    state = {"connection": connection(), "base_url": base_url(), "known_at": known_at()}
    return iter(partial(next_chunk, app, state, parts), b"")


def next_chunk(app: Flask, state: dict[str, object], parts: Iterator[bytes]) -> bytes:
    """Return the next chunk, and b"" after the last.

    The application context lasts for one chunk only: the thread may serve other requests between two chunks.
    """
    with app.app_context():
        for name, value in state.items():
            setattr(g, name, value)
        try:
            connection_pool().extend_deadline(connection())
            chunk = b"".join(_take_bytes(CHUNK_BYTES, parts))
            ensure_consistent(connection())
        finally:
            g.pop("connection")  # released when the response is closed
    return chunk


def _take_bytes(size: int, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield parts until they have this size."""
    total = 0
    for part in parts:
        yield part
        total += len(part)
        if total >= size:
            return
