"""gunicorn's worker, whose own refusals, of what never reaches the application, are problem documents too."""

from http import HTTPStatus
from typing import Any

from gunicorn.workers.gthread import ThreadWorker
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


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Answers with a problem document where gunicorn alone would answer with a page of HTML."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log what is wrong as gunicorn does, and word the refusal in our terms."""
        heard = Heard()
        super().handle_error(req, heard, addr, exc)
        if heard.said:
            client.sendall(refusal(int(heard.said.split(maxsplit=2)[1])))


class Heard:
    """Stands in for the connection while gunicorn words a refusal, and keeps what it says."""

    def __init__(self) -> None:
        self.said = b""

    def gettimeout(self) -> float:
        """That nothing is waited for."""
        return 0.0

    def sendall(self, data: bytes) -> None:
        """Keep what would be sent."""
        self.said += data


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
