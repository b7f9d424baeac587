"""Responses from snapshots, with byte ranges (RFC 9110, section 14).

Why not werkzeug's `make_conditional`: it answers several or malformed ranges with 416, where RFC 9110 ignores them.
"""

from http import HTTPStatus

from flask import Response, request
from werkzeug.datastructures import ContentRange, Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from api.http.conditional import apply_conditions, set_validators
from api.http.headers import DEFAULT_CACHE_CONTROL
from api.views.snapshots import Snapshot


def file_response(snapshot: Snapshot, mimetype: str) -> Response:
    """Return a complete snapshot or the part requested. Raise RequestedRangeNotSatisfiable if that is past its end."""
    response = _response(snapshot, mimetype, "bytes")
    response.content_length = snapshot.size
    response = apply_conditions(response)  # before Range, as RFC 9110 (13.2.2) has it
    response.headers.pop("Date", None)  # set by the server
    part = requested_range(response, snapshot.size) if response.status_code == HTTPStatus.OK else None
    if part:
        start, stop = part
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response.response = snapshot.read(start, stop)
        response.content_length = stop - start
        response.content_range = ContentRange("bytes", start, stop, snapshot.size)
    return response


def growing_file_response(snapshot: Snapshot, mimetype: str) -> Response:
    """Return a snapshot that is still being written, so that its length is not known."""
    return _response(snapshot, mimetype, "none")


def requested_range(response: Response, size: int) -> tuple[int, int] | None:
    """Return the range to send, from start to stop, or None for the whole file.

    Range applies to GET alone, and with If-Range only if that names this very version.
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


def _response(snapshot: Snapshot, mimetype: str, accept_ranges: str) -> Response:
    response = Response(snapshot.read(), content_type=mimetype)
    response.implicit_sequence_conversion = False  # or werkzeug would load the whole file
    response.headers["Accept-Ranges"] = accept_ranges
    response.headers["Cache-Control"] = DEFAULT_CACHE_CONTROL
    response.set_etag(snapshot.version)
    set_validators(response)
    return response
