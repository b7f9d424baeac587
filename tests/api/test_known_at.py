"""`known_at`: every answer about a past revision is the one that was given when it was the latest.

A history has every kind of change. Each address is asked at each revision twice, as it is and with `known_at`, and
once more with `known_at` when the history is complete.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
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
IDS = {
    "sources": ("article", "other"),
    "negotiations": ("talks",),
    "issues": ("matter", "subject"),
    "parties": ("putin", "russia"),
    "events": ("call", "meeting", "secret"),
    "proposals": ("truce", "pause"),
    "positions": ("putin-accepts", "trump-rejects"),
    "statements": ("words",),
    "questions": ("open-question",),
    "additions": ("name",),
    "bundles": ("article", "other"),
}
"""The ids with which the addresses of each type are asked: of records that stay, and of some that do not."""
QUERIES = {"/compare": "accounts=kremlin,article", "/search": "q=truce"}
MORE = (
    "/events?q=meet&sort=-revision&limit=1",
    "/positions?facet=stance,party&include=party&limit=1",
    "/statements?account=kremlin&fields=id,url",
    "/parties?q=Vladimir",
    "/timeline.csv?issue=matter",
    "/matrix?as_of=2025-03-18&rows=proposal",
    "/search?q=zyxwvut",
    "/search?q=nothing&type=events",
    "/changes?limit=2&since=0",
    "/changes.atom?limit=1",
    "/coverage?source=article",
)
OK, NOT_FOUND, GONE = 200, 404, 410
BINARY = (b"PK", b"SQLite", b"\x89PNG")
"""How spreadsheets, archives, databases and previews begin."""
WITHOUT = re.compile(
    r"/(docs|examples|vocabularies|openapi|livez|readyz|metrics|robots|\.well-known|assets|favicon|llms|CITATION)"
)
"""The addresses of what is no data, which do not take it."""


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
"""What makes each revision."""


class Answer(NamedTuple):
    """What of an answer must never change."""

    status: int
    etag: str | None
    body: bytes


class Query(NamedTuple):
    """An address, the revision, and the answers while it was the latest: without `known_at` and with it."""

    address: str
    revision: int
    as_it_is: Answer
    as_known: Answer


def addresses(app: Flask) -> Iterator[str]:
    """Yield the addresses of all data: every route for reading, with ids and what it requires."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not WITHOUT.match(rule.rule):
            path = re.sub(r"<(?:\w+:)?\w+>", "{}", rule.rule)
            plural = next((part for part in rule.rule.split("/") if part in IDS), "")
            for id in IDS[plural] if "{}" in path else ("",):
                query = QUERIES.get(re.sub(r"\.\w+$|^/embed", "", path), "")
                yield f"{path.format(id)}{'?' if query else ''}{query}"
    yield from MORE


def ask(client: FlaskClient, address: str, revision: int | None = None) -> Answer:
    asked = f"{address}{'&' if '?' in address else '?'}known_at={revision}" if revision else address
    response = client.get(asked)
    return Answer(response.status_code, response.headers.get("ETag"), response.data)


def make_history(path: Path, wanted: Callable[[int, int], bool]) -> tuple[Flask, list[Query]]:
    """Make each revision, and ask those addresses that are wanted by their place and the revision."""
    STEPS[0](path)
    app, asked = create_app(database=str(path)), []
    client, every = app.test_client(), list(addresses(app))
    for revision, step in enumerate(STEPS, 1):
        if revision > 1:
            step(path)
        for address in (address for place, address in enumerate(every) if wanted(place, revision)):
            asked.append(Query(address, revision, ask(client, address), ask(client, address, revision)))
    return app, asked


def without_known_at(body: bytes) -> list[str]:
    """Return the lines of an answer without `known_at` in its links and forms, and without what says that it is there.

    A feed of the past is another feed, with an id of its own.
    """
    text = unescape(unescape(re.sub(r"\r\n ", "", body.decode()))).replace("%5F", "_")  # a calendar folds long lines
    text = re.sub(r'<aside class="past">.*</aside>|<input type="hidden" name="known_at" value="\d+">', "", text)
    text = re.sub(r"^<id>urn:uuid.*|<title>Readout: Timeline.*", "", text, count=2, flags=re.MULTILINE)
    text = re.sub(r"([?&])known_at=\d+(&)?", lambda match: match[1] if match[2] else "", text)
    return [line for line in text.splitlines() if line]


def forgetful_links(body: bytes) -> list[str]:
    """Return the links to data in an answer about the past that lead to the latest data."""
    text = unescape(unescape(re.sub(r"\r\n ", "", body.decode()))).replace("%5F", "_")
    text = re.sub(r'<aside class="past">.*</aside>|<link rel="api-catalog".*|<form.*?</form>', "", text)
    found = re.findall(r"""http://localhost(/[^\s"'<>)]*)|href="(/[^"]*)""", text)
    return [link for links in found for link in links if link and not WITHOUT.match(link) and "known_at=" not in link]


@pytest.mark.parametrize("every", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_answers_are_those_that_were_given(tmp_path: Path, every: int) -> None:
    """Of an id that came later, the answer says so."""
    app, asked = make_history(tmp_path / "readout.db", lambda place, revision: (place + revision) % every == 0)
    client = app.test_client()
    for address, revision, as_it_is, as_known in asked:
        again = ask(client, address, revision)
        place = f"{address} at {revision}"
        assert as_it_is.status == as_known.status, place
        if again.status == NOT_FOUND:
            assert b"It came later" in again.body or revision == len(STEPS), place
        else:
            assert again == as_known, place
        if not as_known.body.startswith(BINARY):
            assert without_known_at(as_known.body) == without_known_at(as_it_is.body), place
            assert address == "/" or again.status != OK or forgetful_links(as_known.body) == [], place
    assert {one.as_known.status for one in asked} == {OK, NOT_FOUND, GONE}
