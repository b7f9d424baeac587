"""The same records in every format, and the one the client asks for."""

import csv
import io
import json
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import icalendar
import pytest
from flask.testing import FlaskClient
from wcwidth import wcswidth

from api import create_app
from api.lists.csv_columns import csv_columns
from api.lists.formats import formats
from api.openapi.table_schema import table_schema
from schemas import RECORDS
from seed.bundles import SEED, load
from tests.conftest import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"

Fetch = Callable[..., Any]
Rows = list[dict[str, Any]]


def table(client: FlaskClient, path: str) -> Rows:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_csv_has_the_documented_header_and_a_row_for_every_record(client: FlaskClient, plural: str, held: Rows) -> None:
    answer = client.get(f"/{plural}.csv")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == list(csv_columns(RECORDS[plural]))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [row[0] for row in rows[1:]] == [record["id"] for record in held]
    assert answer.data.count(b"\r\n") == len(rows)


def test_the_table_schema_tells_of_every_column_what_it_holds(client: FlaskClient, plural: str) -> None:
    columns = table_schema(RECORDS[plural])["fields"]
    rows = table(client, f"/{plural}.csv")
    read: dict[str, Callable[[str], object]] = {
        "string": str,
        "integer": int,
        "number": float,
        "boolean": {"true": True, "false": False}.__getitem__,
    }
    assert [column["name"] for column in columns] == list(rows[0])
    for column in columns:
        held = [row[column["name"]] for row in rows]
        assert all(held) or not column["constraints"]["required"]
        terms = column["constraints"].get("enum")
        for cell in filter(None, held):
            assert read[column["type"]](cell) is not None
            assert terms is None or cell in terms


def test_a_reference_is_an_id_and_a_label(client: FlaskClient, fetch: Fetch) -> None:
    for row in table(client, "/positions.csv"):
        assert row["party_label"] == fetch(f"/parties/{row['party']}")["name"]
        assert row["proposal_label"] == fetch(f"/proposals/{row['proposal']}")["title"]


def test_a_list_is_one_cell(client: FlaskClient, fetch: Fetch) -> None:
    (row,) = table(client, "/events.csv?id=trump-putin-call")
    event = fetch("/events/trump-putin-call")
    assert row["participants_party"] == " | ".join(one["party"] for one in event["participants"])
    assert row["participants_role"] == " | ".join(one["role"] for one in event["participants"])
    assert row["negotiations"].split(" | ") == event["negotiations"]


def test_no_cell_holds_json(client: FlaskClient, plural: str) -> None:
    for row in table(client, f"/{plural}.csv"):
        assert not any(cell.startswith(("[", "{")) or cell in ("None", "null", "True") for cell in row.values())


def test_csv_takes_columns_filters_and_order(client: FlaskClient) -> None:
    rows = table(client, "/positions.csv?party=putin&sort=-stance&fields=stance,party_label")
    assert list(rows[0]) == ["stance", "party_label"]
    assert {row["party_label"] for row in rows} == {"Vladimir Putin"}
    assert [row["stance"] for row in rows] == sorted((row["stance"] for row in rows), reverse=True)


def test_a_cell_that_looks_like_a_formula_is_guarded(own: Path, tmp_path: Path) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    for mark in ("=", "+", "-", "@"):
        bundle = tmp_path / "formula.yaml"
        bundle.write_text(
            text.replace("name: Vladimir Putin", f"name: '{mark}cmd'").replace("lat: 21.54", "lat: -21.54")
        )
        load([bundle], own)
        client = create_app(database=str(own)).test_client()
        assert table(client, "/parties.csv?id=putin")[0]["name"] == f"'{mark}cmd"
        assert table(client, "/events.csv?id=jeddah-talks")[0]["place_lat"] == "-21.54"


def test_ndjson_has_every_record_on_a_line_of_its_own(client: FlaskClient, plural: str, held: Rows) -> None:
    answer = client.get(f"/{plural}.ndjson")
    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == held
    chosen = client.get(f"/{plural}.ndjson?fields=id").text.splitlines()
    assert [json.loads(line) for line in chosen] == [{"id": record["id"]} for record in held]


def test_answers_may_be_read_side_by_side(client: FlaskClient, held: Rows, plural: str) -> None:
    whole = client.get(f"/{plural}.csv").data
    streams = [client.get(f"/{plural}.csv").response for _ in range(3)]
    pieces: list[list[bytes]] = [[] for _ in streams]
    for turn in zip_longest(*streams, fillvalue=b""):
        for read, piece in zip(pieces, turn, strict=True):
            read.append(cast(bytes, piece))
    assert [b"".join(read) for read in pieces] == [whole] * 3
    assert len(held) == whole.count(b"\r\n") - 1


def test_a_table_is_aligned_and_fits_a_terminal(client: FlaskClient, plural: str) -> None:
    lines = client.get(f"/{plural}.txt?limit=500").text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].split()[0] == RECORDS[plural].brief[0]
    assert lines[-1].endswith(f" {plural}")


def test_a_table_of_wide_characters_is_aligned_too(own: Path, tmp_path: Path) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle = tmp_path / "wide.yaml"
    bundle.write_text(
        text.replace("name: Vladimir Putin", f"name: {'普京' * 60}").replace("name: X\n", "name: é\u0301X\n")
    )
    load([bundle], own)
    lines = create_app(database=str(own)).test_client().get("/parties.txt?limit=500").text.splitlines()
    assert any("普京" in line for line in lines)
    assert max(map(wcswidth, lines)) <= 100


