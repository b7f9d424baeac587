"""Search queries: what a client types, translated to the query language of FTS5.

Every word is quoted, so that no text is by accident an FTS5 operator or column name.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from marshmallow import ValidationError

MAX_QUERY_LENGTH = 200
MIN_PREFIX_BYTES = 3
"""Three Latin letters or one ideograph: so many words have a shorter beginning that the search would be slow."""
SYNTAX = (
    'All words must occur, in any order. `"black sea"` finds a phrase, `cease*` words that begin so,'
    " `truce OR ceasefire` either of two words, and `-energy` excludes a word."
)
"""The syntax, for clients."""
QUOTES = '"“”„«»'
TOKEN = re.compile(rf"(-?)(?:[{QUOTES}]([^{QUOTES}]*)[{QUOTES}](\*?)|([^\s{QUOTES}]+))")
"""An optional hyphen, and a phrase in quotation marks with an optional asterisk, or a word."""


class Term(NamedTuple):
    """A word or phrase as an FTS5 expression, and whether it must not occur."""

    fts: str
    excluded: bool = False


OR = Term("OR")
LONE_OR = "OR must have a word on both sides. Write it in lower case to search for the word."


def fts_query(text: str) -> str:
    """Return the FTS5 query for a text. Raises ValidationError if there is nothing to search for."""
    terms = list(_terms(unicodedata.normalize("NFC", text)))
    groups = _alternatives([term for term in terms if not term.excluded])
    if not groups:
        raise ValidationError("Must contain a word to search for, not only excluded ones or punctuation.")
    query = _join([_join(group, "OR") for group in groups], "AND")
    excluded = [term.fts for term in terms if term.excluded]
    return f"{query} NOT {_join(excluded, 'OR')}" if excluded else query


def _alternatives(terms: list[Term]) -> list[list[str]]:
    """Group terms with OR between them. Raises ValidationError if OR has no term on one side."""
    groups: list[list[str]] = []
    after_or = False
    for term in terms:
        if term is OR and (after_or or not groups):
            raise ValidationError(LONE_OR)
        if after_or:
            groups[-1].append(term.fts)
        elif term is not OR:
            groups.append([term.fts])
        after_or = term is OR
    if after_or:
        raise ValidationError(LONE_OR)
    return groups


def _terms(text: str) -> Iterator[Term]:
    """Yield the words, phrases and operators of a text. Punctuation is left out."""
    for hyphen, phrase, phrase_star, word in TOKEN.findall(text):
        if word == "OR" and not hyphen:
            yield OR
        elif words := _words(word or phrase):
            quoted = [f'"{each}"' for each in words] if word else [f'"{" ".join(words)}"']
            if "*" in word[:-1]:
                raise ValidationError(f"An asterisk is only possible at the end of a word, not as in {word}")
            if phrase_star or word.endswith("*"):
                quoted[-1] += _prefix_mark(words[-1])
            yield Term(_join(quoted, "AND"), bool(hyphen))


def _join(expressions: list[str], operator: str) -> str:
    return f"({f' {operator} '.join(expressions)})" if len(expressions) > 1 else expressions[0]


def _words(text: str) -> list[str]:
    """Return the words of a text: runs of letters, digits and combining marks."""
    letters = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in text)
    return [word for word in letters.split() if any(map(str.isalnum, word))]


def _prefix_mark(word: str) -> str:
    if len(word.encode()) < MIN_PREFIX_BYTES:
        raise ValidationError(f"Write at least three letters before the asterisk: {word}*")
    return "*"
