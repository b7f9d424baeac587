"""A small database with every kind of change in its history: load, correct, withdraw, undo, rename and merge."""

from collections.abc import Callable
from pathlib import Path

from seed.bundles import load
from seed.life import merge, rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from seed.undo import undo
from tests.support.bundle_files import edit_record, stream_lines, write_stream
from tests.support.small_bundles import base, bundle, on_account

BY = Authorship("A. Editor", "A mistake.")
FIRST = base(
    "truce",
    "pause",
    events=[{"id": "call", "date": "2025-03-18", "date_basis": "stated"}],
    positions=[{"id": "putin-accepts", **on_account("kremlin")}],
    statements=[{"id": "words", "event": "call", "summary": "Putin speaks of a truce.", **on_account("kremlin")}],
    questions=[{"id": "open-question"}],
)
SECOND = bundle(
    "other",
    events=[{"id": "secret", "title": "The zyxwvut"}],
    positions=[{"id": "trump-rejects", "party": "trump", "proposal": "pause", "stance": "rejects"}],
    additions=[{"id": "name", "party": "putin", "aliases": ["Vladimir"]}],
)


def load_changed(path: Path) -> None:
    lines = edit_record(stream_lines(SECOND), "trump-rejects", stance="accepts", summary="Another stance.")
    load([write_stream(path.with_name("changed.ndjson"), lines)], path)


STEPS: tuple[Callable[[Path], object], ...] = (
    lambda path: load([write_stream(path.with_name("first.ndjson"), stream_lines(FIRST))], path),
    lambda path: load([write_stream(path.with_name("second.ndjson"), stream_lines(SECOND))], path),
    load_changed,
    lambda path: withdraw(path, RecordRef("positions", "trump-rejects"), BY),
    lambda path: undo(path, 4, BY),
    lambda path: rename(path, RecordRef("events", "call"), "meeting", BY),
    lambda path: merge(path, RecordRef("proposals", "pause"), "truce", BY),
    lambda path: withdraw(path, RecordRef("additions", "name"), BY),
    lambda path: rename(path, RecordRef("issues", "matter"), "subject", BY),
)
"""The change of each revision."""
