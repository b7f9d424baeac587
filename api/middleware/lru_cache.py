"""LRU cache of finished responses, bounded by bytes."""

from collections import OrderedDict
from typing import NamedTuple

from werkzeug.http import is_entity_header
from werkzeug.sansio.http import is_resource_modified

from api.middleware.types import Headers, Message
from api.middleware.wsgi import EMPTY_BODY, STREAMING, WSGIResponse

CacheKey = tuple[str | bytes, ...]

OK, NOT_MODIFIED = 200, 304
MAX_TOTAL_BYTES = 16 * 1024 * 1024
"""Maximum bytes of all entries."""
MAX_ENTRY_BYTES = 1024 * 1024
"""Maximum bytes of one entry."""
ENTRY_OVERHEAD_BYTES = 4 * 1024
"""Upper bound in bytes for the headers and bookkeeping of an entry."""


class CachedResponse(NamedTuple):
    """Finished response: start message, body message, and the start message of its 304."""

    start: Message
    body: Message
    unchanged: Message

    @classmethod
    def from_wsgi(cls, answer: WSGIResponse) -> "CachedResponse":
        """Build from a response of the application."""
        kept = [header for header in answer.start["headers"] if not is_entity_header(header[0].decode("latin-1"))]
        return cls(answer.start, answer.body, {**answer.start, "status": NOT_MODIFIED, "headers": kept})

    def response_for(self, method: str, headers: Headers) -> tuple[Message, Message]:
        """Return the messages for a request with this method and these headers: the response, its head, or a 304."""
        conditional = b"if-none-match" in headers or b"if-modified-since" in headers
        if conditional and self.start["status"] == OK and not self._modified(headers):
            return self.unchanged, EMPTY_BODY
        return self.start, EMPTY_BODY if method == "HEAD" else self.body

    def _modified(self, headers: Headers) -> bool:
        """Return whether the client's validators are outdated; decided by Werkzeug, as in Flask."""
        told = {name: value.decode("latin-1") for name, value in [*headers.items(), *self.start["headers"]]}
        return is_resource_modified(
            http_if_none_match=told.get(b"if-none-match"),
            http_if_modified_since=told.get(b"if-modified-since"),
            etag=told.get(b"etag"),
            last_modified=told.get(b"last-modified"),
        )


class ResponseCache:
    """LRU cache of responses by request key, bounded by total size in bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._entries: OrderedDict[CacheKey, CachedResponse] = OrderedDict()

    def get(self, key: CacheKey) -> CachedResponse | None:
        """Return the cached response, or None."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def set(self, key: CacheKey, answer: CachedResponse) -> None:
        """Store a response, unless it is a stream or too large."""
        size = entry_size(key, answer)
        if answer.body is STREAMING or size > MAX_ENTRY_BYTES:
            return
        self.delete(key)
        start, body, unchanged = answer
        self._entries[key] = CachedResponse({**start, "held": True}, body, {**unchanged, "held": True})
        self.size += size
        while self.size > MAX_TOTAL_BYTES:
            self.delete(next(iter(self._entries)))

    def delete(self, key: CacheKey) -> None:
        """Delete a response if it is cached."""
        gone = self._entries.pop(key, None)
        if gone is not None:
            self.size -= entry_size(key, gone)

    def clear(self) -> None:
        """Delete all responses."""
        self._entries.clear()
        self.size = 0


def entry_size(key: CacheKey, answer: CachedResponse) -> int:
    """Return an upper bound of an entry's size in bytes."""
    return ENTRY_OVERHEAD_BYTES + sum(map(len, key)) + len(answer.body.get("body", b""))
