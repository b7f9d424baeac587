"""Closed vocabularies: terms with a label, a definition, synonyms, and their codes in other schemes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA

Scheme = Literal["CAMEO", "PLOVER", "PA-X"]
Match = Literal["exact", "close"]
Side = Literal["for", "qualified", "open", "against"]
SCHEMES: tuple[Scheme, ...] = ("CAMEO", "PLOVER", "PA-X")
SIDES: tuple[Side, ...] = ("for", "qualified", "open", "against")


@dataclass(frozen=True)
class Equivalent:
    """The code of a term in another scheme, and whether it means the same or nearly the same."""

    scheme: Scheme
    code: str
    match: Match


def exact(scheme: Scheme, code: str) -> Equivalent:
    """Return a code that means the same."""
    return Equivalent(scheme, code, "exact")


def close(scheme: Scheme, code: str) -> Equivalent:
    """Return a code that means nearly the same, or covers more or less."""
    return Equivalent(scheme, code, "close")


class Term:
    """One term of a vocabulary.

    name: the value that records hold.
    label: the same for people, to be printed.
    definition: a sentence that tells the term apart from its neighbours.
    equivalents: codes in other schemes, at most one per scheme.
    synonyms: other words that people type for it, separated by commas.
    side: for a stance, which side of the proposal it is on.
    """

    def __init__(
        self,
        name: str,
        label: str,
        definition: str,
        *equivalents: Equivalent,
        synonyms: str = "",
        side: Side | None = None,
    ) -> None:
        self.name = name
        self.label = label
        self.definition = definition
        self.equivalents = {equivalent.scheme: equivalent for equivalent in equivalents}
        self.synonyms = tuple(filter(None, (word.strip() for word in synonyms.split(","))))
        self.side = side


class Vocabulary:
    """A closed list of terms under a name, in the order in which they are explained."""

    def __init__(self, name: str, definition: str, *terms: Term) -> None:
        self.name = name
        self.definition = definition
        self.terms = {term.name: term for term in terms}
        self._spellings = {
            _normalize(spelling): term.name
            for term in reversed(terms)
            for spelling in (*term.synonyms, term.label, term.name)
        }

    def __contains__(self, name: object) -> bool:
        return name in self.terms

    def __iter__(self) -> Iterator[str]:
        return iter(self.terms)

    def term_meant(self, word: str) -> Term | None:
        """Return the term that a word is the name, the label or a synonym of, or None."""
        name = self._spellings.get(_normalize(word))
        return self.terms[name] if name else None

    def nearest(self, word: str) -> str | None:
        """Return the term a word means: the one it is a synonym of, else the one it misspells, else None.

        A word that is equally close to two terms suggests neither, since the two may be opposites.
        """
        spelling = _normalize(word)
        if spelling in self._spellings:
            return self._spellings[spelling]
        terms = {self._spellings[known] for known in self._misspelt(spelling)}
        return terms.pop() if len(terms) == 1 else None

    def _misspelt(self, word: str) -> list[str]:
        """Return the known spellings that are closest to a word, within one typing error per four letters, or two."""
        errors = min(len(word) // 4, 2)
        distances = {known: OSA.distance(word, known, score_cutoff=errors) for known in self._spellings}
        best = min(distances.values(), default=0)
        return [known for known, distance in distances.items() if distance == best <= errors]


def _normalize(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word).strip().lower()
