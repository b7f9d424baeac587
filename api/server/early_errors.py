"""Errors that the server sends before Flask is called, as complete problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from werkzeug.http import HTTP_STATUS_CODES

from api.http.headers import COMMON_HEADERS
from api.http.problems import PROBLEM_JSON, RETRY_AFTER_SECONDS, problem_document
from api.middleware.types import Message

MAX_REQUEST_LINE = 8190
"""Maximum length of the request line in bytes: gunicorn's limit, enough for a hundred ids."""
DETAILS = {
    400: (
        "This is not a request as HTTP/1.1 words it (RFC 9112). What is beyond ASCII in an address must be"
        " percent-encoded, as curl does with --get --data-urlencode."
    ),
    408: "The request did not arrive whole in the time there is for it; send it anew, without a pause.",
    414: f"The request line is longer than {MAX_REQUEST_LINE} bytes; ask for fewer values at once.",
    429: "This is more than one client may ask for; `Retry-After` says when to go on, `RateLimit` how much is left.",
    431: "The header fields are too long, or there are too many; send fewer.",
    503: "There are more connections than can be served; try again in a few seconds.",
}
PROBLEM_TYPES = {429: "https://iana.org/assignments/http-problem-types#quota-exceeded"}
"""Problem types that have a URI."""


class RawResponse(NamedTuple):
    """Complete error response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def messages(self) -> tuple[Message, Message]:
        """Return the ASGI messages."""
        named = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        start = {"type": "http.response.start", "status": self.status, "headers": named}
        return start, {"type": "http.response.body", "body": self.body}

    def to_http1(self) -> bytes:
        """Return the response in HTTP/1.1, for errors outside ASGI; it closes the connection."""
        lines = [f"{name}: {value}" for name, value in {**self.headers, "Connection": "close"}.items()]
        head = "\r\n".join([f"HTTP/1.1 {self.status} {HTTP_STATUS_CODES[self.status]}", *lines, "", ""])
        return head.encode("latin-1") + self.body


def error_response(status: int, headers: Mapping[str, str] | None = None) -> RawResponse:
    """Return the error response for a status."""
    # The request target may be unknown or malformed, so the instance is the service.
    detail = DETAILS.get(status, f"{HTTPStatus(status).description}.")
    body = problem_document(status, detail, "/", "/docs", type=PROBLEM_TYPES.get(status, "about:blank")).encode()
    own = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    later = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return RawResponse(status, {**own, **COMMON_HEADERS, **later, **(headers or {})}, body)
