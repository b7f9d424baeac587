"""Streaming responses from one snapshot of the database, in constant memory."""

from collections.abc import Iterator
from functools import partial

from flask import Flask, Response, current_app, g

from api.database import connection, connection_pool, ensure_consistent
from api.http.headers import stream_etag
from api.http.serialization import base_url
from schemas.version import VERSION

CHUNK_BYTES = 64 * 1024
"""Bytes that are produced and sent at a time."""


def stream_response(pieces: Iterator[bytes], mimetype: str) -> Response:
    """Return a response that streams these chunks."""
    tag = stream_etag(VERSION)
    kept, base, lender = connection(), base_url(), connection_pool()
    g.pop("connection")  # otherwise teardown would close it when the view returns
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def sent() -> Iterator[bytes]:
        # A context lasts for one chunk only: the thread may serve other requests between two chunks.
        while True:
            with app.app_context():
                g.connection, g.base_url = kept, base
                lender.extend_deadline(kept)
                try:
                    piece = b"".join(_up_to(CHUNK_BYTES, pieces))
                    ensure_consistent(kept)
                finally:
                    g.pop("connection")  # it is released once, when the stream is closed
            if not piece:
                return
            yield piece

    answer = Response(sent(), content_type=mimetype)
    answer.implicit_sequence_conversion = False  # or Werkzeug would buffer it to set Content-Length
    answer.call_on_close(partial(lender.release, kept))  # also if nothing is sent, as for HEAD
    answer.set_etag(tag)
    return answer


def _up_to(size: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = 0
    for piece in pieces:
        yield piece
        held += len(piece)
        if held >= size:
            return
