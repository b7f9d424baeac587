"""Warnings about records of a party's own text that have no support in the paragraphs they cite."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seed.bundles import load
from seed.cli import cli
from seed.text_support import Support
from seed.verify import digests, normalize
from seed.word_keys import NO_NAMES, Names
from tests.support.small_bundles import PARTIES, base, bundle

NAMES = Names([["Arland", "Ostmark", "the Republic of Arland"], ["Ida Holm"]])


def warned(record: dict[str, Any], *paragraphs: str, names: Names = NAMES, cited: int = 1) -> list[str]:
    return [field for field, _ in Support(paragraphs, names).warnings("positions", record, [cited])]


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ("Guns were withdrawn.", "They will withdraw the gun."),
        ("It was for thirty.", "It lasts 30 days."),
        ("All 30.", "Thirty of them."),
        ("A truce.", "A ceasefire."),
        ("Ostmark agrees.", "The Republic of Arland does."),
        ("The UN watches.", "It is up to the U.N. and others; UN rules hold."),
    ],
    ids=["inflection", "number", "number in words", "synonym", "alias", "abbreviation"],
)
def test_same_thing_in_other_words_is_support(summary: str, text: str) -> None:
    assert warned({"summary": summary}, text) == []


def test_alias_needs_the_party() -> None:
    record = {"summary": "Ostmark agrees."}
    assert warned(record, "The Republic of Arland does.", names=NO_NAMES) == ["summary"]


@pytest.mark.parametrize("summary", ["Turnips grow.", "Both of them should, for 31 of them.", "The sea."])
def test_words_that_say_nothing_are_no_support(summary: str) -> None:
    assert warned({"summary": summary}, "Both of them should be for the 30 guns of Arland.") == ["summary"]


def test_resolved_date_is_support_if_its_wording_is_cited() -> None:
    record = {"summary": "It is for June 2031.", "date": "2031-06", "date_wording": "next month"}
    assert warned(record, "The gates are opened next month.") == []
    assert warned(record, "The gates are opened next year.") == ["summary"]


TEXT = ("Arland met Ida Holm.", "Arland releases fourteen river pilots on Saturday.", "Arland thanked the town.")


def test_paragraph_that_shares_much_more_is_named() -> None:
    record = {"summary": "Arland lets the fourteen pilots go on Saturday."}
    ((field, detail),) = Support(TEXT, NAMES).warnings("statements", record, [1])
    assert (field, detail.partition(" has")[0]) == ("summary", "Paragraph 2")
    assert warned(record, *TEXT, cited=2) == []


def test_word_counts_once_whatever_its_forms() -> None:
    assert warned({"summary": "Talks on guns."}, "They have a gun.", "Talks.") == []


def test_event_may_be_about_the_whole_text() -> None:
    record = {"summary": "Arland says that fourteen pilots come home on Saturday."}
    assert list(Support(TEXT, NAMES).warnings("events", record, [1])) == []


@pytest.mark.parametrize(
    ("stance", "text"),
    [
        ("offers", "Arland would leave the lake."),
        ("offers", "Arland expressed its readiness to leave the lake."),
        ("pledges", "Arland will leave the lake."),
        ("pledges", "Arland renewed its commitment to leave the lake."),
        ("calls_for", "We call upon Arland to leave the lake."),
        ("calls_for", "Arland should leave the lake."),
        ("demands", "Arland must leave the lake."),
        ("noncommittal", "Arland took note of the lake."),
        ("rejects", "Arland will not leave the lake."),
        ("supports", "Arland reaffirmed the principles of the lake."),
        ("welcomes", "Arland appreciated the work on the lake."),
        ("accepts", "The sides decided to leave the lake."),
    ],
)
def test_stance_is_shown_by_words_of_the_codebook(stance: str, text: str) -> None:
    assert warned({"summary": "The lake.", "stance": stance}, text) == []
    assert warned({"summary": "The lake.", "stance": stance}, "Arland left the lake.") == ["stance"]


@pytest.mark.parametrize(
    ("stance", "text"),
    [
        ("rejects", "Arland agreed to leave the lake."),
        ("accepts", "Arland condemned the lake."),
        ("pledges", "Arland agreed to leave the lake."),
        ("noncommittal", "Arland will honour its commitments on the lake."),
        ("withdraws", "Arland will pull its troops out of the lake."),
    ],
)
def test_words_for_another_stance_are_no_support(stance: str, text: str) -> None:
    assert warned({"summary": "The lake.", "stance": stance}, text) == ["stance"]


def test_inferred_stance_is_not_looked_for() -> None:
    record = {"summary": "The lake.", "stance": "demands"}
    assert warned(record | {"explicit": False}, "Arland left the lake.") == []
    assert warned(record | {"explicit": True}, "Arland left the lake.") == ["stance"]


def test_warning_names_the_stances_that_are_shown() -> None:
    record = {"summary": "The lake.", "stance": "withdraws"}
    ((_, detail),) = Support(["Arland agreed to it and welcomed the lake."]).warnings("positions", record, [1])
    assert detail.endswith("There are words for: accepts, welcomes.")
    ((_, detail),) = Support(["Arland left the lake."]).warnings("positions", record, [1])
    assert detail.endswith("occurs in a cited paragraph.")


@pytest.mark.parametrize(
    "words",
    ["agree ", *(pytest.param(words, marks=pytest.mark.slow) for words in ('agree"', "call … ", "A.", "did not "))],
)
def test_long_paragraph_takes_bounded_time(words: str) -> None:
    start = time.process_time()
    Support([words * (100_000 // len(words))], NAMES)
    assert time.process_time() - start < 5


def test_command_knows_the_names_of_parties_of_other_bundles(tmp_path: Path) -> None:
    """Of the bundles next to the file, or of the database if there is one."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    parties = [{**PARTIES[0], "aliases": ["Ostmark"]}, *PARTIES[1:]]
    first.write_text(json.dumps(base("truce", parties=parties)))
    source = {"issued_by": ["trump"], "kind": "official_statement", **digests([normalize("Ostmark is glad.")])}
    statement = {"id": "glad", "speakers": ["trump"], "summary": "Russia has no doubts."}
    second.write_text(json.dumps(bundle("second", source, statements=[statement])))
    text = tmp_path / "text.txt"
    text.write_text("Ostmark is glad.")
    environment = {"READOUT_DATABASE": str(tmp_path / "readout.db")}
    arguments = ["verify", str(second), str(text)]
    for step in ("without a database", "with one"):
        result = CliRunner().invoke(cli, arguments, env=environment)
        assert (result.exit_code, result.stderr.count("Warning")) == (0, 0), (step, result.output)
        if first.exists():
            load([first], tmp_path / "readout.db")
            first.unlink()
