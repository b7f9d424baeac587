"""Candidate positions: the words of `stances.yaml` in a text, with whoever they are about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seed.draft.parties import Parties, Party
from seed.draft.speakers import Speakers
from seed.draft.stance_words import candidate_words
from seed.draft.text import Sentence

FIRST_PERSON = re.compile(r"\b(?:[Ww]e|I)\b")

PASSIVE = re.compile(r"\b(?:be|been|being|was|were) (?:\w+ly )?\w+ed$")
MAX_OWNER_GAP = 24
"""Number of characters between a name and what belongs to it: Trump’s Black Sea proposal."""


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


def candidates(sentence: Sentence, parties: Parties, speakers: Speakers) -> Iterator[Candidate]:
    """Yield the candidate positions of a sentence, in the order of their words; one for each party they are about."""
    taken: list[re.Match[str]] = []
    found: list[Candidate] = []
    for stance, pattern, is_noun in candidate_words():
        for match in pattern.finditer(sentence.text):
            is_taken = any(match.start() < other.end() and other.start() < match.end() for other in taken)
            passive = PASSIVE.search(sentence.text, 0, match.end())
            if is_taken or (passive and passive.start() < match.start()):
                continue
            holders, is_read_into = _holders(sentence, match, parties, speakers, is_noun)
            if is_noun and not holders:
                continue
            holders = holders or speakers.issuers
            taken.append(match)
            if stance:
                account = () if speakers.issuers else speakers.account(sentence, match.start())
                for party in holders or (None,):
                    others = () if party in account else account
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
