"""The matrix shows where everybody stands, including disagreement and silence."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.views.stand import NOT_RECORDED
from seed.bundles import load
from tests.support import ROOT

Fetch = Callable[..., Any]
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def cells(matrix: Any) -> dict[tuple[str, str], Any]:
    return {(cell["party"], cell["proposal"]): cell for cell in matrix["cells"]}


def test_every_cell_is_explicit(fetch: Fetch) -> None:
    matrix = fetch("/matrix")
    assert len(matrix["cells"]) == len(matrix["parties"]) * len(matrix["proposals"])
    assert all(cell["stances"] for cell in matrix["cells"])
    assert any(cell["stances"] == [NOT_RECORDED] and cell["derived_from"] == [] for cell in matrix["cells"])


def test_matrix_is_derived_from_every_position(fetch: Fetch) -> None:
    derived = {id for cell in fetch("/matrix?level=party")["cells"] for id in cell["derived_from"]}
    positions = fetch("/positions?limit=500")["data"]
    assert derived == {position["id"] for position in positions}


def test_positions_are_rolled_up_to_the_principal(fetch: Fetch) -> None:
    by_party, by_principal = (
        cells(fetch("/matrix?level=party&as_of=2025-03-18")),
        cells(fetch("/matrix?as_of=2025-03-18")),
    )
    proposal = "unconditional-ceasefire-30-days"
    assert by_party["putin", proposal]["stances"] == by_principal["russia", proposal]["stances"]
    assert by_party["russia", proposal]["stances"] == [NOT_RECORDED]
    assert set(by_principal["russia", proposal]["stances"]) == {"noncommittal", "raises_concerns"}


@pytest.mark.parametrize(
    ("day", "party", "proposal", "stances"),
    [
        ("2025-03-12", "ukraine", "thirty-day-truce", None),
        ("2025-03-16", "ukraine", "thirty-day-truce", ["accepts"]),
        ("2025-03-16", "russia", "unconditional-ceasefire-30-days", None),
        ("2025-03-18", "russia", "unconditional-ceasefire-30-days", ["noncommittal", "raises_concerns"]),
        ("2025-03-18", "russia", "energy-strikes-halt-30-days", ["orders"]),
        ("2025-03-24", "russia", "energy-strikes-halt-30-days", ["orders"]),
    ],
)
def test_as_of_excludes_later_positions(
    fetch: Fetch, day: str, party: str, proposal: str, stances: list[str] | None
) -> None:
    cell = cells(fetch(f"/matrix?as_of={day}")).get((party, proposal))
    assert sorted((cell or {"stances": [NOT_RECORDED]})["stances"]) == (stances or [NOT_RECORDED])


def test_future_day_lists_scheduled_events(fetch: Fetch) -> None:
    assert fetch("/matrix?as_of=2025-03-18")["scheduled"] == []
    scheduled = fetch("/matrix?as_of=2030")["scheduled"]
    assert ("jeddah-talks", "2025-03-23", "scheduled") in [
        (one["event"], one["date"], one["status"]) for one in scheduled
    ]


def test_negotiation_and_kind_filter_the_proposals(fetch: Fetch) -> None:
    for query in (
        "negotiation=us-russia-relations",
        "kind=condition",
        "kind=war_aim&negotiation=ukraine-war-settlement",
    ):
        listed = {proposal["id"] for proposal in fetch(f"/proposals?{query}&limit=500")["data"]}
        assert {proposal["id"] for proposal in fetch(f"/matrix?{query}")["proposals"]} == listed


def test_wide_and_long_csv_layouts(client: FlaskClient, fetch: Fetch) -> None:
    matrix = fetch("/matrix?kind=condition")
    wide = list(csv.reader(io.StringIO(client.get("/matrix.csv?kind=condition").text, newline="")))
    assert wide[0] == ["proposal", "title", *(party["id"] for party in matrix["parties"])]
    assert len(wide) == 1 + len(matrix["proposals"])
    assert all(cell for row in wide for cell in row)
    long = list(csv.DictReader(io.StringIO(client.get("/matrix.csv?kind=condition&layout=long").text, newline="")))
    assert [(row["party"], row["proposal"]) for row in long] == list(cells(matrix))


def test_text_fits_120_columns_and_has_footnotes(client: FlaskClient) -> None:
    for level in ("principal", "party"):
        lines = client.get(f"/matrix.txt?level={level}").text.splitlines()
        assert max(map(len, lines)) <= 120
        assert any(line.startswith("[1] ") for line in lines)
        assert "-  no position is recorded: neither assent nor neutrality" in lines


def test_conflicting_accounts_are_both_in_the_cell(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    against = SECOND.read_text().replace(
        "positions:\n",
        "positions:\n"
        "  - {id: ukraine-accepts-invented-pause, party: ukraine, proposal: invented-pause, stance: accepts,"
        " summary: Kyiv says yes according to the Kremlin., voice: party, according_to: [kremlin],"
        " date: 2025-03-20, date_basis: stated,"
        " citations: [{source: invented-article, paragraph: 2}]}\n"
        "  - {id: zelenskyy-accepts-invented-pause, party: zelenskyy, proposal: invented-pause, stance: accepts,"
        " voice: source, summary: He says yes., date: 2025-03-20, date_basis: stated,"
        " citations: [{source: invented-article, paragraph: 2}]}\n",
    )
    bundle.write_text(against)
    load([bundle], own)
    client = create_app(database=str(own)).test_client()
    cell = cells(client.get("/matrix").get_json())["ukraine", "invented-pause"]
    assert (cell["conflict"], cell["divided"]) == (True, True)
    assert {account["account"] for account in cell["accounts"]} == {"kremlin", "source"}
    assert "!%" in client.get("/matrix.csv").get_data(as_text=True)
