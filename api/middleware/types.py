"""Types of ASGI."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
Message = dict[str, Any]
Headers = Mapping[bytes, bytes]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def merge_headers(headers: list[tuple[bytes, bytes]]) -> Headers:
    """Return headers by name; repeated headers are joined with commas (RFC 9110, section 5.3)."""
    found = dict(headers)
    if len(found) < len(headers):
        found = {name: b",".join(value for other, value in headers if other == name) for name in found}
    return found
