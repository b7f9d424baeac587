"""Raw ASGI function that sends fixed bytes."""

from collections.abc import Awaitable, Callable
from typing import Any

from bench.peers.recorded import load_responses

ANSWERS = {
    path: (
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(name.lower().encode(), value.encode()) for name, value in answer.headers],
        },
        {"type": "http.response.body", "body": answer.body},
    )
    for path, answer in load_responses().items()
}


async def app(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Send the recorded response of a path."""
    start, body = ANSWERS[scope["path"]]
    await send(start)
    await send(body)
