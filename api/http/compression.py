"""Content codings: which one a client prefers, and compression of a response."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import zstandard
from flask import Response, request
from werkzeug.http import parse_accept_header

MIN_COMPRESS_BYTES = 500
"""Size in bytes below which compression costs more than it saves."""
GZIP = 16 + zlib.MAX_WBITS
"""Window bits that select gzip without a timestamp: the same data gives the same bytes."""


class ContentCoding(NamedTuple):
    """Content coding: its name and a factory of compressors."""

    name: str
    compressor: Callable[[], "zlib._Compress | zstandard.ZstdCompressionObj"]


CONTENT_CODINGS = (
    ContentCoding("zstd", lambda: zstandard.ZstdCompressor(level=3).compressobj()),
    ContentCoding("gzip", lambda: zlib.compressobj(6, zlib.DEFLATED, GZIP)),
)
"""In order of preference if the client accepts several equally."""


def compress_response(response: Response) -> None:
    """Compress the response in the negotiated content coding, which gets its own ETag."""
    length = response.content_length
    name = negotiate_coding(request.headers.get("Accept-Encoding", ""))
    if not name or (length is not None and length < MIN_COMPRESS_BYTES) or "Content-Encoding" in response.headers:
        return
    compressor = next(coding.compressor for coding in CONTENT_CODINGS if coding.name == name)()
    response.headers["Content-Encoding"] = name
    response.set_etag(f"{response.get_etag()[0]}-{name}")
    if response.is_streamed:
        response.response = compress_stream(response.iter_encoded(), compressor)
    else:
        response.set_data(b"".join(compress_stream([response.get_data()], compressor)))


@lru_cache(maxsize=200)
def negotiate_coding(accept_encoding: str) -> str:
    """Return the content coding that an Accept-Encoding header prefers, or "" for none."""
    return parse_accept_header(accept_encoding).best_match([coding.name for coding in CONTENT_CODINGS]) or ""


def compress_stream(
    chunks: Iterable[bytes], compressor: "zlib._Compress | zstandard.ZstdCompressionObj"
) -> Iterator[bytes]:
    """Compress chunk by chunk."""
    for chunk in chunks:
        if compressed := compressor.compress(chunk):
            yield compressed
    yield compressor.flush()
