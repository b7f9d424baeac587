"""Keys by which two texts on one subject are recognized: names, numbers, and beginnings of words.

Why no stemmer: it is enough that two words begin alike.
"""

import math
import re
from collections.abc import Iterable, Iterator

from schemas.spellings import spellings_of
from schemas.vocabularies import EVENT_KINDS, PROPOSAL_KINDS
from schemas.word_forms import search_key
from seed.draft.word_lists import word_list

WORD = re.compile(r"\w+")
STEM_LENGTH = 5
"""Number of letters at the beginning that the forms of a word share."""
MIN_LENGTH = 3
"""Minimum length of a word that counts; numbers and abbreviations such as UN always count."""
ENDING = re.compile(r"(?<=\w{3})(?:es|s|ed|ing)$")
TERM = "term "
"""Prefix of the key of a vocabulary term, which its synonyms share."""
COMMON = frozenset(word_list("common"))
"""Words that occur everywhere."""
NUMERALS = {
    **{word: str(number) for number, word in enumerate(word_list("numbers"), 1)},
    **{word: str(10 * number) for number, word in enumerate(word_list("tens"), 2)},
}
"""Numbers in words."""


class Names:
    """The names of parties: a party counts as named whichever of its names a text uses."""

    def __init__(self, parties: Iterable[Iterable[str]]) -> None:
        """`parties` are the name and aliases of each."""
        self._key_of: dict[str, str] = {}
        for names in parties:
            forms = [search_key(form) for name in names for form in (name, *spellings_of(name))]
            for form in filter(None, forms):
                self._key_of.setdefault(form, f"party {forms[0]}")
        self._longest = max((len(form.split()) for form in self._key_of), default=0)

    def keys(self, text: str) -> Iterator[str]:
        """Yield the key of each party that a text names."""
        words = search_key(text).split()
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                if key := self._key_of.get(" ".join(words[start:end])):
                    yield key


NO_NAMES = Names(())


def word_keys(text: str, names: Names = NO_NAMES) -> set[frozenset[str]]:
    """Return the keys of each name, number and word of a text; a word has those of its forms and synonyms."""
    words = {frozenset(_keys_of_word(word)) for word in WORD.findall(text)}
    return {keys for keys in words if keys} | {frozenset([key]) for key in names.keys(text)}


def _keys_of_word(word: str) -> Iterator[str]:
    plain = word.casefold()
    if plain in COMMON and not word.isupper():
        return
    if number := NUMERALS.get(plain, plain if plain.isdigit() else ""):
        yield number.lstrip("0") or "0"
    elif len(word) > 1 and word.isupper():
        yield plain[:STEM_LENGTH]
    elif len(word) >= MIN_LENGTH:
        short = ENDING.sub("", plain)
        yield from (plain[:STEM_LENGTH], short[:STEM_LENGTH], *SYNONYMS.get(plain, ()), *SYNONYMS.get(short, ()))


def _synonyms() -> dict[str, set[str]]:
    """Return the vocabulary terms of each word: "truce" and "ceasefire" share one."""
    found: dict[str, set[str]] = {}
    for vocabulary in (PROPOSAL_KINDS, EVENT_KINDS):
        for term in vocabulary.terms.values():
            for word in (term.label, *term.synonyms):
                found.setdefault(word, set()).add(f"{TERM}{term.name}")
    return found


SYNONYMS = _synonyms()


def rarity(count: int, total: int) -> float:
    """Return the weight of a word that `count` of `total` texts have: a rare word says more about what texts share."""
    return math.log(1 + total / count)
