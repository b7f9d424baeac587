"""Search queries as FTS5 expressions."""

import unicodedata

import pytest
from marshmallow import ValidationError

from schemas.full_text import fts_query


@pytest.mark.parametrize(
    ("text", "fts"),
    [
        ("truce", '"truce"'),
        ("black sea", '("black" AND "sea")'),
        ('"black sea"', '"black sea"'),
        ("“black sea” grain", '("black sea" AND "grain")'),
        ("cease*", '"cease"*'),
        ('"black sea"*', '"black sea"*'),
        ("truce OR ceasefire", '("truce" OR "ceasefire")'),
        ("truce OR ceasefire kremlin", '(("truce" OR "ceasefire") AND "kremlin")'),
        ("truce or ceasefire", '("truce" AND "or" AND "ceasefire")'),
        ("truce -energy", '"truce" NOT "energy"'),
        ('-energy truce -"black sea"', '"truce" NOT ("energy" OR "black sea")'),
        ("cease-fire", '("cease" AND "fire")'),
        ('he said "truce', '("he" AND "said" AND "truce")'),
        ("NEAR(a b) title:x", '(("NEAR" AND "a") AND "b" AND ("title" AND "x"))'),
        ("北*", '"北"*'),
    ],
)
def test_query_is_translated(text: str, fts: str) -> None:
    assert fts_query(text) == fts


def test_decomposed_text_is_composed() -> None:
    assert fts_query(unicodedata.normalize("NFD", "Зеленський")) == '"Зеленський"'


@pytest.mark.parametrize(
    "text", ["-energy", "***", '""', "OR", "truce OR", "OR truce", "a OR OR b", "a*", "ce*se", "truce OR -x"]
)
def test_query_without_operand_is_rejected(text: str) -> None:
    with pytest.raises(ValidationError):
        fts_query(text)
