"""The timeline contains all dated records."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from api.lists.filters import filters
from api.lists.list_parameters import output_keys
from api.lists.readable_date import readable_date
from api.lists.text_table import display_width
from schemas import Event
from schemas.derived import served_fields
from schemas.issue_links import ISSUE_LINKS
from schemas.timeline import DATED, Timeline
from seed.bundles import SEED, load
from tests.support.cpu_time import limit_cpu_time
from tests.support.lists import read_csv
from tests.support.small_bundles import base, bundle, load_bundles, on_account

Fetch = Callable[..., Any]
OWN = ("date", "accounts", "attribution", "citations")
"""What an entry, and each record under it, has from its own record."""


def test_every_dated_record_is_listed_once_in_order(fetch: Fetch) -> None:
    entries = fetch("/timeline?limit=500")["data"]
    listed = [entry["id"] for entry in entries]
    listed += [f"{record['type']}/{record['record']}" for entry in entries for record in entry["records"]]
    expected = {f"{plural}/{record['id']}" for plural in DATED for record in fetch(f"/{plural}?limit=500")["data"]}
    assert set(listed) == expected
    assert len(listed) == len(expected)
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


def test_order_within_a_day_claims_no_more_than_is_known(fetch: Fetch, client: FlaskClient) -> None:
    """Allegations stand last, accounts of the call before comments on it, and `after` says what is known."""
    entries = [entry for entry in fetch("/timeline?limit=500")["data"] if entry["date"] == "2025-03-18"]
    alleged = [entry["state"] == "alleged" for entry in entries]
    assert any(alleged)
    assert alleged == sorted(alleged)
    ids = [entry["id"].removeprefix("events/") for entry in entries]
    assert ids[0] == "trump-putin-call"
    assert ids.index("kremlin-readout") < ids.index("zelenskyy-tuesday-remarks") < ids.index("zelenskyy-x-post")
    after = {entry["id"]: [event["event"] for event in entry["after"]] for entry in entries}
    assert after["events/kremlin-readout"] == ["trump-putin-call", "putin-energy-order"]
    assert after["events/russian-drone-attacks"] == after["events/trump-putin-call"][1:] == []
    text = " ".join(client.get("/timeline.txt").text.split())
    assert (
        "(the article, ¶19) [after: Zelenskyy comments on a halt of energy strikes and on Putin’s conditions]" in text
    )
    assert (
        '<span class="after">after: <a href="/events/zelenskyy-tuesday-remarks">' in client.get("/timeline.html").text
    )


def test_entries_link_to_their_records(client: FlaskClient, fetch: Fetch) -> None:
    for entry in fetch("/timeline?limit=500")["data"]:
        record = client.get(entry["url"]).get_json()
        assert [record[name] for name in (*OWN, "according_to")] == [entry[name] for name in (*OWN, "according_to")]
        assert list(entry) == output_keys(Timeline)
        for other in entry["records"]:
            under = client.get(f"/{other['type']}/{other['record']}").get_json()
            assert [under[name] for name in OWN] == [other[name] for name in OWN]
            assert f"events/{under['event']}" == entry["id"]


def test_filters_may_be_met_by_different_records_and_the_description_says_so(fetch: Fetch) -> None:
    (call,) = fetch("/timeline?account=white-house&issue=sport")["data"]
    assert call["id"] == "events/trump-putin-call"
    for plural in ("events", "proposals", "positions", "statements"):
        assert fetch(f"/{plural}?account=white-house&issue=sport")["data"] == []
    description = fetch("/openapi.json?operation=listTimeline")["components"]["schemas"]["Timeline"]["description"]
    assert "another filter may find it by another record" in " ".join(description.split())


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


def cited(record: dict[str, Any]) -> str:
    return "¶" + ", ".join(str(citation["paragraph"]) for citation in record["citations"])


def test_text_says_of_each_record_whose_word_it_is(client: FlaskClient, fetch: Fetch) -> None:
    text = " ".join(client.get("/timeline.txt").text.split())
    for entry in fetch("/timeline?limit=500")["data"]:
        for record in (entry, *entry["records"]):
            attribution = record["attribution"].removesuffix(" (inferred)")
            inferred = " (inferred)" if attribution != record["attribution"] else ""
            inference = f"; inferred: {record['inference']}" if inferred else ""
            dates = "" if record["date"] == entry["date"] else f"{readable_date(record['date'])}, "
            said = f"{inferred}: {record['title']} ({attribution}, {dates}{cited(record)}"
            assert f"{said}{inference})" in text or f"{said}; condition" in text or f"{said}; as a candidate" in text
    assert "agrees to negotiate (inferred): According to the White House, Trump agreed" in text
    assert "agrees_to_negotiate" not in text


def test_what_may_be_earlier_stands_before_the_day_of_its_sequel(tmp_path: Path) -> None:
    """An event by the 25th that one of the 18th followed stands above all events of the 18th."""
    day = {"date": "2025-03-18", "date_basis": "stated"}
    events: list[dict[str, Any]] = [
        {"id": "other", "title": "Another meeting", **day},
        {"id": "pressure", "title": "Pressure", "date": "../2025-03-25", "date_basis": "stated"},
        {"id": "sequel", "title": "A yes", "relations": [{"event": "pressure", "relation": "follows"}], **day},
    ]
    client = load_bundles(tmp_path / "readout.db", base(events=events))
    ids = [entry["id"] for entry in client.get("/timeline").get_json()["data"]]
    assert ids == ["events/pressure", "events/other", "events/sequel"]
    headings = [line for line in client.get("/timeline.txt").text.splitlines() if line.isupper()]
    assert headings == ["BY 25 MAR 2025", "18 MAR 2025"]


def test_same_words_from_two_sources_are_one_fact(tmp_path: Path) -> None:
    """What one source restates, or has of another day, stays a fact of its own."""
    said = {"speakers": ["putin"], "form": "quotation", "date": "2025-03-18", "date_basis": "stated"}
    first: list[dict[str, Any]] = [
        {"id": "one", "quote": "We want peace", **said},
        {"id": "restated", "summary": "He wants peace."},
    ]
    second = {"id": "other", "quote": "We want peace.", "summary": "Again.", **said}
    later = {"id": "later", "quote": "We want peace", "summary": "Later.", **said, "date": "2025-03-19"}
    gazette = bundle("report", {"publisher": "The Gazette"}, statements=[second])
    press = bundle("later-report", {"publisher": "The Press"}, statements=[later])
    client = load_bundles(tmp_path / "readout.db", base(statements=first), gazette, press)
    text = " ".join(client.get("/timeline.txt").text.split())
    assert (
        "statement, with a quotation: Some words. (Putin, article of 18 Mar 2025 ¶1; also Putin, The Gazette ¶1)"
        in text
    )
    assert "Again." not in text
    assert text.count("statement, ") == 3
    assert [entry["id"] for entry in client.get("/timeline").get_json()["data"]].count("statements/other") == 1


DIFFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "another matter": ("statements", {"issues": ["other"]}),
    "another proposal": ("statements", {"proposals": ["swap"]}),
    "a date that is inferred": ("statements", {"date_basis": "inferred"}),
    "another capacity": ("positions", {"on_behalf_of": [], "capacity": "business"}),
}


@pytest.mark.parametrize(("plural", "difference"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_reports_that_differ_are_no_single_fact(tmp_path: Path, plural: str, difference: dict[str, Any]) -> None:
    """One word may be said of two matters, and one pledge be made in two capacities."""
    fields: dict[str, dict[str, Any]] = {
        "statements": {"form": "quotation", "quote": "No", "proposals": ["truce"]},
        "positions": {"on_behalf_of": [], "capacity": "candidate"},
    }
    said = {"date": "2025-03-18", "date_basis": "stated", **fields[plural]}
    first = base("truce", "swap", **{plural: [{"id": "one", "summary": "The first.", **said}]})
    first["issues"].append({**first["issues"][0], "id": "other"})
    second = {plural: [{"id": "two", "summary": "The second.", **said, **difference}]}
    client = load_bundles(tmp_path / "readout.db", first, bundle("report", {"publisher": "The Gazette"}, **second))
    text = " ".join(client.get("/timeline.txt").text.split())
    assert "The first." in text
    assert "The second." in text
    assert "; also" not in text


@pytest.mark.parametrize("width", [60, 100])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    assert max(map(display_width, client.get(f"/timeline.txt?width={width}").text.splitlines())) <= width


def test_record_under_an_event_shows_a_date_of_its_own(tmp_path: Path) -> None:
    wider = {"date": "../2025-03-18", "date_basis": "stated"}
    events = [{"id": "meeting", "status": "occurred", "date": "2025-03-18", "date_basis": "stated"}]
    positions = [{"id": "one", "event": "meeting", "summary": "A yes.", **wider, **on_account("kremlin")}]
    client = load_bundles(tmp_path / "readout.db", base("truce", events=events, positions=positions))
    lines = client.get("/timeline.txt").text.splitlines()
    assert lines[:3] == [
        "18 MAR 2025",
        "  occurred: A meeting (the article, ¶1)",
        "      accepts: A yes. (Kremlin, by 18 Mar 2025, ¶1)",
    ]
    (row,) = [row for row in read_csv(client, "/timeline.csv") if row["id"] == "events/meeting"]
    assert (row["accounts"], row["records_accounts"], row["records_citations_paragraph"]) == ("article", "kremlin", "1")


def test_open_start_stands_before_the_day(tmp_path: Path) -> None:
    positions: list[dict[str, Any]] = [{"id": "a"}, {"id": "b", "date": "../2025-03-18"}]
    client = load_bundles(tmp_path / "readout.db", base("truce", positions=positions))
    entries = client.get("/timeline?limit=2").get_json()["data"]
    assert [entry["id"] for entry in entries] == ["positions/b", "positions/a"]
    assert client.get("/timeline.txt?q=nowhere").text.startswith("No entry matches.\n\n0 of 0 entries")


def test_proposal_with_an_open_start_stands_before_the_positions_on_it(tmp_path: Path) -> None:
    by_then = {"date": "../2025-03-18", "date_basis": "stated"}
    proposals: list[dict[str, Any]] = [{"id": "truce", **by_then}, {"id": "other", **by_then}]
    positions: list[dict[str, Any]] = [
        {"id": "proposes", "stance": "proposes", **by_then},
        {"id": "rejects", "stance": "rejects", "party": "witkoff", **by_then},
        {"id": "accepts", "stance": "accepts", "party": "trump", "date": "2025-03-11", "date_basis": "stated"},
    ]
    document = base(proposals=proposals, positions=positions)
    client = load_bundles(tmp_path / "readout.db", document)
    order = [entry["id"] for entry in client.get("/timeline").get_json()["data"]]
    expected = ["positions/proposes", "proposals/truce", "positions/accepts", "positions/rejects", "proposals/other"]
    assert sorted(order, key=expected.index) == order
    document["positions"][2]["proposal"] = "other"
    order = [
        entry["id"] for entry in load_bundles(tmp_path / "readout.db", document).get("/timeline").get_json()["data"]
    ]
    assert order.index("proposals/other") < order.index("positions/accepts") < order.index("proposals/truce")


def test_named_columns_are_a_table(client: FlaskClient) -> None:
    assert client.get("/timeline.txt?fields=date,title&limit=1").text.splitlines()[0].split() == ["date", "title"]


def test_entries_have_the_served_fields(fetch: Fetch) -> None:
    for entry in fetch("/timeline?limit=500")["data"]:
        assert list(entry) == [*served_fields(Timeline), "revision", "url", "links"]


@pytest.mark.slow
def test_incremental_update_equals_a_new_build(tmp_path: Path) -> None:
    article = (SEED / "trump-putin-call.yaml").read_text()
    bundle = tmp_path / "article.yaml"
    changed = tmp_path / "changed.db"
    bundle.write_text(article)
    load([bundle], changed)
    # Moving a proposal to another negotiation moves its positions; a party and dates change as well. What precedes an
    # event, without a day of its own, moves with it, unless it is no longer said to precede it.
    document = yaml.safe_load(article)
    proposal = next(item for item in document["proposals"] if item["id"] == "energy-strikes-halt")
    proposal["negotiations"] = ["us-russia-relations"]
    event = next(item for item in document["events"] if item["id"] == "trump-putin-call")
    event["participants"] = event["participants"][:1]
    event["date"] = "../2025-03-18"
    truce = next(item for item in document["events"] if item["id"] == "kyiv-signs-up-to-truce")
    truce |= {"date": "2025-03-11", "relations": truce["relations"][:1]}
    accepted = next(item for item in document["positions"] if item["id"] == "ukraine-accepts-thirty-day-truce")
    accepted |= {"date": "2025-03-12", "proposal": "full-truce"}
    bundle.write_text(yaml.safe_dump(document))
    load([bundle], changed)
    rebuilt = tmp_path / "rebuilt.db"
    load([bundle], rebuilt)
    assert entries(changed) == entries(rebuilt)
    assert ("events", "us-russia-relations") in entries(changed)


def entries(path: Path) -> set[tuple[str, ...]]:
    """The contents of the timeline tables, without keys and revisions."""
    with closing(sqlite3.connect(path)) as file:
        rows = set(
            file.execute(
                "select id, day, starts, ends, after, records, parties, negotiations, according_to from timeline"
            )
        )
        for name in ("parties", "negotiations", "according_to", "citations", "accounts", "records"):
            rows |= {(name, *row) for row in file.execute(f"select * from timeline_{name}")}
        rows |= set(
            file.execute("select type, negotiation from timeline join timeline_negotiations using (id) where true")
        )
    return rows


def test_event_is_also_under_the_issues_of_its_proposals(tmp_path: Path) -> None:
    """The list has it under the issues that it names, as the description of its filter says."""
    events = [{"id": "talks", "proposals": [{"proposal": "truce", "relation": "discusses"}]}]
    client = load_bundles(tmp_path / "talks.db", base("truce", events=events))
    assert client.get("/events?issue=matter").get_json()["data"] == []
    assert "events/talks" in [entry["id"] for entry in client.get("/timeline?issue=matter").get_json()["data"]]
    assert "A meeting" in client.get("/issues/matter/accounts.txt").text
    assert "also has it under those of its proposals" in filters(Event)["issue"].metadata["description"]


@pytest.mark.parametrize("issue", ["sport", "energy-strikes", "black-sea"])
def test_issue_selects_facts_with_a_record_on_it(fetch: Fetch, issue: str) -> None:
    expected = set()
    for plural in ("events", "proposals", "positions", "statements"):
        for record in fetch(f"/{plural}?issue={issue}&limit=500")["data"]:
            event = record.get("event")
            expected.add(f"events/{event}" if event else f"{plural}/{record['id']}")
    proposals = {record["id"] for record in fetch(f"/proposals?issue={issue}&limit=500")["data"]}
    for event in fetch("/events?limit=500")["data"]:
        if proposals & {link["proposal"] for link in event["proposals"]}:
            expected.add(f"events/{event['id']}")
    found = {entry["id"] for entry in fetch(f"/timeline?issue={issue}&limit=500")["data"]}
    assert found == expected != set()


@pytest.mark.slow
def test_positions_with_open_starts_take_linear_time(tmp_path: Path) -> None:
    """Each may stand before the first day of all positions on its proposal."""
    positions = [{"id": f"position-{number}", "stance": "demands", "date": "../2031-06-01"} for number in range(4000)]
    path = tmp_path / "readout.db"
    load_bundles(path, base("truce"), bundle("other", positions=positions))
    renamed = bundle("other", positions=[positions[0] | {"date": "../2031-06-02"}, *positions[1:]])
    with limit_cpu_time(2):
        load_bundles(path, renamed)


@pytest.mark.parametrize(("basis", "mark"), [("stated", ""), ("resolved", "*"), ("inferred", "*")])
def test_date_that_the_source_does_not_give_is_marked(tmp_path: Path, basis: str, mark: str) -> None:
    dated = {"date": "2025-03-18", "date_basis": basis, "date_wording": "on Tuesday" if basis == "resolved" else None}
    positions: list[dict[str, Any]] = [{"id": "one", **dated}, {"id": "no-date", "date": None, "date_basis": None}]
    statements: list[dict[str, Any]] = [{"id": "two", **dated}]
    document = base("truce", positions=positions, statements=statements)
    client = load_bundles(tmp_path / "readout.db", document)
    for path in ("/timeline", "/issues/matter/standing", "/issues/matter/accounts", "/matrix", "/compare", "/search"):
        query = {"/compare": "?accounts=putin,article", "/search": "?q=stance"}.get(path, "")
        text = client.get(f"{path}.txt{query}").text.casefold()
        assert f"18 mar 2025{mark}" in text, path
        assert ("* the source does not give this date" in text) == bool(mark), path
    for path in ("/timeline.html", "/issues/matter.html", "/positions/one.html", "/issues/matter/accounts.svg"):
        assert f"18 Mar 2025{mark}" in client.get(path).text, path
        assert "no date*" not in client.get(path).text


def test_date_of_an_event_known_from_elsewhere_is_marked(tmp_path: Path) -> None:
    event = {"id": "meeting", "date": "2025-03-18", "date_basis": "external"}
    client = load_bundles(tmp_path / "readout.db", base(events=[event]))
    for path in ("/timeline.txt", "/timeline.html", "/events/meeting.html"):
        assert "18 mar 2025*" in client.get(path).text.casefold(), path


def test_type_that_says_nothing_on_issues_is_left_out(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = client.get("/timeline?issue=energy-strikes").get_json()["page"]["total"]
    monkeypatch.delitem(ISSUE_LINKS, "events")
    response = client.get("/timeline?issue=energy-strikes&limit=7")
    assert response.status_code == 200
    assert 0 < response.get_json()["page"]["total"] <= everything
