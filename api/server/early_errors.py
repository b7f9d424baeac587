"""Errors that the server sends before Flask is called, as complete problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from werkzeug.http import HTTP_STATUS_CODES

from api.http.headers import COMMON_HEADERS
from api.http.problems import PROBLEM_JSON, RETRY_AFTER_SECONDS, problem_document
from api.middleware.types import Message

MAX_HEADER_BYTES = 32 * 1024
"""Maximum size of all headers of a request."""
MAX_HEADERS = 100
"""Maximum number of headers of a request."""
MAX_TARGET_BYTES = 8190
"""Maximum length of a request target, enough for a hundred ids."""
DETAILS = {
    400: (
        "Malformed HTTP/1.1 request (RFC 9112). Percent-encode spaces and non-ASCII characters in the URL, and send"
        " one valid Host header."
    ),
    408: "The headers of the request did not arrive in time. Send the request again, without pauses.",
    414: f"The request target is longer than {MAX_TARGET_BYTES} bytes. Request fewer values at once.",
    429: "Rate limit exceeded. Retry-After contains the number of seconds to wait, RateLimit what is left.",
    431: f"The headers are larger than {MAX_HEADER_BYTES} bytes, or there are more than {MAX_HEADERS}. Send fewer.",
    501: "Unsupported Transfer-Encoding. Send the body in chunks alone, or with its Content-Length.",
    503: "Too many connections or pipelined requests. Try again in a few seconds.",
    505: "Unsupported version of HTTP. Use HTTP/1.1 or HTTP/1.0.",
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


def error_response(status: int, path_prefix: str, headers: Mapping[str, str] | None = None) -> RawResponse:
    """Return the error response for a status; its links begin with the path prefix of the settings."""
    # The request target may be unknown or malformed, so the instance is the service.
    detail = DETAILS.get(status, f"{HTTPStatus(status).description}.")
    instance, docs = f"{path_prefix}/", f"{path_prefix}/docs"
    body = problem_document(status, detail, instance, docs, type=PROBLEM_TYPES.get(status, "about:blank")).encode()
    own = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    later = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return RawResponse(status, {**own, **COMMON_HEADERS, **later, **(headers or {})}, body)
