"""Where a proposal stands, and how it came to that, as of a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from api.views.stance_rules import NOT_RECORDED
from seed.bundles import load
from tests.conftest import ROOT

Fetch = Callable[..., Any]
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def test_where_a_proposal_stands_says_who_holds_what_and_since_when(fetch: Fetch) -> None:
    standing = fetch("/proposals/unconditional-ceasefire-30-days/standing")
    held = {one["party"]: one for one in standing["parties"]}
    assert set(held["putin"]["stances"]) == {"withholds", "raises_concerns"}
    assert held["trump"]["stances"] == ["proposes"]
    for one in standing["parties"]:
        assert {step["position"] for step in one["history"]} >= set(one["derived_from"])
    assert set(standing["rules"]) >= {"latest", "conflict", NOT_RECORDED}


def test_open_conditions_have_a_standing_of_their_own(fetch: Fetch) -> None:
    conditions = {one["proposal"]: one for one in fetch("/proposals/peace-settlement/standing")["conditions"]}
    assert "end-of-foreign-support" in conditions
    condition = conditions["end-of-foreign-support"]
    assert "putin" in condition["set_by"]
    assert any(one["party"] == "putin" for one in condition["standing"])


def test_nobody_stands_anywhere_before_the_first_word(fetch: Fetch) -> None:
    assert fetch("/proposals/unconditional-ceasefire-30-days/standing?as_of=2020")["parties"] == []


@pytest.mark.parametrize(
    ("day", "stage", "conditions"),
    [("", "proposed", ["later-term"]), ("2025-03-25", "proposed", ["later-term"]), ("2025-03-18", None, [])],
)
def test_a_proposal_stands_as_of_a_day_without_what_came_later(
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
    asked = f"?as_of={day}" if day else ""
    standing = create_app(database=str(own)).test_client().get(f"/proposals/invented-pause/standing{asked}").get_json()
    assert standing["stage"] == stage
    assert [condition["proposal"] for condition in standing["conditions"]] == conditions


def test_a_proposal_that_nobody_answered_says_so(fetch: Fetch) -> None:
    held = {position["proposal"] for position in fetch("/positions?limit=500")["data"]}
    silent = [one["id"] for one in fetch("/proposals?limit=500")["data"] if one["id"] not in held]
    for id in silent:
        assert fetch(f"/proposals/{id}/standing")["parties"] == []
