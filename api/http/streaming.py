"""Answers put together while they are sent, from one unchanging view of the file, in flat memory."""

from collections.abc import Iterator
from functools import partial

from flask import Flask, Response, current_app, g

from api.database import connection, connection_pool, ensure_consistent
from api.http.headers import stream_etag
from api.http.serialization import base_url
from schemas.version import VERSION

CHUNK_BYTES = 64 * 1024
"""Bytes that are sent at a time, and are put together without a pause."""


def stream_response(pieces: Iterator[bytes], mimetype: str) -> Response:
    """What the pieces make up, in one answer."""
    tag = stream_etag(VERSION)
    kept, base, lender = connection(), base_url(), connection_pool()
    g.pop("connection")  # or it would be closed when the view returns
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def sent() -> Iterator[bytes]:
        # No context outlives a piece: the server may send other answers between one piece and the next.
        while True:
            with app.app_context():
                g.connection, g.base_url = kept, base
                lender.extend_deadline(kept)
                try:
                    piece = b"".join(_up_to(CHUNK_BYTES, pieces))
                    ensure_consistent(kept)
                finally:
                    g.pop("connection")  # it is given back once, when the stream is closed
            if not piece:
                return
            yield piece

    answer = Response(sent(), content_type=mimetype)
    answer.implicit_sequence_conversion = False  # or Werkzeug would hold it whole, to count its bytes
    answer.call_on_close(partial(lender.release, kept))  # also when nothing is sent, as to HEAD
    answer.set_etag(tag)
    return answer


def _up_to(size: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = 0
    for piece in pieces:
        yield piece
        held += len(piece)
        if held >= size:
            return
