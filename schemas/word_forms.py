"""The forms of words that search treats alike: `cease-fire` as one word, `U.S.` as `US`, `Київ` in Latin letters."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

HYPHENS, APOSTROPHES = "-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{SOFT HYPHEN}", "'\N{RIGHT SINGLE QUOTATION MARK}"
SEPARATOR = "\ue000"
"""Stands between texts, so that a phrase does not reach from one into the next: the tokenizer takes it for a word."""
CACHED_FORMS = 50_000


class _Classes(dict[int, str]):
    """Maps a character to its class, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = found = _class_of(character)
        return found


def _class_of(character: str) -> str:
    if character in HYPHENS:
        return "-"
    if character in APOSTROPHES:
        return "'"
    if character.isdigit():
        return "0"
    if character.isalnum() or unicodedata.category(character).startswith("M"):
        return "A" if character.isupper() else "a"
    return character if character in ". " else ","


CLASSES = _Classes()
INITIALS = r"(?<![Aa0])[Aa]\.(?: ?[Aa]\.)+|(?<![Aa0])[Aa](?:\.[Aa])+(?![Aa0])"
"""Single letters with dots, `U.S.` or `J. D.`; the last dot may be missing if there are no spaces."""
COMPOUND = r"[Aa0]+(?:-[Aa0]+|'(?:A|a{3})[Aa0]*)*"
"""A word with its hyphens, and with apostrophes in a name: `O'Brien` and `Zelens'kyi`, but not `Putin's` or `we'll`."""
PIECE = re.compile(f"{INITIALS}|{COMPOUND}")
MAY_CHANGE = re.compile(
    rf"[{HYPHENS}{APOSTROPHES}.\x80-\U0010ffff](?:"
    + "|".join(
        (
            rf"(?<=[^\W_][{HYPHENS}])[^\W_]",
            rf"(?<=[^\W_][{APOSTROPHES}])(?:[A-Z]|\w{{3}})",
            r"(?<=[^\W\d_]\.)(?<![^\W_]..) ?[^\W\d_](?![^\W_])",
            r"(?<=(?=[^\x00-\x7f])[^\W\d_])|(?<=[\u0300-\u036f])",
        )
    )
    + ")",
    re.DOTALL,
)
"""What every text with another form contains; much faster to look for than the pieces.

It begins with a class of characters, for which alone `re` searches most of a text; ten times faster than looking
for each alternative at every character.
"""


class Piece(NamedTuple):
    """A word, a compound with hyphens or dotted initials, and where it stands in its text."""

    text: str
    start: int
    end: int

    @property
    def words(self) -> str:
        """The words that the tokenizer makes of it, with spaces between."""
        return "".join(c if CLASSES[ord(c)] in "Aa0" else " " for c in self.text).strip()

    @property
    def form(self) -> str:
        """The piece as one word in Latin letters."""
        return form_of(self.text)


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words, compounds and initials of a text."""
    for match in PIECE.finditer(text.translate(CLASSES)):
        start, end = match.span()
        piece = Piece(text[start:end], start, end)
        if piece.text.isalnum() or any(map(str.isalnum, piece.text)):
            yield piece


def search_forms(texts: Iterable[str]) -> str | None:
    """Return the texts that have other forms, with each piece as one word in Latin letters; None without any."""
    return f" {SEPARATOR} ".join(_forms(found) for _, found in _with_forms(texts)) or None


def texts_with_forms(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts in which at least one piece has another form, in the order of `search_forms`."""
    return (text for text, _ in _with_forms(texts))


def _with_forms(texts: Iterable[str]) -> Iterator[tuple[str, list[Piece]]]:
    """Yield the texts in which at least one piece has another form, with their pieces."""
    for text in texts:
        if MAY_CHANGE.search(text):
            found = list(pieces(text))
            if any(_has_other_form(piece.text) for piece in found):
                yield text, found


def _forms(found: Iterable[Piece]) -> str:
    return " ".join(piece.form for piece in found)


@lru_cache(maxsize=CACHED_FORMS)
def _has_other_form(text: str) -> bool:
    """Return whether the tokenizer takes the form of a piece for another word."""
    return fold(form_of(text)) != fold(text)


@lru_cache(maxsize=CACHED_FORMS)
def form_of(text: str) -> str:
    """Return a piece as one word in Latin letters."""
    joined = _only_letters(text)
    if joined.isascii() or not any(c.isalpha() for c in joined if not c.isascii()):
        return joined
    return _only_letters(anyascii(joined)) or joined


def fold(text: str) -> str:
    """Return a text as the tokenizer compares it, without case and accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def search_key(text: str) -> str:
    """Return the key under which spellings of a name are looked up: its forms, without case and accents."""
    return fold(_forms(pieces(text)))


def _only_letters(text: str) -> str:
    return "".join(c for c in text if CLASSES[ord(c)] in "Aa0")
