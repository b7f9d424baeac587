"""The finished answers of Readout, which the raw peers give: as fast as an answer can be under their server."""

import json
import os
from pathlib import Path
from typing import NamedTuple


class RecordedResponse(NamedTuple):
    """A status of 200, headers and a body."""

    headers: list[tuple[str, str]]
    body: bytes


def load_responses() -> dict[str, RecordedResponse]:
    """Every answer by its path, from the file that BENCH_ANSWERS names."""
    held = json.loads(Path(os.environ["BENCH_ANSWERS"]).read_text())
    return {
        path: RecordedResponse([(name, value) for name, value in headers], body.encode())
        for path, headers, body in held
    }
