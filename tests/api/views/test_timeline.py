"""The timeline contains all dated records."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient

from api.lists.list_parameters import output_keys
from schemas.timeline import DATED, Timeline
from seed.bundles import SEED, load

Fetch = Callable[..., Any]


def test_every_dated_record_is_told_once_in_order(fetch: Fetch) -> None:
    entries = fetch("/timeline?limit=500")["data"]
    told = [entry["id"] for entry in entries]
    told += [f"{record['type']}/{record['record']}" for entry in entries for record in entry["records"]]
    expected = {f"{plural}/{record['id']}" for plural in DATED for record in fetch(f"/{plural}?limit=500")["data"]}
    assert set(told) == expected
    assert len(told) == len(expected)
    days = [entry["date_earliest"] or "~" for entry in entries if entry["date_earliest"] or not entry["date"]]
    assert days == sorted(days)


def test_event_with_an_open_start_stands_before_what_follows_it(fetch: Fetch) -> None:
    entries = [entry["id"] for entry in fetch("/timeline?limit=500")["data"]]
    for earlier in ("us-aid-suspension", "washington-pressure-on-kyiv"):
        assert entries.index(f"events/{earlier}") < entries.index("events/kyiv-signs-up-to-truce")
    assert entries.index("events/trump-2024-campaign-promise") < entries.index("events/us-aid-suspension")


def test_events_of_a_day_follow_their_relations(fetch: Fetch) -> None:
    ids = [entry["id"] for entry in fetch("/timeline?on=2025-03-18&limit=500")["data"]]
    for later in ("kremlin-readout", "white-house-readout", "trump-truth-social-post"):
        assert ids.index("events/trump-putin-call") < ids.index(f"events/{later}")


def test_entries_link_to_their_records(client: FlaskClient, fetch: Fetch) -> None:
    for entry in fetch("/timeline?limit=500")["data"]:
        record = client.get(entry["url"]).get_json()
        assert entry["citations"][: len(record["citations"])] != []
        assert {str(one) for one in record["citations"]} <= {str(one) for one in entry["citations"]}
        assert (record["according_to"], record["attribution"]) == (entry["according_to"], entry["attribution"])
        assert list(entry) == output_keys(Timeline)
        for other in entry["records"]:
            under = client.get(f"/{other['type']}/{other['record']}").get_json()
            assert (under["attribution"], f"events/{under['event']}") == (other["attribution"], entry["id"])


def test_timeline_is_filtered_and_paged(fetch: Fetch) -> None:
    expected = fetch("/timeline?party=putin&limit=500")["data"]
    assert expected
    assert all("putin" in entry["parties"] for entry in expected)
    page, paged = fetch("/timeline?party=putin&limit=7"), []
    while page:
        paged += page["data"]
        page = fetch(page["page"]["next"]) if page["page"]["next"] else None
    assert paged == expected
    assert "events/witkoff-hannity-interview" in {entry["id"] for entry in fetch("/timeline?q=devil")["data"]}
    assert fetch("/timeline?account=kremlin")["data"]
    for entry in fetch("/timeline?negotiation=us-russia-relations&limit=500")["data"]:
        assert "us-russia-relations" in entry["negotiations"]


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
    assert ("events", "us-russia-relations") in entries(changed)


def entries(path: Path) -> set[tuple[str, ...]]:
    """The contents of the timeline tables, without keys and revisions."""
    with closing(sqlite3.connect(path)) as file:
        rows = set(file.execute("select id, title, state, starts, ends, record from timeline"))
        for name in ("parties", "negotiations", "according_to", "citations", "accounts", "records"):
            rows |= {(name, *row) for row in file.execute(f"select * from timeline_{name}")}
        rows |= set(
            file.execute("select type, negotiation from timeline join timeline_negotiations using (id) where true")
        )
    return rows
