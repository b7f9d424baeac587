"""Byte ranges of files (RFC 9110, section 14), for programs that read files in parts, such as DuckDB and Polars.

Why not werkzeug's `make_conditional`: it answers several or malformed ranges with 416, where RFC 9110 ignores them.
"""

from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import ContentRange, Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from api.http.media_types import CSV, NDJSON
from api.http.negotiation import bare

TABLES = {bare(CSV), NDJSON}
"""Media types of lists that programs read by ranges, unless they are too long to be complete responses."""


def apply_range(response: Response) -> Response:
    """Return the requested range of a complete table, or all of it.

    A response with a content coding has no ranges. Raise RequestedRangeNotSatisfiable if the range is past the end.
    """
    if response.mimetype not in TABLES or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.headers["Accept-Ranges"] = "bytes"
    body = response.get_data()
    part = requested_range(response, len(body)) if response.status_code == HTTPStatus.OK else None
    if part:
        start, stop = part
        response.set_data(body[start:stop])
        mark_partial(response, start, stop, len(body))
    return response


def mark_partial(response: Response, start: int, stop: int, size: int) -> None:
    """Turn the response into a 206 for the bytes from start to stop."""
    response.status_code = HTTPStatus.PARTIAL_CONTENT
    response.content_length = stop - start
    response.content_range = ContentRange("bytes", start, stop, size)


def requested_range(response: Response, size: int) -> tuple[int, int] | None:
    """Return the range to send, from start to stop, or None for the whole file.

    Range applies to GET only; with If-Range, only if that names the current version.
    """
    ranges = request.range
    if request.method != "GET" or ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return None
    validators = (response.headers["ETag"], response.headers.get("Last-Modified"))
    if request.headers.get("If-Range", validators[0]) not in validators:
        return None
    start, stop = ranges.ranges[0]
    suffix_within_size = max(start, -size)  # the last 100 bytes of 50 are all 50 (RFC 9110, section 14.1.2)
    part = Range(ranges.units, [(suffix_within_size, stop)]).range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(size)
    return part
