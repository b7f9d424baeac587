"""Content codings: which one a client prefers, and compression of a response.

Why not Flask-Compress: the response cache must know the coding of a request before it calls Flask.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Protocol

import brotli
import zstandard
from flask import Response, request

from api.http.byte_ranges import TABLES
from api.http.negotiation import MAX_HEADER_LENGTH, parse_qualities
from api.lists.xlsx import XLSX

MIN_COMPRESS_BYTES = 500
"""Size in bytes below which compression costs more than it saves."""
COMPRESSED = {"image/png", XLSX}
"""Media types of formats that are already compressed."""
GZIP = 16 + zlib.MAX_WBITS
"""Window bits that select gzip without a timestamp: the same data gives the same bytes."""


class Compressor(Protocol):
    """Compressor that takes its input in chunks."""

    def compress(self, chunk: bytes, /) -> bytes:
        """Return the output for a chunk, which may be empty."""

    def flush(self) -> bytes:
        """Return the rest of the output."""


class BrotliCompressor:
    """Compressor of the brotli package, which names its methods differently.

    Each chunk is flushed: brotli would collect megabytes and compress them at once, which exceeds the CPU limit.
    """

    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=5)

    def compress(self, chunk: bytes, /) -> bytes:
        """Return the output for a chunk."""
        return bytes(self._compressor.process(chunk) + self._compressor.flush())

    def flush(self) -> bytes:
        """Return the rest of the output."""
        return bytes(self._compressor.finish())


CONTENT_CODINGS: Mapping[str, Callable[[], Compressor]] = {
    "zstd": lambda: zstandard.ZstdCompressor(level=3).compressobj(),
    "br": BrotliCompressor,
    "gzip": lambda: zlib.compressobj(6, zlib.DEFLATED, GZIP),
}
"""Factory of compressors by content coding, in order of preference if the client accepts several equally."""


def compress_response(response: Response) -> None:
    """Compress the response in the negotiated content coding, which gets its own ETag.

    Not compressed: downloads, which have Accept-Ranges; tables, if the request has Range; formats that are compressed.
    """
    name = negotiate_coding(request.headers.get("Accept-Encoding", ""))
    length = response.content_length if name else None
    if not name or (length is not None and length < MIN_COMPRESS_BYTES):
        return
    if "Content-Encoding" in response.headers or "Accept-Ranges" in response.headers:
        return
    if response.mimetype in COMPRESSED or (response.mimetype in TABLES and "Range" in request.headers):
        return
    compressor = CONTENT_CODINGS[name]()
    response.headers["Content-Encoding"] = name
    response.set_etag(f"{response.get_etag()[0]}-{name}")
    if response.is_streamed:
        response.response = compress_stream(response.iter_encoded(), compressor)
    else:
        response.set_data(b"".join(compress_stream([response.get_data()], compressor)))


def negotiate_coding(accept_encoding: str) -> str:
    """Return the content coding that an Accept-Encoding header prefers, or "" for none.

    `*` stands for gzip only: clients that send it do not necessarily decode zstd or brotli.
    """
    return _negotiate_coding(accept_encoding) if len(accept_encoding) <= MAX_HEADER_LENGTH else ""


@lru_cache(maxsize=256)
def _negotiate_coding(accept_encoding: str) -> str:
    qualities = parse_qualities(accept_encoding)
    weights = {name: qualities.get(name, 0) for name in CONTENT_CODINGS}
    weights["gzip"] = qualities.get("gzip", qualities.get("*", 0))
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] > 0 and weights[best] >= qualities.get("identity", 0) else ""


def compress_stream(chunks: Iterable[bytes], compressor: Compressor) -> Iterator[bytes]:
    """Compress chunk by chunk."""
    for chunk in chunks:
        if compressed := compressor.compress(chunk):
            yield compressed
    yield compressor.flush()
