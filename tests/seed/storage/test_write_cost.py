"""The cost of a small change does not grow with the database."""

import json
from pathlib import Path

import pytest

from api.writes.bundles import read_small_document
from bench.synthetic import Negotiations
from seed.bundles import load, load_document
from seed.storage.sqlite_file import write_transaction
from seed.storage.writer import ANONYMOUS

STEPS = 100
"""Instructions of SQLite between two calls of the progress handler."""
TIMEOUT_MS = 1000


def steps_of_change(path: Path, events: int) -> int:
    """Load some invented events, change one of them, and return the steps of SQLite, in units of STEPS."""
    lines = Negotiations(events, 1, {"events": 100, "proposals": 3, "positions": 6, "statements": 8}).lines()
    stream = path.with_suffix(".ndjson")
    with stream.open("w") as file:
        for plural, record in lines:
            given = {name: value for name, value in record.items() if value not in (None, [])}
            file.write(json.dumps({"type": plural, "record": given}) + "\n")
    load([stream], path)
    calls: list[None] = []
    with write_transaction(path, TIMEOUT_MS) as db:
        (source,) = db.execute("select bundle from events order by key desc limit 1").fetchone()
        document = read_small_document(db.conn, source)
        document["events"][0]["summary"] = "Something else happened."
        db.conn.set_progress_handler(lambda: calls.append(None), STEPS)
        assert load_document(db, document, ANONYMOUS).changes == {"update": 1}
        db.conn.set_progress_handler(None, 0)
    return len(calls)


@pytest.mark.slow
def test_change_of_an_event_reads_no_more_of_a_larger_database(tmp_path: Path) -> None:
    few, many = (steps_of_change(tmp_path / f"{events}.db", events) for events in (200, 2000))
    assert many < 2 * few
