"""Conditional requests (RFC 9110, section 13): ETag, Last-Modified, 304 and 412.

Why not Werkzeug's `make_conditional` for 412 too: it answers without a problem document.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus

from flask import Response, request
from werkzeug.http import http_date

from api.database import current_revision
from api.http.problems import problem
from api.http.urls import base_url
from schemas.version import VERSION

CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"}
"""The names of the conditional headers in the WSGI environ."""


def set_validators(response: Response) -> None:
    """Set Last-Modified and, unless the view has set one, ETag."""
    changed_at = current_revision().changed_at
    if changed_at and changed_at <= datetime.now(UTC):  # a timestamp in the future proves nothing
        response.headers["Last-Modified"] = _http_date(changed_at)
    if "ETag" not in response.headers:
        response.set_etag(etag_digest(response.content_type or "", response.get_data()))


_http_date = lru_cache(maxsize=16)(http_date)


def apply_conditions(response: Response) -> Response:
    """Return the response, a 304 if the client has it already, or a 412 if it requires another version.

    The order is that of RFC 9110, section 13.2.2: If-None-Match counts also after an If-Match that is met.
    """
    if CONDITIONS.isdisjoint(request.environ):
        return response
    modified, limit = response.last_modified, request.if_unmodified_since
    if request.if_match:
        if not _matches(response):
            return _precondition_failed(response, "its ETag no longer matches", "If-Match")
    elif modified and limit and modified > limit:
        return _precondition_failed(response, "it was modified after the date in", "If-Unmodified-Since")
    # With If-Match, Werkzeug would ignore If-None-Match.
    response.make_conditional({name: value for name, value in request.environ.items() if name != "HTTP_IF_MATCH"})
    del response.headers["Date"]  # set by the server
    return response


def _matches(response: Response) -> bool:
    """Return whether If-Match contains the ETag of the response. A weak ETag never matches (RFC 9110, 13.1.1)."""
    return request.if_match.contains(str(response.get_etag()[0]))


def _precondition_failed(response: Response, reason: str, header: str) -> Response:
    response.close()
    detail = f"The resource has changed: {reason} {header}. Omit {header} to get the current version."
    return problem(HTTPStatus.PRECONDITION_FAILED, detail)


def stream_etag(media_type: str) -> str:
    """Return the ETag of a stream, which is too long to digest: a digest of all that its bytes depend on."""
    query = sorted(request.args.items(multi=True), key=lambda item: item[0])
    parts = (VERSION, current_revision().key, base_url(), request.path, repr(query))
    return etag_digest(media_type, "\n".join(parts).encode())


def etag_digest(media_type: str, data: bytes) -> str:
    """Return a digest of a representation, as 32 hexadecimal digits."""
    digest = hashlib.sha256(media_type.encode() + b"\n")
    digest.update(data)
    return digest.hexdigest()[:32]
