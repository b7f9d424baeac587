"""Characters that have no place in a text: invisible ones, those without a meaning, and stacks of combining marks."""

import re
import unicodedata
from itertools import groupby

JOINERS = "\u200c\u200d"
"""Zero-width characters that belong to some scripts and to emoji."""
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U00013455\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
    # A joiner next to a space, punctuation, a Latin letter or another joiner, or at an end, joins nothing.
    "|[\u200c\u200d](?=[\\s!-\u024f\u200c\u200d]|$)|(?<![^\\s!-\u024f])[\u200c\u200d]"
)
"""Characters that nobody sees, or that reverse the writing direction."""
EMOJI = re.compile(
    "[#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]\ufe0f|\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f"
)
"""Sequences of emoji that contain characters which are invisible elsewhere."""
MEANINGLESS = {"Co": "private-use", "Cn": "unassigned"}
MAX_COMBINING_MARKS = 8
"""Number of combining marks on one letter; Hebrew with accents and Tibetan need about five."""


def character_error(text: str) -> str | None:
    """Return what is wrong with the characters of a line in NFC, or None."""
    if text.isascii():
        return None
    if INVISIBLE.search(text) and (invisible := INVISIBLE.search(EMOJI.sub("\U0001f600", text))):
        return f"Contains the invisible character {_code_point(invisible[0])}. Remove it."
    categories = [unicodedata.category(character) for character in text]
    for character, category in zip(text, categories, strict=True):
        if kind := MEANINGLESS.get(category):
            return f"Contains the {kind} character {_code_point(character)}. Remove it."
    if all(category[0] in "MZ" or category == "Cf" for category in categories):
        return "Contains no visible character."
    is_mark = (category[0] == "M" for category in categories)
    if max(sum(group) for _, group in groupby(is_mark)) > MAX_COMBINING_MARKS:
        return f"Contains more than {MAX_COMBINING_MARKS} combining marks in a row. Remove them."
    return None


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
