"""The examples answer their questions."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from api.service.examples import EXAMPLES, GENERAL
from tests.support.small_bundles import base, load_bundles

Fetch = Callable[..., Any]


@pytest.fixture
def answer(fetch: Fetch) -> Callable[[str], Any]:
    """Return a function that gets the data for the example whose question contains a text."""

    def get_data(text: str) -> Any:
        (path,) = [example.path for example in EXAMPLES if text in example.question]
        return fetch(path)["data"]

    return get_data


def test_words_of_trump_are_quoted_at_first_hand(answer: Callable[[str], Any]) -> None:
    """The Kremlin's wording of what both leaders said (paragraph 23) is not among them."""
    statements = answer("words of Trump’s")
    assert statements
    assert {statement["attribution"] for statement in statements} == {"Donald Trump"}
    assert {citation["paragraph"] for statement in statements for citation in statement["citations"]} == {4, 9}


def test_halt_is_shown_with_all_its_variants(answer: Callable[[str], Any], fetch: Fetch) -> None:
    halts = {"energy-strikes-halt-30-days", "energy-strikes-halt"}
    variants = {
        relation["proposal"]
        for halt in halts
        for relation in fetch(f"/proposals/{halt}")["relations"]
        if relation["relation"] == "variant_of"
    }
    positions = answer("the halt that Putin ordered")
    assert {position["proposal"] for position in positions} == halts | variants
    assert {position["party"] for position in positions} >= {"putin", "trump", "ukraine", "united-states", "russia"}


def test_kremlin_is_the_account_of_every_statement(answer: Callable[[str], Any]) -> None:
    for statement in answer("What did the Kremlin say"):
        assert statement["accounts"] == ["kremlin"]
        assert "kremlin" in (statement["according_to"] or statement["speakers"])


def test_paragraph_11_is_cited_by_every_entry(answer: Callable[[str], Any]) -> None:
    for entry in answer("cite paragraph 11"):
        assert 11 in {citation["paragraph"] for citation in entry["citations"]}


def test_questions_about_other_data_are_left_out(tmp_path: Path) -> None:
    """Their answers would be errors, since no record has the ids in them."""
    client = load_bundles(tmp_path / "readout.db", base("truce"))
    examples = client.get("/examples").get_json()["examples"]
    assert [one["question"] for one in examples] == [one.question for one in GENERAL]
    for one in examples:
        assert client.get(one["url"]).status_code == HTTPStatus.OK, one
    llms = client.get("/llms.txt").text
    assert GENERAL[1].question in llms
    assert not any(one.question in llms for one in EXAMPLES if one.source)
