"""Finished answers, as many as fit into a fixed number of bytes."""

from collections import OrderedDict
from typing import NamedTuple

from werkzeug.http import is_entity_header
from werkzeug.sansio.http import is_resource_modified

from api.middleware.types import Headers, Message
from api.middleware.wsgi import EMPTY_BODY, STREAMING, WSGIResponse

CacheKey = tuple[str | bytes, ...]

OK, NOT_MODIFIED = 200, 304
MAX_TOTAL_BYTES = 16 * 1024 * 1024
"""Bytes that are held at once."""
MAX_ENTRY_BYTES = 1024 * 1024
"""Bytes of the largest answer that is held."""
ENTRY_OVERHEAD_BYTES = 4 * 1024
"""Bytes that an answer takes at most beside its body and its key: its headers, and its place."""


class CachedResponse(NamedTuple):
    """An answer as it is sent any number of times: how it begins, its body, and how its 304 begins.

    Beside what ASGI has, the beginning of an answer tells its `route`, and `held` where it is given again.
    """

    start: Message
    body: Message
    unchanged: Message

    @classmethod
    def from_wsgi(cls, answer: WSGIResponse) -> "CachedResponse":
        """An answer of the application, finished."""
        kept = [header for header in answer.start["headers"] if not is_entity_header(header[0].decode("latin-1"))]
        return cls(answer.start, answer.body, {**answer.start, "status": NOT_MODIFIED, "headers": kept})

    def response_for(self, method: str, headers: Headers) -> tuple[Message, Message]:
        """What a client is sent that asks by a method and with these headers: how it begins, and the body."""
        conditional = b"if-none-match" in headers or b"if-modified-since" in headers
        if conditional and self.start["status"] == OK and not self._modified(headers):
            return self.unchanged, EMPTY_BODY
        return self.start, EMPTY_BODY if method == "HEAD" else self.body

    def _modified(self, headers: Headers) -> bool:
        """Whether the client holds anything else than this; Werkzeug decides it for us as it does for Flask."""
        told = {name: value.decode("latin-1") for name, value in [*headers.items(), *self.start["headers"]]}
        return is_resource_modified(
            http_if_none_match=told.get(b"if-none-match"),
            http_if_modified_since=told.get(b"if-modified-since"),
            etag=told.get(b"etag"),
            last_modified=told.get(b"last-modified"),
        )


class ResponseCache:
    """Answers by their questions. Where room is needed, those go first that have not been asked for the longest."""

    def __init__(self) -> None:
        self.size = 0
        self._entries: OrderedDict[CacheKey, CachedResponse] = OrderedDict()

    def get(self, key: CacheKey) -> CachedResponse | None:
        """The answer to a question, None where it is not held."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def set(self, key: CacheKey, answer: CachedResponse) -> None:
        """Hold an answer, unless it is a stream or too large."""
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
        """Let an answer go, if it is held."""
        gone = self._entries.pop(key, None)
        if gone is not None:
            self.size -= entry_size(key, gone)

    def clear(self) -> None:
        """Let all answers go."""
        self._entries.clear()
        self.size = 0


def entry_size(key: CacheKey, answer: CachedResponse) -> int:
    """The bytes that an answer takes, at most."""
    return ENTRY_OVERHEAD_BYTES + sum(map(len, key)) + len(answer.body.get("body", b""))
