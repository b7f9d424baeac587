"""Offices and states by the words around their names: the foreign minister of Borland, Ida Holm."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seed.draft.text import Sentence
from seed.draft.word_lists import any_of

STATE_OFFICE = rf"(?:\w+ ){{0,2}}{any_of('state_offices')}"
STATE_NAME = re.compile(
    rf"\b(?i:(?!minister){any_of('state_offices')}|(?:prime|foreign) minister|delegation)s?"
    r"(?: [A-Z]\w+){0,2} of (?P<of>[A-Z]\w+)\b(?! [A-Z])(?: and (?P<other>[A-Z]\w+)\b(?! [A-Z]))?"
    rf"|(?P<before>[A-Z]\w+ )?\b(?P<owner>[A-Z]\w+)[’'](?:s\b)? (?i:{STATE_OFFICE})\b"
)
TITLE = any_of("titles")
PREFIX = r"(?:(?:[Dd]eputy|[Cc]hief|[Ff]irst|[A-Z][a-z]+(?= Minister\b)) )?"
OFFICE_AND_NAME = re.compile(
    rf"(?:\b(?P<owner>[A-Z]\w+)(?:[’'](?:s\b)?) |\b)(?P<office>{PREFIX}(?i:(?:{TITLE} )*{TITLE}))"
    r"(?: of (?:the )?(?P<state>[A-Z]\w+(?: [A-Z]\w+)*?))?(?:, | )(?P<name>[^\W\d_a-z][\w’'-]+(?: [A-Z][\w’'-]+)+)"
    r"(?: of (?P<home>[A-Z]\w+)\b(?! [A-Z]))?"
)
"""The office of a person before the name, with the state if the text gives it."""


class OfficeHolder(NamedTuple):
    """A person, the words of the text for the office, and the name of the state or body if they have it."""

    name: str
    words: str
    role: str
    state: str
    owner: str
    """Whoever the office belongs to, in the possessive: a state or a body."""
    paragraph: int


def state_names(sentences: Iterable[Sentence]) -> list[str]:
    """Return the names that the words around them show to be states, such as "government of", in order."""
    matches = (match for sentence in sentences for match in STATE_NAME.finditer(sentence.prose) if not match["before"])
    names = (match[group] for match in matches for group in ("of", "other", "owner") if match[group])
    return list(dict.fromkeys(names))


def office_holders(sentences: Iterable[Sentence]) -> Iterator[OfficeHolder]:
    """Yield the people whose office precedes their name in a text."""
    for sentence in sentences:
        for match in OFFICE_AND_NAME.finditer(sentence.prose):
            words = sentence.prose[match.start() : match.start("name")].rstrip(", ")
            role = sentence.prose[match.start("office") : match.start("name")].rstrip(", ")
            yield OfficeHolder(
                match["name"],
                words,
                role,
                match["state"] or match["home"] or "",
                match["owner"] or "",
                sentence.paragraph,
            )
