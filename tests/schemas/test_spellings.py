"""The file of spelling variants."""

from typing import Any

import pytest
import yaml
from marshmallow import ValidationError

from schemas.spellings import FILE, Spellings, spellings_of


def test_file_is_valid_and_has_dozens_of_groups() -> None:
    assert len(Spellings().load(yaml.safe_load(FILE.read_text()))["groups"]) > 40


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([["Kyiv", "Kiev"], ["kiev", "Kief"]], "Also in another group: kiev"),
        ([["Kyiv"]], "Length"),
        ([["Kyiv", "the five words of a name"]], "one to 4 words"),
        ([["Kyiv", "!"]], "one to 4 words"),
        ([[f"name{place}" for place in range(13)]], "Length"),
    ],
)
def test_wrong_group_is_rejected(groups: list[Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Spellings().load({"groups": groups, "endings": [], "question_words": {}})


def test_ending_is_replaced_after_four_letters() -> None:
    assert "Zelenskyy" in spellings_of("Zelensky")
    assert spellings_of("sky") == spellings_of("risky") == []


def test_spelling_is_no_other_meaning() -> None:
    """A truce is not a ceasefire: nearly the same meaning is not a spelling."""
    assert spellings_of("ceasefire") == ["cease fire"]
    assert spellings_of("truce") == []
