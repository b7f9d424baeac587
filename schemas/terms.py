"""Closed vocabularies: terms with a definition each, and the codes other schemes have for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Scheme = Literal["CAMEO", "PLOVER", "PA-X"]
Match = Literal["exact", "close"]
SCHEMES: tuple[Scheme, ...] = ("CAMEO", "PLOVER", "PA-X")


@dataclass(frozen=True)
class Equivalent:
    """What another scheme calls a term: its code, and whether that means the same or nearly so."""

    scheme: Scheme
    code: str
    match: Match


def exact(scheme: Scheme, code: str) -> Equivalent:
    """A code that means the same."""
    return Equivalent(scheme, code, "exact")


def close(scheme: Scheme, code: str) -> Equivalent:
    """A code that means nearly the same, or covers more or less."""
    return Equivalent(scheme, code, "close")


class Term:
    """One word of a vocabulary: its name, its definition, and its equivalents, at most one a scheme."""

    def __init__(self, name: str, definition: str, *equivalents: Equivalent) -> None:
        self.name = name
        self.definition = definition
        self.equivalents = {equivalent.scheme: equivalent for equivalent in equivalents}


class Vocabulary:
    """A closed list of terms under a name, in the order in which they are explained."""

    def __init__(self, name: str, definition: str, *terms: Term) -> None:
        self.name = name
        self.definition = definition
        self.terms = {term.name: term for term in terms}

    def __contains__(self, name: object) -> bool:
        return name in self.terms

    def __iter__(self) -> Iterator[str]:
        return iter(self.terms)
