"""Recorded responses of Readout, which the raw functions send: the upper limit under their server."""

import json
import os
from pathlib import Path
from typing import NamedTuple


class RecordedResponse(NamedTuple):
    """Headers and body of a response with status 200."""

    headers: list[tuple[str, str]]
    body: bytes


def load_responses() -> dict[str, RecordedResponse]:
    """Return the responses by path, from the file that BENCH_RESPONSES names."""
    recorded = json.loads(Path(os.environ["BENCH_RESPONSES"]).read_text())
    return {
        path: RecordedResponse([(name, value) for name, value in headers], body.encode())
        for path, headers, body in recorded
    }
