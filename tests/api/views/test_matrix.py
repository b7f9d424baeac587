"""The matrix: every cell explicit, by issue and by proposal, as of a day, in every format."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.views.position import NOT_RECORDED

Fetch = Callable[..., Any]


def cell(matrix: Any, party: str, row: str) -> Any:
    (found,) = [one for one in matrix["cells"] if (one["party"], one["row"]) == (party, row)]
    return found


@pytest.mark.parametrize("rows", ["issue", "proposal"])
def test_every_cell_is_explicit(fetch: Fetch, rows: str) -> None:
    matrix = fetch(f"/matrix?rows={rows}")
    pairs = {(party["id"], row["id"]) for party in matrix["parties"] for row in matrix["rows"]}
    assert {(one["party"], one["row"]) for one in matrix["cells"]} == pairs
    for one in matrix["cells"]:
        assert bool(one["positions"]) == (one["stances"] != [NOT_RECORDED])


def test_wordings_of_one_issue_differ(fetch: Fetch) -> None:
    energy = cell(fetch("/matrix?level=party"), "putin", "energy-strikes")
    assert energy["differs"] == ["wording"]
    assert {"white-house", "kremlin", "trump-putin-call-article"} <= {
        account for position in energy["positions"] for account in position["accounts"]
    }


def test_sequence_stands_in_one_row(fetch: Fetch) -> None:
    matrix = fetch("/matrix")
    assert cell(matrix, "ukraine", "general-ceasefire")["stances"] == ["accepts"]
    assert "noncommittal" in cell(matrix, "russia", "general-ceasefire")["stances"]


def test_promise_of_a_candidate_is_not_that_of_the_state(fetch: Fetch) -> None:
    matrix = fetch("/matrix?rows=proposal")
    assert cell(matrix, "trump", "end-of-the-war")["stances"] == ["pledges"]
    assert cell(matrix, "united-states", "end-of-the-war")["stances"] == [NOT_RECORDED]


@pytest.mark.parametrize(("day", "is_served"), [("2025-02-01", False), ("2025-02-27", False), ("2025-02-28", True)])
def test_as_of_serves_what_certainly_stood(fetch: Fetch, day: str, is_served: bool) -> None:
    positions = [one["position"] for each in fetch(f"/matrix?as_of={day}")["cells"] for one in each["positions"]]
    assert ("trump-pursues-peace-settlement" in positions) == is_served


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [("party=putin", "party", "putin"), ("account=kremlin", "accounts", ["kremlin"])],
)
def test_filters_narrow_the_positions(fetch: Fetch, query: str, key: str, value: Any) -> None:
    positions = [one for each in fetch(f"/matrix?{query}")["cells"] for one in each["positions"]]
    assert positions
    assert all(one[key] == value for one in positions)
    assert len(fetch(f"/matrix?{query}")["rows"]) < len(fetch("/matrix")["rows"])


@pytest.mark.parametrize("query", ["issue=black-sea", "paragraph=12", "q=ceasefire", "source=trump-putin-call-article"])
def test_matrix_takes_the_filters_of_positions(fetch: Fetch, query: str) -> None:
    shown = {one["position"] for each in fetch(f"/matrix?{query}")["cells"] for one in each["positions"]}
    assert shown == {one["id"] for one in fetch(f"/positions?{query}&limit=500")["data"]} != set()


def test_inferred_stance_is_marked_in_every_format(client: FlaskClient, fetch: Fetch) -> None:
    inferred = [one for each in fetch("/matrix")["cells"] for one in each["positions"] if not one["explicit"]]
    assert inferred
    rows = csv.DictReader(io.StringIO(client.get("/matrix.csv?layout=long").text))
    assert {row["position"] for row in rows if row["explicit"] == "false"} == {one["position"] for one in inferred}
    text = client.get("/matrix.txt").text
    assert sum("inferred by the editor" in " ".join(part.split()) for part in text.split("\n[")) >= 1
    assert "(inferred)" in client.get("/matrix.csv").text


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    lines = client.get(f"/matrix.txt?width={width}").text.splitlines()
    assert max(map(len, lines)) <= width


def test_wide_csv_names_the_account_of_each_stance(client: FlaskClient) -> None:
    rows = list(csv.reader(io.StringIO(client.get("/matrix.csv").text)))
    assert rows[0][:2] == ["issue", "title"]
    assert all(value == NOT_RECORDED or "(" in value for row in rows[1:] for value in row[2:])


def test_scheduled_events_are_listed_after_the_last_source(fetch: Fetch) -> None:
    assert fetch("/matrix")["scheduled"] == []
    scheduled = fetch("/matrix?as_of=2030")["scheduled"]
    assert all(event["attribution"] for event in scheduled)
    assert "jeddah-talks" in {event["event"] for event in scheduled}
