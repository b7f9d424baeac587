"""Guesses and drafts are refused by every command, with what to decide."""

from pathlib import Path
from typing import Any

import pytest

from seed.bundles import load
from seed.errors import InvalidBundles
from seed.validation import validate_document, validate_record
from tests.support.bundle_files import SECOND, read_document


@pytest.mark.parametrize(
    ("plural", "name", "value", "pointer"),
    [
        ("positions", "stance", "?accepts", "/stance"),
        ("positions", "party", "?putin", "/party"),
        ("positions", "date", "?2025-03-18", "/date"),
        ("positions", "according_to", ["?kremlin"], "/according_to/0"),
        ("proposals", "duration", "?P30D", "/duration"),
    ],
)
def test_guess_is_refused(plural: str, name: str, value: Any, pointer: str) -> None:
    record = read_document(SECOND)[plural][0] | {name: value}
    (error,) = validate_record(plural, record)[1]
    guess = value if isinstance(value, str) else value[0]
    assert error.pointer == pointer
    assert error.detail == f"{guess!r} is a guess. If it is right, write {guess[1:]!r}; otherwise write what is right."


def test_record_that_is_a_guess_is_refused() -> None:
    record = read_document(SECOND)["statements"][0] | {"id": "?putin-says"}
    (error,) = validate_record("statements", record)[1]
    assert error.pointer == "/id"
    assert error.detail.startswith("The record is a guess. If all of it is right, write 'putin-says'")


def test_text_that_is_not_written_says_what_to_write() -> None:
    record = read_document(SECOND)["positions"][0] | {"summary": None}
    (error,) = validate_record("positions", record)[1]
    assert error.detail == "Is null. Write it: The position, in the editors’ words."


def test_record_that_is_a_guess_has_one_line(tmp_path: Path) -> None:
    """A guessed value has a line of its own, with what is allowed."""
    path = tmp_path / "draft.yaml"
    text = SECOND.read_text() + "\n"
    record = (
        "issues:\n- id: ?talks\n  title: null\n  summary: null\n  part_of: ?peace\n"
        "  citations: [{source: invented-article, paragraph: 1}]\n"
    )
    assert "\nissues:" not in text
    path.write_text(text + record)
    with pytest.raises(InvalidBundles) as raised:
        load([path], tmp_path / "readout.db")
    left = [line.split(": ", 1)[1] for line in str(raised.value).splitlines()]
    assert [line for line in left if line.startswith("/issues/")] == [
        "/issues/0: A guess with unwritten fields: title, summary. Delete it, or write and accept it.",
        "/issues/0/part_of: '?peace' is a guess. If it is right, write 'peace'; otherwise write what is right.",
    ]
    assert len(raised.value.errors) == len(left) + 2  # JSON has every error


def test_guess_of_nothing_asks_to_write_it() -> None:
    record = read_document(SECOND)["positions"][0] | {"proposal": "?"}
    (error,) = validate_record("positions", record)[1]
    assert error.detail == "'?' is a guess. Write what is right."


def test_quote_may_begin_with_a_question_mark() -> None:
    record = read_document(SECOND)["statements"][0] | {"quote": "?", "form": "quotation"}
    assert validate_record("statements", record)[1] == []


def test_draft_is_not_loaded(tmp_path: Path) -> None:
    """Nothing else is wrong with it, and no database is left behind."""
    path = tmp_path / "draft.yaml"
    path.write_text("draft: true\n" + SECOND.read_text())
    with pytest.raises(InvalidBundles, match=r"draft\.yaml:1: /draft: Is a draft\."):
        load([path], tmp_path / "readout.db")
    assert not (tmp_path / "readout.db").exists()


def test_draft_is_refused_in_a_request() -> None:
    _, errors = validate_document(read_document(SECOND) | {"draft": True}, None)
    assert "/draft" in {error.pointer for error in errors}
