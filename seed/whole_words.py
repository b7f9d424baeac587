"""Words in a text: whether some are there whole, since a part of a word may mean the opposite."""

import re
import unicodedata
from collections.abc import Iterator

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u318f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no spaces between words, and of Korean, which adds particles to them."""
OPPOSITE = re.compile(r"(?<!\w)(?:non|un|anti|ex|pseudo|quasi|semi|half)-\Z", re.IGNORECASE)
"""The end of a text before a word that means something else without it: "non-negotiable"."""
CONTRACTION = re.compile(r"'(?!s\b)[^\W\d_]", re.IGNORECASE)
"""The beginning of a text after a word that it goes on with: "can't", but not "Putin's"."""


NUMBER = re.compile(r"\d[.,]\Z"), re.compile(r"[.,]\d")
"""The end of a text before a part of a number, and the beginning of one after it: "3.5", "1,500"."""


def contains_words(text: str, words: str) -> bool:
    """Return whether a normalized text contains some words, and does not begin or go on inside a word there."""
    return bool(words) and any(not _is_cut(text, start, start + len(words)) for start in _places(text, words))


def _places(text: str, words: str) -> Iterator[int]:
    start = text.find(words)
    while start >= 0:
        yield start
        start = text.find(words, start + 1)


def _is_cut(text: str, start: int, end: int) -> bool:
    """Return whether a part of a text begins or ends inside a word."""
    before, after = text[max(0, start - 10) : start], text[end : end + 3]
    if _are_of_one_word(before[-1:], text[start]) or _are_of_one_word(text[end - 1], after[:1]):
        return True
    before_number, after_number = NUMBER
    if (text[start].isdigit() and before_number.search(before)) or (
        text[end - 1].isdigit() and after_number.match(after)
    ):
        return True
    return bool(OPPOSITE.search(before)) or (text[end - 1].isalpha() and bool(CONTRACTION.match(after)))


def _are_of_one_word(one: str, other: str) -> bool:
    """Return whether two neighbouring characters are in one word; an empty text is no character."""
    return all(_is_letter(each) and not UNSPACED.match(each) for each in (one, other))


def _is_letter(character: str) -> bool:
    return character.isalnum() or (character != "" and unicodedata.category(character)[0] == "M")
