"""CORS: every origin may read, and no page of another site may write.

Why not Flask-CORS: it announces a configured list of methods; here each route announces its own safe methods.
"""

import re

from flask import Response, request

from api.http.methods import is_write

CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-ID, Deprecation, Sunset, "
        "Accept-Ranges, Content-Range"
    ),
}
"""The CORS headers of every response."""
PREFLIGHT_MAX_AGE_SECONDS = "86400"
HEADER_NAMES = re.compile(r"[A-Za-z0-9_, -]{1,1000}")
"""Names of request headers that are repeated in the response to a preflight request."""


def is_preflight() -> bool:
    """Return whether the request is a CORS preflight request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def add_preflight_headers(response: Response) -> None:
    """Add the headers that answer a CORS preflight request."""
    allowed = sorted(response.headers.get("Allow", "").split(", "))  # Werkzeug's order varies
    readable = [method for method in allowed if not is_write(method, request.path)]
    response.headers["Access-Control-Allow-Methods"] = ", ".join(readable)
    requested = request.headers.get("Access-Control-Request-Headers", "*")
    response.headers["Access-Control-Allow-Headers"] = requested if HEADER_NAMES.fullmatch(requested) else "*"
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_MAX_AGE_SECONDS
