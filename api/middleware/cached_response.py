"""A complete response as the response cache stores it."""

from http import HTTPStatus
from typing import NamedTuple, Self

from werkzeug.http import is_entity_header
from werkzeug.sansio.http import is_resource_modified

from api.middleware.types import Headers, Message
from api.middleware.wsgi_response import EMPTY_BODY, WSGIResponse


class CachedResponse(NamedTuple):
    """Response that can be sent any number of times: its messages, the start message of its 304, and its route."""

    start: Message
    body: Message
    not_modified: Message
    route: str = ""
    size: int = 0
    """Upper bound of its size in the cache in bytes."""

    @classmethod
    def from_wsgi(cls, response: WSGIResponse) -> Self:
        """Build from a response of Flask."""
        headers = [header for header in response.start["headers"] if not is_entity_header(header[0].decode("latin-1"))]
        not_modified = {**response.start, "status": HTTPStatus.NOT_MODIFIED.value, "headers": headers}
        return cls(response.start, response.body, not_modified, response.route)

    def response_for(self, method: str, headers: Headers) -> tuple[Message, Message]:
        """Return the messages for a request with this method and these headers: the response, its head, or a 304."""
        conditional = b"if-none-match" in headers or b"if-modified-since" in headers
        if conditional and self.start["status"] == HTTPStatus.OK and not self._is_modified(headers):
            return self.not_modified, EMPTY_BODY
        return self.start, EMPTY_BODY if method == "HEAD" else self.body

    def _is_modified(self, headers: Headers) -> bool:
        """Return whether the client's validators are outdated; decided by Werkzeug, as in Flask."""
        validators = dict(self.start["headers"])
        return is_resource_modified(
            http_if_none_match=_text(headers.get(b"if-none-match")),
            http_if_modified_since=_text(headers.get(b"if-modified-since")),
            etag=_text(validators.get(b"etag")),
            last_modified=_text(validators.get(b"last-modified")),
        )


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
