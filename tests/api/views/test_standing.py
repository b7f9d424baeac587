"""The standing of an issue or a proposal: positions in order, variants, conditions, questions, as of a day."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Fetch = Callable[..., Any]
CEASEFIRE = "/issues/general-ceasefire/standing"


def test_positions_show_the_order_of_events(client: FlaskClient) -> None:
    text = client.get(f"{CEASEFIRE}.txt").text
    assert text.index("Ukraine accepts") < text.index("Vladimir Putin noncommittal")


def test_history_is_in_the_order_of_dates(fetch: Fetch) -> None:
    for party in fetch(CEASEFIRE)["parties"]:
        days = [one["date_earliest"] or one["date_latest"] or "~" for one in party["history"]]
        assert days == sorted(days)
        assert {one["position"] for one in party["positions"]} <= {one["position"] for one in party["history"]}


def test_stage_has_its_account(fetch: Fetch) -> None:
    proposals = {one["proposal"]: one for one in fetch("/issues/energy-strikes/standing")["proposals"]}
    agreed = proposals["energy-infrastructure-ceasefire"]
    assert (agreed["stage"], agreed["attribution"]) == ("agreed_in_principle", "White House and Steve Witkoff")


def test_proposal_comes_with_its_variants(fetch: Fetch) -> None:
    standing = fetch("/proposals/energy-strikes-halt-30-days/standing")
    relations = {one["proposal"]: one["relation"] for one in standing["proposals"]}
    assert relations["energy-strikes-halt-30-days"] is None
    assert relations["energy-strikes-halt"] == "variant_of"
    assert {"putin", "ukraine"} <= {party["party"] for party in standing["parties"]}


def test_conditions_and_questions_are_listed(fetch: Fetch) -> None:
    settlement = fetch("/proposals/peace-settlement/standing")
    conditions = {one["proposal"]: one["set_by"] for one in settlement["conditions"]}
    assert conditions["end-of-foreign-support"] == ["putin"]
    questions = {one["id"] for one in fetch(CEASEFIRE)["questions"]}
    assert "same-thirty-day-ceasefire" in questions


@pytest.mark.parametrize(("day", "stage"), [("2025-03-17", None), ("2025-03-18", "ordered")])
def test_stage_is_not_known_before_the_source(fetch: Fetch, day: str, stage: str | None) -> None:
    standing = fetch(f"/proposals/energy-strikes-halt/standing?as_of={day}")
    (own,) = [one for one in standing["proposals"] if one["relation"] is None]
    assert own["stage"] == stage


def test_filters_narrow_the_positions(fetch: Fetch) -> None:
    standing = fetch(f"{CEASEFIRE}?account=zelenskyy")
    assert {one["attribution"] for party in standing["parties"] for one in party["history"]} == {"Volodymyr Zelenskyy"}


def test_csv_has_every_position(client: FlaskClient, fetch: Fetch) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{CEASEFIRE}.csv").text)))
    positions = [one["position"] for party in fetch(CEASEFIRE)["parties"] for one in party["history"]]
    assert [row["position"] for row in rows] == positions
    assert all(row["attribution"] and row["paragraph"] for row in rows)


@pytest.mark.parametrize("width", [60, 100])
def test_text_fits_the_width(client: FlaskClient, width: int) -> None:
    assert max(map(len, client.get(f"{CEASEFIRE}.txt?width={width}").text.splitlines())) <= width
