"""The occasions of a text as events: the issuing of a party's own text, what it reports on, and somebody's remarks."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from seed.draft.parties import Parties, Party
from seed.draft.text import Sentence

HEAD_PARAGRAPHS = 6
"""Number of paragraphs in which the occasion of a text is looked for."""
KINDS = {
    "call": re.compile(r"\b(?:tele)?phone (?:conversation|call)|\bby (?:tele)?phone\b|\bvideo call\b", re.IGNORECASE),
    "talks": re.compile(
        r"\b(?:held|hold|began|concluded|completed|round of)\b.{0,60}\b(?:talks|consultations|negotiations)\b"
    ),
    "meeting": re.compile(r"\b(?:met|received|meeting)\b"),
}
"""Words for an occasion, by its kind."""
DELEGATIONS = re.compile(r"\b[Dd]elegations? of\b")
LED_BY = re.compile(r"\b(?:led|headed|chaired) by\b")


class Occasion(NamedTuple):
    """A call, talks or a meeting on which a text reports, and the sentence that does."""

    kind: str
    sentence: Sentence


def find_occasion(sentences: Iterable[Sentence], parties: Parties) -> Occasion | None:
    """Return the call, talks or meeting in the first sentence that names two participants, or None."""
    head = [one for one in sentences if 1 < one.paragraph <= HEAD_PARAGRAPHS]
    for sentence in head:
        kinds = (kind for kind, words in KINDS.items() if words.search(sentence.prose))
        if (kind := next(kinds, None)) and len({one.party.id for one in parties.mentions(sentence)}) > 1:
            return Occasion(kind, sentence)
    return None


def participants(occasion: Occasion, parties: Parties, sentences: Iterable[Sentence]) -> list[dict[str, str]]:
    """Return the participants of an occasion with their roles: people, or the bodies that they lead."""
    bodies = {party.principal: party for party in parties.in_order() if party.kind == "group" and party.principal}
    inside = [one for one in sentences if one.paragraph == occasion.sentence.paragraph]
    found: dict[Party, str] = {}
    for sentence in inside:
        for mention in parties.mentions(sentence):
            is_leader = mention.party.is_person and LED_BY.search(sentence.prose, 0, mention.start)
            if mention.party.is_person or (sentence is occasion.sentence and mention.party.kind):
                is_body = DELEGATIONS.search(occasion.sentence.prose) is not None
                party = bodies.get(mention.party, mention.party) if is_body else mention.party
                found.setdefault(party, "leader" if is_leader else "participant")
    people = [party for party in found if party.is_person]
    leads = any(role == "leader" for role in found.values())
    return [
        {"party": party.id, "role": role} for party, role in found.items() if leads or not people or party.is_person
    ]


def remarks_id(speaker: Party) -> str:
    """Return the id of the event for a speaker's remarks."""
    return f"{speaker.id}-remarks"


def event(id: str, kind: str, participants: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first fields of an event; title and summary are left to write."""
    return {
        "id": id,
        "title": None,
        "summary": None,
        "kind": kind,
        "status": "occurred",
        **({"participants": participants} if participants else {}),
    }
