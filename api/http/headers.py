"""Headers of every response: CORS, security and caching."""

import sqlite3
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from api.http.byte_ranges import apply_range
from api.http.compression import compress_response
from api.http.conditional import apply_conditions, set_validators
from api.http.cors import CORS_HEADERS, add_preflight_headers, is_preflight
from api.http.error_handlers import database_error, database_unavailable, http_problem
from api.http.methods import WRITE_METHODS
from api.openapi.routes import path_of_rule
from seed.storage.errors import DatabaseUnavailable

DEFAULT_CACHE_CONTROL = "max-age=60, stale-while-revalidate=300"
COMMON_HEADERS = {
    **CORS_HEADERS,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every response: CORS for reads, and no permission to run, frame or sniff anything.

Few on purpose: each header costs a cached response about 2 % of its time.
"""
ROUTE = "readout.route"
"""Key of the WSGI environ for the matched route, used by metrics and the access log."""


def init_app(app: Flask) -> None:
    """Register the handler that completes every response."""
    app.after_request(finish_response)


def finish_response(response: Response) -> Response:
    """Add the common headers; for a cacheable response also validators and content coding."""
    request.environ[ROUTE] = path_of_rule(str(request.url_rule or ""))
    may_be_stored = "no-store" not in response.headers.get("Cache-Control", "")
    if may_be_stored and response.status_code == HTTPStatus.OK and request.method in ("GET", "HEAD"):
        response = prepare_cacheable(response)
    present = {name.lower() for name, _ in response.headers}
    for name, value in COMMON_HEADERS.items():
        if name.lower() not in present:  # an HTML page has its own policy
            response.headers.add(name, value)
    response.headers.add("Vary", "Accept, Accept-Encoding")
    if is_preflight():
        add_preflight_headers(response)
    if request.method in WRITE_METHODS:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def prepare_cacheable(response: Response) -> Response:
    """Apply conditions, content coding and range; return the response, a part of it, or a 304, 412, 416 or 503."""
    response.headers.setdefault("Cache-Control", DEFAULT_CACHE_CONTROL)
    try:
        set_validators(response)
    except DatabaseUnavailable as error:
        return database_unavailable(error)
    except sqlite3.DatabaseError as error:
        return database_error(error)
    compress_response(response)
    try:
        return apply_range(apply_conditions(response))
    except RequestedRangeNotSatisfiable as error:
        return http_problem(error)
