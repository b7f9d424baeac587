"""A database as large as Readout is made for: 50 negotiations and 10,000 proposals, all invented."""

import json
from pathlib import Path

from bench.synthetic import Negotiations
from seed.bundles import load

NEGOTIATIONS = 50
EVENTS = 10_000
MIX = {"events": 100, "proposals": 100, "positions": 200, "statements": 150, "questions": 10}
"""Records of each type per source; there are a hundred sources."""
CONTRAST_EVERY = 20
"""One statement in so many keeps its contrasts, which editors note more rarely than the generator draws them."""


def load_large(folder: Path) -> Path:
    """Build the database in a folder and return its path."""
    stream, database = folder / "large.ndjson", folder / "large.db"
    with stream.open("w") as file:
        for place, (plural, record) in enumerate(Negotiations(EVENTS, 1, MIX, NEGOTIATIONS).lines()):
            if place % CONTRAST_EVERY:
                record.pop("contrasts_with", None)
            fields = {name: value for name, value in record.items() if value not in (None, [])}
            file.write(json.dumps({"type": plural, "record": fields}) + "\n")
    load([stream], database)
    return database
