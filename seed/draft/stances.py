"""Candidate positions: the words of `stances.yaml` in a text, with whoever they are about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from marshmallow import Schema, ValidationError, fields, validates_schema

from schemas.vocabularies import STANCES
from seed.draft.parties import Parties, Party
from seed.draft.speakers import Speakers
from seed.draft.text import Sentence

FILE = Path(__file__).with_name("stances.yaml")
ENDING, GAP = r"(?:e?s|e?d|ing)?", r"(?:[“”\"‘’,]*\s+[^\s.;:]+){0,5}?"
FIRST_PERSON = re.compile(r"\b(?:[Ww]e|I)\b")

PASSIVE = re.compile(r"\b(?:be|been|being|was|were) (?:\w+ly )?\w+ed$")
MAX_OWNER_GAP = 24
"""Number of characters between a name and what belongs to it: Trump’s Black Sea proposal."""


class StanceWords(Schema):
    """The file: words that show no position, and words by stance."""

    none = fields.Raw(required=True)
    verbs = fields.Dict(fields.String(), fields.Raw(), required=True)
    nouns = fields.Dict(fields.String(), fields.Raw(), required=True)

    @validates_schema
    def check_stances(self, data: dict[str, dict[str, object]], **kwargs: object) -> None:
        """Require that every stance is in the vocabulary."""
        for name in ("verbs", "nouns"):
            if unknown := [stance for stance in data[name] if stance not in STANCES]:
                raise ValidationError(f"Not stances: {', '.join(unknown)}.", name)


@dataclass(frozen=True)
class Candidate:
    """A stance that words seem to show, where they stand, and whose it is according to whom."""

    sentence: Sentence
    start: int
    words: str
    stance: str
    party: Party | None
    according_to: tuple[Party, ...]
    is_read_into: bool
    """Whether the party is read into a “we”."""


@cache
def _patterns() -> list[tuple[str | None, re.Pattern[str], bool]]:
    """Return the stance, the words and whether they are a noun, in the order in which they count."""
    data = StanceWords().load(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    verbs = [(None, data["none"]), *data["verbs"].items()]
    return [
        *((stance, _pattern(_flat(words)), False) for stance, words in verbs),
        *((stance, _pattern(_flat(words)), True) for stance, words in data["nouns"].items()),
    ]


def _flat(words: list[object]) -> Iterator[str]:
    for word in words:
        if isinstance(word, list):
            yield from _flat(word)
        else:
            yield str(word)


def _pattern(words: Iterator[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(_expression(one) for one in words) + r")(?!\w)", re.IGNORECASE)


def _expression(words: str) -> str:
    """Return the pattern for words, between which there may be quotation marks."""
    text = r"[“\"‘]?\s+[“\"‘]?".join(re.escape(word) for word in words.split())
    text = text.replace(r"[“\"‘]?\s+[“\"‘]?…", GAP).replace("e\\~", f"(?:e?{ENDING}|ing)")
    return re.sub(r"(\w)\\~", lambda match: f"{match[1]}{match[1]}?{ENDING}", text)


def candidates(sentence: Sentence, parties: Parties, speakers: Speakers) -> Iterator[Candidate]:
    """Yield the candidate positions of a sentence, in the order of their words; one for each party they are about."""
    taken: list[re.Match[str]] = []
    found: list[Candidate] = []
    for stance, pattern, is_noun in _patterns():
        for match in pattern.finditer(sentence.text):
            is_taken = any(match.start() < other.end() and other.start() < match.end() for other in taken)
            if is_taken or PASSIVE.search(sentence.text, 0, match.end()):
                continue
            holders, is_read_into = _holders(sentence, match, parties, speakers, is_noun)
            if is_noun and not holders:
                continue
            taken.append(match)
            if stance:
                account = speakers.account(sentence, match.start())
                for party in holders or (None,):
                    others = tuple(one for one in account if one is not party)
                    found.append(Candidate(sentence, match.start(), match[0], stance, party, others, is_read_into))
    yield from sorted(found, key=lambda one: one.start)


def _holders(
    sentence: Sentence, match: re.Match[str], parties: Parties, speakers: Speakers, is_noun: bool
) -> tuple[tuple[Party, ...], bool]:
    """Return whose stance the words show, and whether that is read into a “we”."""
    if is_noun:
        owners = [
            one
            for one in parties.mentions(sentence)
            if one.is_possessive and 0 <= match.start() - one.end <= MAX_OWNER_GAP
        ]
        return tuple(one.party for one in owners[-1:]), False
    for start, end in sentence.quoted:
        if start <= match.start() < end and FIRST_PERSON.search(sentence.text, start, match.end()):
            return speakers.utterance(sentence, (start, end)).speakers, True
    if found := speakers.subject(sentence, match.start()):
        return found, False
    if quoted := [span for span in sentence.quoted if span[0] <= match.start() < span[1]]:
        return speakers.utterance(sentence, quoted[0]).speakers, False
    return speakers.later_subject(sentence, match.end()), False
