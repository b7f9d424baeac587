"""The timeline contains all dated records."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient

from schemas.timeline import DATED, Timeline
from seed.bundles import SEED, load

Fetch = Callable[..., Any]


def test_timeline_contains_every_dated_record_in_order(fetch: Fetch) -> None:
    entries = fetch("/timeline?limit=500")["data"]
    expected = {f"{plural}/{record['id']}" for plural in DATED for record in fetch(f"/{plural}?limit=500")["data"]}
    assert {entry["id"] for entry in entries} == expected
    dates = [entry["date"] and (entry["date_earliest"] or "") for entry in entries]
    known = [date for date in dates if date is not None]
    assert dates == sorted(known) + [None] * (len(dates) - len(known))
    assert "" in known


def test_entries_link_to_their_records(client: FlaskClient, fetch: Fetch) -> None:
    for entry in fetch("/timeline?limit=500")["data"]:
        record = client.get(entry["url"]).get_json()
        assert record["citations"] == entry["citations"]
        assert record["according_to"] == entry["according_to"]
        assert list(entry) == [*Timeline.declared(), "revision", "url", "links"]


def test_timeline_is_filtered_and_paged(fetch: Fetch) -> None:
    expected = fetch("/timeline?party=putin&limit=500")["data"]
    assert expected
    assert all("putin" in entry["parties"] for entry in expected)
    page, paged = fetch("/timeline?party=putin&limit=7"), []
    while page:
        paged += page["data"]
        page = fetch(page["page"]["next"]) if page["page"]["next"] else None
    assert paged == expected
    assert {entry["type"] for entry in fetch("/timeline?q=hospital&type=events,statements")["data"]} == {
        "events",
        "statements",
    }
    for negotiation in ("us-russia-relations", "ukraine-war-settlement"):
        entries = fetch(f"/timeline?negotiation={negotiation}&type=positions&limit=500")["data"]
        positions = fetch(f"/positions?negotiation={negotiation}&limit=500")["data"]
        assert {entry["id"] for entry in entries} == {f"positions/{position['id']}" for position in positions} != set()


def test_timeline_has_every_format(client: FlaskClient) -> None:
    total = client.get("/timeline?limit=1").get_json()["page"]["total"]
    assert client.get("/timeline.csv").text.count("\r\n") == total + 1
    assert len(client.get("/timeline.ndjson").text.splitlines()) == total
    assert b"BEGIN:VEVENT" in client.get("/timeline.ics").data
    assert max(map(len, client.get("/timeline.txt").text.splitlines()[:-1])) <= 100


def test_entries_have_the_declared_fields(own: Path) -> None:
    with closing(sqlite3.connect(own)) as file:
        (record,) = file.execute("select record from timeline limit 1").fetchone()
    assert list(json.loads(record)) == list(Timeline.declared())


def test_incremental_update_equals_a_new_build(tmp_path: Path) -> None:
    article = (SEED / "trump-putin-call.yaml").read_text()
    bundle = tmp_path / "article.yaml"
    changed = tmp_path / "changed.db"
    bundle.write_text(article)
    load([bundle], changed)
    # Moving a proposal to another negotiation moves its positions; a party and a date change as well.
    document = yaml.safe_load(article)
    proposal = next(item for item in document["proposals"] if item["id"] == "energy-strikes-halt")
    proposal["negotiations"] = ["us-russia-relations"]
    event = next(item for item in document["events"] if item["id"] == "trump-putin-call")
    event["participants"] = event["participants"][:1]
    event["date"] = "../2025-03-18"
    bundle.write_text(yaml.safe_dump(document))
    load([bundle], changed)
    rebuilt = tmp_path / "rebuilt.db"
    load([bundle], rebuilt)
    assert entries(changed) == entries(rebuilt)
    assert ("positions", "us-russia-relations") in entries(changed)


def entries(path: Path) -> set[tuple[str, ...]]:
    """The contents of the timeline tables, without keys and revisions."""
    with closing(sqlite3.connect(path)) as file:
        rows = set(file.execute("select id, title, state, starts, ends, record from timeline"))
        for name in ("parties", "negotiations", "according_to", "citations"):
            rows |= {(name, *row) for row in file.execute(f"select * from timeline_{name}")}
        rows |= set(
            file.execute("select type, negotiation from timeline join timeline_negotiations using (id) where true")
        )
    return rows
