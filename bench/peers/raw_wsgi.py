"""Raw WSGI function that sends fixed bytes."""

from collections.abc import Callable
from typing import Any

from bench.peers.recorded import load_responses

RESPONSES = {path: (response.headers, [response.body]) for path, response in load_responses().items()}


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """Return the recorded response of a path."""
    headers, body = RESPONSES[environ["PATH_INFO"]]
    start_response("200 OK", headers)
    return body
