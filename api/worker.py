"""gunicorn's worker, whose own refusals, of what never reaches the application, are problem documents too."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi
from werkzeug.http import HTTP_STATUS_CODES

from api.problems import document

LONGEST_LINE = 8190
"""The longest request line in bytes: gunicorn's highest, which leaves room for a hundred ids."""
ADVICE = {
    400: (
        "This is not a request as HTTP/1.1 words it (RFC 9112). What is beyond ASCII in an address must be"
        " percent-encoded, as curl does with --get --data-urlencode."
    ),
    414: f"The request line is longer than {LONGEST_LINE} bytes; ask for fewer values at once.",
    431: "The header fields are too long, or there are too many; send fewer.",
}


class Protocol(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """Answers with a problem document where gunicorn alone would answer with a line of text."""

    def _send_error_response(self, status: int, message: str, extra_headers: Iterable[tuple[str, str]] = ()) -> None:
        self._safe_write(refusal(status))

    def _is_websocket_upgrade(self, request: Any) -> bool:
        return False  # who asks to go on in another protocol is answered in this one (RFC 9110, 7.8)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """gunicorn's worker for ASGI, which speaks our protocol."""

    def init_process(self) -> None:
        """Start to serve."""
        gasgi.ASGIProtocol = Protocol  # the worker takes it by this name
        super().init_process()


def refusal(code: int) -> bytes:
    """A whole response with a problem document, after which the connection ends."""
    # What was asked for may not be known, or not be an address at all: the instance is the service.
    body = document(code, ADVICE.get(code, f"{HTTPStatus(code).description}."), "/", "/docs").encode()
    head = (
        f"HTTP/1.1 {code} {HTTP_STATUS_CODES[code]}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Access-Control-Allow-Origin: *",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
