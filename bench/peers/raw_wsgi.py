"""Raw WSGI function that sends fixed bytes."""

from collections.abc import Callable
from typing import Any

from bench.peers.recorded import load_responses

ANSWERS = {path: (answer.headers, [answer.body]) for path, answer in load_responses().items()}


def app(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """Return the recorded response of a path."""
    headers, body = ANSWERS[environ["PATH_INFO"]]
    start_response("200 OK", headers)
    return body
