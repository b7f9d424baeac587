"""Headers of ASGI requests and responses."""

from collections.abc import Iterable

from api.middleware.types import Headers, Message, Scope, Send


def request_headers(scope: Scope) -> Headers:
    """Return the merged headers of a request, which `scope["state"]` keeps for the next middleware."""
    state = scope.setdefault("state", {})
    headers: Headers | None = state.get("headers")
    if headers is None:
        headers = state["headers"] = merge_headers(scope["headers"])
    return headers


def merge_headers(headers: list[tuple[bytes, bytes]]) -> Headers:
    """Return headers by name; repeated headers are joined with commas (RFC 9110, section 5.3)."""
    merged = dict(headers)
    if len(merged) == len(headers):
        return merged
    values: dict[bytes, list[bytes]] = {name: [] for name in merged}
    for name, value in headers:
        values[name].append(value)
    return {name: b",".join(parts) for name, parts in values.items()}


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return headers in HTTP/1.1, each with the end of its line."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def add_headers(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    """Return a `send` that adds headers to the response."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return send_with_headers