def test_a_table_tells_where_the_next_page_is(client: FlaskClient) -> None:
    last = client.get("/parties.txt?limit=2").text.splitlines()[-1]
    assert last.startswith("2 of ")
    following = client.get(last.split("next: ")[1])
    assert following.content_type == "text/plain; charset=utf-8"
    assert "parties" in following.text


def test_a_calendar_holds_the_talks_to_come(client: FlaskClient) -> None:
    answer = client.get("/events.ics?status=scheduled&source=trump-putin-call-article")
    assert answer.content_type == "text/calendar; charset=utf-8"
    (entry,) = icalendar.Calendar.from_ical(answer.data).events
    assert str(entry["summary"]).startswith("Talks with Russia")
    assert entry.start.isoformat() == "2025-03-23"
    assert entry["status"] == "TENTATIVE"


def test_a_calendar_tells_when_a_measure_would_end_and_who_counted(client: FlaskClient) -> None:
    (entry,) = icalendar.Calendar.from_ical(client.get("/proposals.ics?source=trump-putin-call-article").data).events
    assert entry.start.isoformat() == "2025-04-17"
    assert str(entry["summary"]).startswith("Would end: ")
    assert str(entry["description"]).startswith("Counted by Readout: ")


def test_a_calendar_gives_the_same_bytes_every_time(client: FlaskClient) -> None:
    assert client.get("/events.ics").data == client.get("/events.ics").data


def test_accept_decides_where_there_is_no_suffix(client: FlaskClient, plural: str) -> None:
    for format in formats(RECORDS[plural]):
        answer = client.get(f"/{plural}", headers={"Accept": format.bare})
        assert answer.content_type == format.mimetype
        if format.suffix:
            assert answer.data == client.get(f"/{plural}{format.suffix}", headers={"Accept": "image/png"}).data


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/csv;q=0.1,*/*"]
)
def test_json_is_the_default_and_stays_it(client: FlaskClient, accept: str) -> None:
    assert client.get("/parties", headers={"Accept": accept}).content_type == "application/json"


@pytest.mark.parametrize("path", ["/parties", "/parties/putin", "/", "/vocabularies", "/openapi.json", "/docs"])
def test_what_cannot_be_had_is_a_406_that_lists_what_can(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/html" in answer.text if path == "/docs" else "application/json" in answer.text


def test_included_records_are_those_the_links_list(fetch: Fetch) -> None:
    for proposal in fetch("/proposals?include=positions,statements,proposed_by&limit=500")["data"]:
        included = proposal["included"]
        assert included["positions"] == fetch(f"/positions?proposal={proposal['id']}&limit=500")["data"]
        assert included["statements"] == fetch(f"/statements?proposal={proposal['id']}&limit=500")["data"]
        assert {party["id"] for party in included["proposed_by"]} == set(proposal["proposed_by"])


def test_a_single_record_includes_too(fetch: Fetch) -> None:
    position = fetch("/positions/putin-orders-energy-halt?include=party,proposal,statements")
    assert position["included"]["party"] == [fetch("/parties/putin")]
    assert position["included"]["proposal"] == [fetch("/proposals/energy-strikes-halt-30-days")]
    assert fetch("/positions/putin-orders-energy-halt?fields=id&include=event")["included"]["event"] is not None


def test_facets_count_what_matches(fetch: Fetch, plural: str, held: Rows) -> None:
    names = fetch(f"/{plural}?limit=1").keys()
    assert "facets" not in names
    if "kind" in RECORDS[plural].declared():
        counts = fetch(f"/{plural}?facet=kind&limit=1")["facets"]["kind"]
        assert sum(one["count"] for one in counts) == len(held)
        for one in counts:
            assert fetch(f"/{plural}?kind={one['value']}")["page"]["total"] == one["count"]


def test_facets_count_records_and_not_items(fetch: Fetch) -> None:
    facets = fetch("/events?facet=party,source&party=putin,trump")["facets"]
    by_party = {one["value"]: one["count"] for one in facets["party"]}
    assert by_party["putin"] == fetch("/events?party=putin")["page"]["total"]
    for source in facets["source"]:
        asked = f"/events?party=putin,trump&source={source['value']}"
        assert source["count"] == fetch(asked)["page"]["total"]


def test_as_of_tells_what_certainly_stood_by_then(fetch: Fetch) -> None:
    before, after = (
        {record["id"] for record in fetch(f"/positions?party=ukraine&as_of={day}&limit=500")["data"]}
        for day in ("2025-03-09", "2025-03-16")
    )
    assert "ukraine-accepts-thirty-day-truce" in after - before
    assert fetch("/positions?as_of=2025-03")["meta"]["as_of"] == "2025-03-31"
    everything = fetch("/positions?limit=1")
    through = everything["meta"]["data_through"]
    assert fetch(f"/positions?as_of={through}&limit=1")["page"]["total"] == everything["page"]["total"]
    assert fetch("/positions?as_of=2020&limit=1")["page"]["total"] == 0


def test_the_last_day_there_is_does_not_break_a_calendar(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "last.yaml"
    text = SECOND.read_text().replace(
        "date: 2025-03-20\n    date_basis: stated\n    voice", "date: 9999-12-31\n    date_basis: stated\n    voice"
    )
    bundle.write_text(text.replace("duration: P3D", "duration: P9999Y\n    stage: in_effect"))
    load([bundle], own)
    client = create_app(database=str(own)).test_client()
    assert b"invented-statement" in client.get("/events.ics").data
    assert client.get("/proposals.ics").status_code == 200
    assert client.get("/timeline.ics").status_code == 200
