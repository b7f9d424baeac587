"""Headers of every response: CORS, security, caching and content coding."""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

import zstandard
from flask import Flask, Response, request
from werkzeug.http import parse_accept_header

from api.database import state
from api.http.problems import database_error, database_unavailable, problem
from seed.storage.sqlite_file import DatabaseUnavailable

DEFAULT_CACHE_CONTROL = "max-age=60, stale-while-revalidate=300"
CORS_EXPOSED = "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-ID, Deprecation, Sunset"
COMMON_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": CORS_EXPOSED,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every response: CORS for reads, and no permission to run, frame or sniff anything.

Few on purpose: each header costs a cached response about 2 % of its time.
"""
ROUTE = "readout.route"
"""Key of the WSGI environ for the route that answered, used by metrics and the access log."""
PREFLIGHT_MAX_AGE_SECONDS = "86400"
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


def init_app(app: Flask) -> None:
    """Finish every response."""
    app.after_request(finish_response)


def finish_response(answer: Response) -> Response:
    """Add the common headers; for a cacheable response also validators and content coding."""
    request.environ[ROUTE] = str(request.url_rule or "").replace("<", "{").replace(">", "}")
    lasting = not answer.cache_control.no_store
    if answer.status_code == HTTPStatus.OK and lasting and request.method in ("GET", "HEAD"):
        answer = add_validators(answer)
    for name, value in COMMON_HEADERS.items():
        answer.headers.setdefault(name, value)  # an HTML page has its own policy
    answer.vary.update(("Accept", "Accept-Encoding"))
    if "Access-Control-Request-Method" in request.headers and request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "")
        answer.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "*")
        answer.headers["Access-Control-Max-Age"] = PREFLIGHT_MAX_AGE_SECONDS
    if request.method == "POST":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def add_validators(answer: Response) -> Response:
    """Return the response with ETag and Last-Modified in the negotiated content coding, or a 304, 412 or 503."""
    try:
        set_validators(answer)
    except DatabaseUnavailable as error:
        return database_unavailable(error)
    except sqlite3.DatabaseError as error:
        return database_error(error)
    compress_response(answer)
    if request.if_match and not request.if_match.contains(str(answer.get_etag()[0])):
        answer.close()
        return problem(412, "If-Match asks for another state of this than there is; leave it out to have this one.")
    if not request.if_match:
        answer.make_conditional(request)
    answer.headers.pop("Date", None)  # set by the server
    return answer


def set_validators(answer: Response) -> None:
    """Set Cache-Control, Last-Modified and ETag."""
    answer.headers.setdefault("Cache-Control", DEFAULT_CACHE_CONTROL)
    recorded = state().recorded_at
    if recorded <= datetime.now(UTC):  # a timestamp in the future proves nothing
        answer.last_modified = recorded
    if "ETag" not in answer.headers:
        answer.set_etag(etag_digest(answer.get_data()))


def stream_etag(version: str) -> str:
    """Return the ETag of a stream that is too long to digest: a digest of all data and of the request."""
    asked = sorted(request.args.items(multi=True), key=lambda item: item[0])
    return etag_digest("\n".join((version, state().digest, request.base_url, str(asked))).encode())


def etag_digest(data: bytes) -> str:
    """Return a digest of some bytes, as 32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]


def compress_response(answer: Response) -> None:
    """Compress the response in the negotiated content coding, which gets its own ETag."""
    length = answer.content_length
    chosen = negotiate_coding(request.headers.get("Accept-Encoding", ""))
    if not chosen or (length is not None and length < MIN_COMPRESS_BYTES) or "Content-Encoding" in answer.headers:
        return
    compressor = next(coding.compressor for coding in CONTENT_CODINGS if coding.name == chosen)()
    answer.headers["Content-Encoding"] = chosen
    answer.set_etag(f"{answer.get_etag()[0]}-{chosen}")
    if answer.is_streamed:
        answer.response = compress_stream(answer.iter_encoded(), compressor)
    else:
        answer.set_data(b"".join(compress_stream([answer.get_data()], compressor)))


@lru_cache(maxsize=200)
def negotiate_coding(accepted: str) -> str:
    """Return the content coding that an Accept-Encoding header prefers, or "" for none."""
    return parse_accept_header(accepted).best_match([coding.name for coding in CONTENT_CODINGS]) or ""


def compress_stream(
    pieces: Iterable[bytes], compressor: "zlib._Compress | zstandard.ZstdCompressionObj"
) -> Iterator[bytes]:
    """Compress chunk by chunk."""
    for piece in pieces:
        if ready := compressor.compress(piece):
            yield ready
    yield compressor.flush()
