"""The words of `stances.yaml`: for candidate positions in drafts, and for the warnings of `verify`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from marshmallow import Schema, ValidationError, fields, validates_schema

from schemas.vocabularies import STANCES

FILE = Path(__file__).with_name("stances.yaml")
ENDING, GAP = r"(?:e?s|e?d|ing)?", r"(?:[“”\"‘’,]{0,2}\s+[^\s.;:]{1,40}){0,5}?"


class StanceWords(Schema):
    """The file: words that show no position, words by stance, and words that attach a condition."""

    none = fields.Raw(required=True)
    verbs = fields.Dict(fields.String(), fields.Raw(), required=True)
    nouns = fields.Dict(fields.String(), fields.Raw(), required=True)
    conditions = fields.Raw(required=True)
    weak = fields.Dict(fields.String(), fields.Raw(), required=True)

    @validates_schema
    def check_stances(self, data: dict[str, dict[str, object]], **kwargs: object) -> None:
        """Require that every stance is in the vocabulary, and that each has words."""
        for name in ("verbs", "nouns", "weak"):
            if unknown := [stance for stance in data[name] if stance not in STANCES]:
                raise ValidationError(f"Not stances: {', '.join(unknown)}.", name)
        if missing := [stance for stance in STANCES if stance not in data["verbs"]]:
            raise ValidationError(f"Without words: {', '.join(missing)}.", "verbs")


class CandidateWords(NamedTuple):
    """The words for one stance, or for no stance, and whether they are nouns."""

    stance: str | None
    pattern: re.Pattern[str]
    is_noun: bool


class StancesInText(NamedTuple):
    """The stances with words in a text. Weak words alone make no candidate position."""

    clear: frozenset[str]
    weak: frozenset[str]


@cache
def candidate_words() -> list[CandidateWords]:
    """Return the words that make a candidate position, by precedence."""
    data = _read()
    verbs = [(None, data["none"]), *data["verbs"].items()]
    return [
        *(CandidateWords(stance, _pattern(words), is_noun=False) for stance, words in verbs),
        *(CandidateWords(stance, _pattern(words), is_noun=True) for stance, words in data["nouns"].items()),
    ]


@cache
def condition_words() -> re.Pattern[str]:
    """Return the words that attach a condition."""
    return _pattern(_read()["conditions"])


def find_stances(text: str) -> StancesInText:
    """Return the stances that a text has words for, whoever takes them."""
    clear, weak = _read_patterns()
    return StancesInText(*(frozenset(_matching_stances(patterns, text)) for patterns in (clear, weak)))


def _matching_stances(patterns: Mapping[str, list[re.Pattern[str]]], text: str) -> Iterator[str]:
    return (stance for stance, ways in patterns.items() if any(pattern.search(text) for pattern in ways))


@cache
def _read_patterns() -> tuple[dict[str, list[re.Pattern[str]]], dict[str, list[re.Pattern[str]]]]:
    data = _read()
    clear = {
        stance: [_pattern(data[name][stance]) for name in ("verbs", "nouns") if stance in data[name]]
        for stance in data["verbs"]
    }
    return clear, {stance: [_pattern(words)] for stance, words in data["weak"].items()}


@cache
def _read() -> dict[str, Any]:
    return dict(StanceWords().load(yaml.safe_load(FILE.read_text(encoding="utf-8"))))


def _flat(words: Iterable[object]) -> Iterator[str]:
    for word in words:
        if isinstance(word, list):
            yield from _flat(word)
        elif isinstance(word, str):
            yield word
        else:
            raise ValidationError(f"Write {word} in quotation marks: YAML takes it for another value than a word.")


def _pattern(words: Iterable[object]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(_expression(one) for one in _flat(words)) + r")(?!\w)", re.IGNORECASE)


def _expression(words: str) -> str:
    """Return the pattern for words, between which there may be quotation marks."""
    text = r"[“\"‘]?\s+[“\"‘]?".join(re.escape(word) for word in words.split())
    text = text.replace(r"[“\"‘]?\s+[“\"‘]?…", GAP).replace("e\\~", f"(?:e?{ENDING}|ing)")
    return re.sub(r"(\w)\\~", lambda match: f"{match[1]}{match[1]}?{ENDING}", text)
