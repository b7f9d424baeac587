"""Bundles of a few invented records, for cases that the article does not have.

`bundle` completes records: a test writes only the fields that its case is about.
"""

import tempfile
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from seed.bundles import load
from tests.support.bundle_files import stream_lines, write_stream
from tests.support.clients import client_of

Document = dict[str, Any]
DAY = "2025-03-18"
DEFAULTS: dict[str, dict[str, Any]] = {
    "negotiations": {"title": "Talks", "summary": "Talks.", "parties": ["russia", "united-states"]},
    "parties": {"kind": "person"},
    "issues": {"negotiations": ["talks"], "title": "A matter", "summary": "A matter."},
    "events": {
        "negotiations": ["talks"],
        "title": "A meeting",
        "summary": "They meet.",
        "kind": "meeting",
        "status": "occurred",
        "voice": "source",
    },
    "proposals": {
        "negotiations": ["talks"],
        "issues": ["matter"],
        "title": "A truce",
        "summary": "A truce.",
        "kind": "ceasefire_general",
        "voice": "source",
    },
    "positions": {
        "party": "putin",
        "proposal": "truce",
        "stance": "accepts",
        "summary": "A stance.",
        "voice": "source",
        "date": DAY,
        "date_basis": "stated",
    },
    "statements": {
        "negotiations": ["talks"],
        "issues": ["matter"],
        "speakers": ["putin"],
        "form": "paraphrase",
        "summary": "Some words.",
        "voice": "source",
    },
    "questions": {"negotiations": ["talks"], "question": "Is it so?", "status": "open", "issues": ["matter"]},
    "additions": {"summary": "It adds something."},
}
PARTIES: list[dict[str, Any]] = [
    {"id": "russia", "name": "Russia", "kind": "state"},
    {"id": "united-states", "name": "United States", "kind": "state"},
    {"id": "kremlin", "name": "Kremlin", "kind": "office", "principal": "russia", "principal_basis": "stated"},
    {"id": "white-house", "name": "White House", "kind": "office", "principal": "united-states"}
    | {"principal_basis": "stated"},
    {"id": "putin", "name": "Putin", "principal": "russia", "principal_basis": "stated"},
    {"id": "trump", "name": "Trump", "principal": "united-states", "principal_basis": "stated"},
    {"id": "witkoff", "name": "Witkoff", "principal": "united-states", "principal_basis": "inferred"},
]


def bundle(id: str, source: dict[str, Any] | None = None, /, **lists: list[dict[str, Any]]) -> Document:
    """Return a bundle of one source, an article unless `source` says otherwise, and its records."""
    text = {"title": "A text", "kind": "news_article", "language": "en", "date": DAY, "date_basis": "stated"}
    digests = {"paragraphs": 9, "sha256": "0" * 64, "paragraph_sha256": [str(number) * 64 for number in range(9)]}
    cited = {"citations": [{"source": id, "paragraph": 1}]}
    return {
        "sources": [{"id": id, **text, **digests, **(source or {})}],
        **{
            plural: [deepcopy({**DEFAULTS[plural], **cited, **record}) for record in records]
            for plural, records in lists.items()
        },
    }


def base(*proposals: str, **lists: list[dict[str, Any]]) -> Document:
    """Return the bundle of an article that defines parties, a negotiation, the issue `matter` and proposals on it."""
    return bundle(
        "article",
        **{
            "negotiations": [{"id": "talks"}],
            "parties": PARTIES,
            "issues": [{"id": "matter"}],
            "proposals": [{"id": proposal} for proposal in proposals],
            **lists,
        },
    )


ADDING = bundle(
    "adding",
    additions=[
        {"id": "name", "party": "zelenskyy", "aliases": ["Volodymyr"]},
        {"id": "day", "event": "kyiv-signs-up-to-truce", "date": "2025-03-11", "date_basis": "stated"},
    ],
)
"""A bundle that adds to two records of the Trump–Putin article."""


def on_account(*parties: str) -> dict[str, Any]:
    """Return the fields of a record that parties report."""
    return {"voice": "party", "according_to": list(parties)}


def load_bundles(path: Path, *documents: Document) -> FlaskClient:
    """Load bundles into a database, new or existing, and return a client of it."""
    stream = write_stream(path.with_suffix(".ndjson"), stream_lines(*documents))
    if path.exists():
        load([stream], path)
    else:
        path.write_bytes(_built_from(stream.read_bytes()))
    return client_of(path)


@lru_cache(maxsize=32)
def _built_from(stream: bytes) -> bytes:
    """Return a new database: many tests of one file begin with the same."""
    with tempfile.TemporaryDirectory() as folder:
        bundles, path = Path(folder) / "bundles.ndjson", Path(folder) / "readout.db"
        bundles.write_bytes(stream)
        load([bundles], path)
        return path.read_bytes()
