"""A complete response as the response cache stores it."""

from functools import cached_property
from http import HTTPStatus
from typing import NamedTuple, Self

from werkzeug.http import HTTP_STATUS_CODES, is_entity_header
from werkzeug.sansio.http import is_resource_modified

from api.http.negotiation import MAX_HEADER_LENGTH
from api.middleware.headers import header_lines
from api.middleware.types import Headers, Message
from api.middleware.wsgi_response import EMPTY_BODY, WSGIResponse

OTHER_ETAG = b'"-"'
"""An ETag that no response has."""


class ResponseStart:
    """Start message of a response, and that of its 304."""

    def __init__(self, message: Message) -> None:
        self.message, self.status = message, int(message["status"])

    @cached_property
    def not_modified(self) -> Self:
        """The start of the 304, which most responses never need."""
        headers = [header for header in self.message["headers"] if not is_entity_header(header[0].decode("latin-1"))]
        return type(self)({**self.message, "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers})

    @cached_property
    def head(self) -> bytes:
        """Status line and headers in HTTP/1.1, without the empty line after them. Flask has rejected line breaks."""
        phrase = HTTP_STATUS_CODES[self.status].encode()
        return b"HTTP/1.1 %d %b\r\n%b" % (self.status, phrase, header_lines(self.message["headers"]))


class CachedResponse(NamedTuple):
    """Response that can be sent any number of times: its start and body, and its route."""

    start: ResponseStart
    body: Message
    route: str = ""
    size: int = 0
    """Upper bound of its size in the cache in bytes."""

    @classmethod
    def from_wsgi(cls, response: WSGIResponse) -> Self:
        """Build from a response of Flask."""
        return cls(ResponseStart(response.start), response.body, response.route)

    def response_for(self, method: str, headers: Headers) -> tuple[ResponseStart, Message]:
        """Return start and body for a request with this method and these headers: the response, its head, or a 304."""
        conditional = b"if-none-match" in headers or b"if-modified-since" in headers
        if conditional and self.start.status == HTTPStatus.OK and not self._is_modified(headers):
            return self.start.not_modified, EMPTY_BODY
        return self.start, EMPTY_BODY if method == "HEAD" else self.body

    def _is_modified(self, headers: Headers) -> bool:
        """Return whether the client's validators are outdated; decided by Werkzeug, as in Flask."""
        validators = dict(self.start.message["headers"])
        return is_resource_modified(
            http_if_none_match=_text(shorten(headers.get(b"if-none-match"), validators.get(b"etag", b""))),
            http_if_modified_since=_text(headers.get(b"if-modified-since")),
            etag=_text(validators.get(b"etag")),
            last_modified=_text(validators.get(b"last-modified")),
        )


def shorten(if_none_match: bytes | None, etag: bytes) -> bytes | None:
    """Return an If-None-Match header with the same effect on a response with this ETag, but without a long list.

    Werkzeug takes 7 ms to parse 32 kB, in the event loop.
    """
    if if_none_match is None or len(if_none_match) <= MAX_HEADER_LENGTH:
        return if_none_match
    return etag if etag and etag in if_none_match else OTHER_ETAG


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
