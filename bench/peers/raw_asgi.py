"""Raw ASGI function that sends fixed bytes."""

from collections.abc import Awaitable, Callable
from typing import Any

from bench.peers.recorded import load_responses

RESPONSES = {
    path: (
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(name.lower().encode(), value.encode()) for name, value in response.headers],
        },
        {"type": "http.response.body", "body": response.body},
    )
    for path, response in load_responses().items()
}


async def app(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Send the recorded response of a path."""
    start, body = RESPONSES[scope["path"]]
    await send(start)
    await send(body)
