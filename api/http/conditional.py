"""Conditional requests (RFC 9110, section 13): ETag, Last-Modified, 304 and 412."""

import hashlib
from datetime import UTC, datetime

from flask import Response, request

from api.database import current_revision
from api.http.problems import problem


def set_validators(response: Response) -> None:
    """Set Last-Modified and, unless the view has set one, ETag."""
    recorded_at = current_revision().recorded_at
    if recorded_at <= datetime.now(UTC):  # a timestamp in the future proves nothing
        response.last_modified = recorded_at
    if "ETag" not in response.headers:
        response.set_etag(etag_digest(response.get_data()))


def apply_conditions(response: Response) -> Response:
    """Return the response, a 304 if the client has it already, or a 412 if it requires another version."""
    if not request.if_match:
        response.make_conditional(request)
    elif not request.if_match.contains(str(response.get_etag()[0])):
        response.close()
        return problem(
            412,
            "The resource has changed: its ETag no longer matches If-Match. Omit If-Match to get the current version.",
        )
    return response


def stream_etag(version: str) -> str:
    """Return the ETag of a stream that is too long to digest: a digest of all data and of the request."""
    query = sorted(request.args.items(multi=True), key=lambda item: item[0])
    return etag_digest("\n".join((version, current_revision().digest, request.base_url, str(query))).encode())


def etag_digest(data: bytes) -> str:
    """Return a digest of the bytes, as 32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]
