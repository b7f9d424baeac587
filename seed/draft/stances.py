"""Candidate positions: the words of `stances.yaml` in a text, and the parties that take the stance."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from seed.draft.parties import Parties, Party
from seed.draft.speakers import Speakers
from seed.draft.stance_words import candidate_words, condition_words
from seed.draft.text import Sentence
from seed.draft.word_lists import any_of

FIRST_PERSON = re.compile(r"\b(?:[Ww]e|I)\b")

PASSIVE = re.compile(r"\b(?:be|been|being|was|were) (?:\w+ly )?\w+ed$")
IMPERSONAL = re.compile(r"(?:It was|(?:An )?(?:[Aa]greement|[Cc]onsensus) (?:was|has been))\b")
"""The beginning of a sentence without a named subject."""
CLAUSE = re.compile(r"[;:”\"]|, (?:and|but|while|whereas|although|though|which|who)\b|\bbut\b")
"""A boundary between independent clauses: neither is the object of the other."""
COORDINATED = re.compile(r"(?:[;:”\"]|,|\b(?:and|but|or|then)\b)\s*(?:\w+ ){0,3}?$")
"""The text before the second of two verbs with one subject."""
PAST = re.compile(r"\b(?:[a-z]+ed|said|told|undertook|took|gave|withdrew|was|were|had)\b")
"""A verb in the past tense."""
CONDITIONAL = {"accepts": "accepts_conditionally"}
"""A stance, and what it becomes if the sentence has a condition."""
OTHER_SUBJECT = re.compile(
    rf"\b(?:[Tt]he|[Nn]ew|[Nn]o|[Aa]n?|both) (?:[\w-]+ )*?(?!{any_of('sides')}\b|government|delegation)[a-z]+s? $"
)
"""A noun before the words that is no party: "the crossing will be open" is nobody’s stance."""
OWNED = re.compile(r"[’'](?:s\b)?(?: (?!to\b|of\b|on\b|for\b)[\w-]+){0,3} ")
"""The text between a possessive name and its noun: Trump’s Black Sea proposal."""


@dataclass(frozen=True)
class Candidate:
    """A possible position: the words for a stance, its holder, and according to whom."""

    sentence: Sentence
    start: int
    end: int
    stance: str
    party: Party
    according_to: tuple[Party, ...]
    is_read_into: bool
    """Whether the party is read into a “we”, or into words without a subject."""

    @property
    def takes_condition(self) -> bool:
        """Whether a condition in the same sentence belongs to it."""
        return self.stance in {"offers", "pledges", *CONDITIONAL.values()}

    @property
    def is_past(self) -> bool:
        """Whether the words, or a verb before them, are in the past tense."""
        return PAST.search(self.sentence.prose, 0, self.end) is not None


def candidates(sentence: Sentence, parties: Parties, speakers: Speakers) -> list[Candidate]:
    """Return the candidate positions of a sentence, in the order of their words; one for each holder.

    Words without a party are left out, and so are words in the object of another stance: in "Arland agreed that Borland
    will pay", nothing is pledged.
    """
    found: list[_Words] = []
    for words in sorted(_stance_words(sentence), key=lambda one: one.start):
        holders = _holders(sentence, words, parties, speakers)
        governing = next((one for one in reversed(found) if not one.is_noun), None)
        is_inside = not words.is_noun and governing and _is_inside(sentence, words, governing, holders.start)
        if holders.parties and not is_inside:
            found.append(words._replace(holders=holders))
    return [one for words in found for one in _candidates_of(sentence, words, speakers)]


class _Holders(NamedTuple):
    """The holders of a stance, the offset of the subject, and whether the party is read into the words."""

    parties: tuple[Party, ...] = ()
    start: int = -1
    is_read_into: bool = False


class _Words(NamedTuple):
    """Words for a stance in a sentence."""

    start: int
    end: int
    stance: str
    is_noun: bool
    holders: _Holders = _Holders()


def _stance_words(sentence: Sentence) -> Iterator[_Words]:
    """Yield the words of a sentence for a stance; where words overlap, those of the first pattern."""
    taken: list[tuple[int, int]] = []
    for stance, pattern, is_noun in candidate_words():
        for match in pattern.finditer(sentence.text):
            passive = PASSIVE.search(sentence.text, 0, match.end())
            is_passive = passive is not None and passive.start() < match.start()
            if is_passive and not IMPERSONAL.match(sentence.text):
                continue
            if not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                if stance:
                    yield _Words(*match.span(), stance, is_noun)


def _is_inside(sentence: Sentence, words: _Words, governing: _Words, subject: int) -> bool:
    """Return whether words are in the clause that is the object of another stance."""
    between = sentence.text[governing.end : words.start]
    if governing.start < subject < words.start:
        return CLAUSE.search(sentence.text, governing.end, subject) is None
    return COORDINATED.search(between) is None


def _candidates_of(sentence: Sentence, words: _Words, speakers: Speakers) -> Iterator[Candidate]:
    stance = words.stance
    if stance in CONDITIONAL and condition_words().search(sentence.text, words.end):
        stance = CONDITIONAL[stance]
    account = () if speakers.issuers else speakers.account(sentence, words.start)
    for party in words.holders.parties:
        others = () if party in account else account
        yield Candidate(sentence, words.start, words.end, stance, party, others, words.holders.is_read_into)


def _holders(sentence: Sentence, words: _Words, parties: Parties, speakers: Speakers) -> _Holders:
    """Return the holders of the stance that words show."""
    if words.is_noun:
        owners = [
            one
            for one in parties.mentions(sentence)
            if one.is_possessive and OWNED.fullmatch(sentence.text, one.end, words.start)
        ]
        return _Holders((owners[-1].party,), words.start) if owners else _Holders()
    for start, end in sentence.quoted:
        if start <= words.start < end and FIRST_PERSON.search(sentence.text, start, words.end):
            return _Holders(speakers.utterance(sentence, (start, end)).speakers, start, is_read_into=True)
    if words.stance == "pledges" and sentence.is_quoted(words.start):
        return _Holders()  # "closer than they will admit": who will is not outside the quotation
    return _holders_outside_quotes(sentence, words, speakers)


def _holders_outside_quotes(sentence: Sentence, words: _Words, speakers: Speakers) -> _Holders:
    """Return the subject of the words, or else whoever may be meant."""
    if IMPERSONAL.match(sentence.text):
        return _Holders(speakers.sides(sentence), 0, is_read_into=True)
    subject = speakers.subject(sentence, words.start)
    if OTHER_SUBJECT.search(sentence.prose, max(subject.start, 0), words.start) and words.stance in (
        "pledges",
        "rejects",
    ):
        return _Holders()
    if subject.parties:
        return _Holders(subject.parties, subject.start)
    if quoted := [span for span in sentence.quoted if span[0] <= words.start < span[1]]:
        return _Holders(speakers.utterance(sentence, quoted[0]).speakers, quoted[0][0])
    later = speakers.later_subject(sentence, words.end)
    return _Holders(later or (speakers.sides(sentence) if words.start == 0 else ()), words.start)
