"""Sort keys of text: É next to E, Ł next to L, Ґ after Г, whatever the case and the punctuation.

They are stored in a column of their own, so that an index has the order that readers expect.

Why not ICU: SQLite loads it as an extension that no package index has for Python, and PyICU must be compiled.
"""

import re
import unicodedata

MAX_SORT_KEY_LENGTH = 200
"""Texts that begin alike for this many characters are sorted by their ids."""
SPECIAL = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
"""Letters that are variants of others for a reader, but not for Unicode decomposition."""
MARKS = re.compile("(?<=[a-zα-ω])[\u0300-\u036f]+")
"""Diacritics of Latin and Greek letters. Elsewhere they make other letters, as in й."""
AFTER = {"г": "ґ", "д": "ђѓ", "е": "є", "з": "ѕ", "и": "іїј", "л": "љ", "н": "њ", "т": "ћќ", "у": "ў", "ч": "џ"} | {
    "e": "ə",
    "n": "ŋ",
}
"""Letters that code points put after the alphabet, by the letter after which readers look for them."""
ORDER = str.maketrans(
    {letter: base + letter for base, letters in AFTER.items() for letter in letters} | {"ё": "е", "ѐ": "е", "ѝ": "и"}
)
"""Cyrillic letters that sort with others, and those of AFTER: “еє” sorts after “е” and any letter of the alphabet."""
SEPARATORS = re.compile(r"[\W_]+")
TYPOGRAPHIC = re.compile("[‘’“”„«»–—…]")
"""The most frequent separators outside ASCII, replaced first because ASCII text is folded 20 times faster."""
ASCII = bytes(ord(chr(byte).lower()) if chr(byte).isalnum() else ord(" ") for byte in range(128)).ljust(256)
"""A table for bytes.translate: lower-case letters, digits, and spaces for everything else."""


def sort_key(text: str) -> str:
    """Return the text by which a text is sorted, compared by code point."""
    start = text[:MAX_SORT_KEY_LENGTH]
    plain = start if start.isascii() else TYPOGRAPHIC.sub(" ", start)
    folded = plain.encode().translate(ASCII).decode() if plain.isascii() else SEPARATORS.sub(" ", _fold(plain))
    return " ".join(folded.split())[:MAX_SORT_KEY_LENGTH] or start


def _fold(text: str) -> str:
    """Return a text without case and diacritics, with the letters of each alphabet in its order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).translate(SPECIAL)
    return unicodedata.normalize("NFC", MARKS.sub("", decomposed)).translate(ORDER)
