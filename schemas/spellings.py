"""Spellings of names and words that are written in several ways, from `spellings.yaml`."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.language import LanguageTag
from schemas.word_forms import fold, search_key

FILE = Path(__file__).with_name("spellings.yaml")
MIN_STEM = 4
"""The number of letters before an ending that may be written differently."""
MAX_SPELLINGS = 12
"""The number of spellings in a group, which bounds the cost of a search for one of them."""
MAX_SPELLING_WORDS = 4


class Spellings(Schema):
    """The file: groups of spellings of one name or word, groups of endings, and words that make a question."""

    _group = fields.List(fields.String(required=True), validate=validate.Length(2, MAX_SPELLINGS))
    groups = fields.List(_group, required=True)
    endings = fields.List(_group, required=True)
    question_words = fields.Dict(
        keys=LanguageTag("The language of the words.", example="en"),
        values=fields.List(fields.String(required=True)),
        required=True,
    )

    @validates_schema
    def check_groups(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require that a spelling has a few words and is in one group only."""
        seen: set[str] = set()
        for place, group in enumerate(data["groups"]):
            keys = {search_key(spelling) for spelling in group}
            if not all(0 < len(key.split()) <= MAX_SPELLING_WORDS for key in keys):
                raise ValidationError({place: [f"A spelling has one to {MAX_SPELLING_WORDS} words."]}, "groups")
            if keys & seen:
                raise ValidationError({place: [f"Also in another group: {', '.join(sorted(keys & seen))}."]}, "groups")
            seen |= keys


@cache
def _load() -> dict[str, Any]:
    return dict(Spellings().load(yaml.safe_load(FILE.read_text(encoding="utf-8"))))


@cache
def question_words() -> frozenset[str]:
    """Return the words, of any language, that only make a question of the others, as search compares words."""
    return frozenset(fold(word) for words in _load()["question_words"].values() for word in words)


@cache
def _read() -> tuple[dict[str, list[str]], list[list[str]]]:
    """Return the groups by the key of each spelling, and the groups of endings."""
    data = _load()
    groups = {search_key(spelling): group for group in data["groups"] for spelling in group}
    return groups, data["endings"]


def spellings_of(form: str) -> list[str]:
    """Return the other spellings of a name or word, given as its pieces' forms."""
    groups, endings = _read()
    key = fold(form)
    if key in groups:
        return [spelling for spelling in groups[key] if search_key(spelling) != key]
    return list(_other_endings(form, endings)) if " " not in form else []


def _other_endings(form: str, endings: list[list[str]]) -> Iterator[str]:
    """Yield a word with each ending that is interchangeable with its own."""
    for group in endings:
        own = max((ending for ending in group if form.lower().endswith(ending)), key=len, default="")
        if own and len(form) - len(own) >= MIN_STEM:
            yield from (form[: -len(own)] + ending for ending in group if ending != own)
