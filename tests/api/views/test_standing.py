"""The standing of a proposal and its history, as of a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from api.database import connection
from api.views.stand import NOT_RECORDED
from seed.bundles import load
from tests.support import ROOT

Fetch = Callable[..., Any]
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def test_standing_lists_stances_and_history_by_party(fetch: Fetch) -> None:
    standing = fetch("/proposals/unconditional-ceasefire-30-days/standing")
    parties = {one["party"]: one for one in standing["parties"]}
    assert set(parties["putin"]["stances"]) == {"noncommittal", "raises_concerns"}
    assert parties["trump"]["stances"] == ["proposes"]
    for one in standing["parties"]:
        assert {step["position"] for step in one["history"]} >= set(one["derived_from"])
    assert set(standing["rules"]) >= {"latest", "conflict", NOT_RECORDED}


def test_open_conditions_have_their_own_standing(fetch: Fetch) -> None:
    conditions = {one["proposal"]: one for one in fetch("/proposals/peace-settlement/standing")["conditions"]}
    assert "end-of-foreign-support" in conditions
    condition = conditions["end-of-foreign-support"]
    assert "putin" in condition["set_by"]
    assert any(one["party"] == "putin" for one in condition["standing"])


def test_standing_before_the_first_position_is_empty(fetch: Fetch) -> None:
    assert fetch("/proposals/unconditional-ceasefire-30-days/standing?as_of=2020")["parties"] == []


@pytest.mark.parametrize(
    ("day", "stage", "conditions"),
    [("", "proposed", ["later-term"]), ("2025-03-25", "proposed", ["later-term"]), ("2025-03-18", None, [])],
)
def test_as_of_excludes_later_stage_and_conditions(
    own: Path, tmp_path: Path, day: str, stage: str | None, conditions: list[str]
) -> None:
    bundle = tmp_path / "second.yaml"
    bundle.write_text(
        SECOND.read_text()
        .replace("    duration: P3D\n", "    duration: P3D\n    stage: proposed\n")
        .replace(
            "positions:\n",
            "  - {id: later-term, negotiations: [ukraine-war-settlement], title: A term, summary: A term.,"
            " kind: condition, relations: [{proposal: invented-pause, relation: condition_for}],"
            " date: 2025-03-20, date_basis: stated, voice: source,"
            " citations: [{source: invented-article, paragraph: 1}]}\npositions:\n",
        )
    )
    load([bundle], own)
    query = f"?as_of={day}" if day else ""
    standing = create_app(database=str(own)).test_client().get(f"/proposals/invented-pause/standing{query}").get_json()
    assert standing["stage"] == stage
    assert [condition["proposal"] for condition in standing["conditions"]] == conditions


def test_proposal_without_positions_has_no_parties(fetch: Fetch) -> None:
    discussed = {position["proposal"] for position in fetch("/positions?limit=500")["data"]}
    others = [one["id"] for one in fetch("/proposals?limit=500")["data"] if one["id"] not in discussed]
    for id in others:
        assert fetch(f"/proposals/{id}/standing")["parties"] == []


def test_undated_positions_stand_until_a_dated_one(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    text = SECOND.read_text().replace("    date: 2025-03-20\n    date_basis: stated\n", "")
    later = (
        "  - {id: later, party: ukraine, proposal: invented-pause, stance: accepts, summary: Yes., date: 2025-03-21,"
    )
    later += " date_basis: stated, voice: source, citations: [{source: invented-article, paragraph: 2}]}\n"
    for positions, stances, since in (("", ["rejects"], None), (later, ["accepts"], "2025-03-21")):
        bundle.write_text(text.replace("positions:\n", "positions:\n" + positions))
        load([bundle], own)
        client = create_app(database=str(own)).test_client()
        (party,) = client.get("/proposals/invented-pause/standing").get_json()["parties"]
        assert (party["stances"], party["since"]) == (stances, since)
        assert client.get("/matrix").status_code == 200


def test_number_of_statements_is_constant(own: Path, tmp_path: Path) -> None:
    """The standing of a proposal with ten conditions takes as many statements as with one."""
    bundle = tmp_path / "second.yaml"
    counts = []
    for number in (1, 10):
        bundle.write_text(SECOND.read_text().replace("positions:\n", conditions(number) + "positions:\n"))
        load([bundle], own)
        app = create_app(database=str(own))
        client = app.test_client()
        client.get("/proposals/invented-pause/standing")  # fills the caches
        statements: list[str] = []
        with app.app_context():
            connection().set_trace_callback(statements.append)
        assert len(client.get("/proposals/invented-pause/standing").get_json()["conditions"]) == number
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


def conditions(number: int) -> str:
    """YAML of that many proposals that are conditions for the invented one."""
    return "".join(
        f"  - {{id: term-{place}, negotiations: [ukraine-war-settlement], title: A term, summary: A term.,"
        " kind: condition, relations: [{proposal: invented-pause, relation: condition_for}], voice: source,"
        " citations: [{source: invented-article, paragraph: 1}]}\n"
        for place in range(number)
    )
