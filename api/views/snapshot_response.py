"""Responses from snapshots, with byte ranges."""

from http import HTTPStatus

from flask import Response

from api.http.byte_ranges import mark_partial, requested_range
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
        response.response = snapshot.read(start, stop)
        mark_partial(response, start, stop, snapshot.size)
    return response


def growing_file_response(snapshot: Snapshot, mimetype: str) -> Response:
    """Return a response from a snapshot that is still being written, without a length."""
    return _response(snapshot, mimetype, "none")


def _response(snapshot: Snapshot, mimetype: str, accept_ranges: str) -> Response:
    response = Response(snapshot.read(), content_type=mimetype)
    response.implicit_sequence_conversion = False  # or werkzeug would load the whole file
    response.headers["Accept-Ranges"] = accept_ranges
    response.headers["Cache-Control"] = DEFAULT_CACHE_CONTROL
    response.set_etag(snapshot.version)
    set_validators(response)
    return response
