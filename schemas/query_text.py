"""The text of a search, read as words, phrases and operators."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from marshmallow import ValidationError

from schemas.spellings import question_words
from schemas.word_forms import Piece, fold, pieces

MIN_PREFIX_BYTES = 3
"""Three Latin letters or one ideograph: so many words have a shorter beginning that the search would be slow."""
QUOTES = '"“”„«»'
TOKEN = re.compile(rf"(-?)(?:[{QUOTES}]([^{QUOTES}]*)[{QUOTES}](\*?)|([^\s{QUOTES}]+))")
"""An optional hyphen, and a phrase in quotation marks with an optional asterisk, or a word."""
OPERATORS = {"OR": "OR", "|": "OR", "||": "OR", "AND": "AND", "&&": "AND", "NOT": "NOT"}
PLAIN_WORD = re.compile(r"[^\W_][\w.'’-]*\*?")
SPACED_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_]\.) (?=[^\W\d_]\.)")
POSSESSIVE = re.compile(r"(?<=[^\W_])['’][sS](?![^\W_])")
NEAR = re.compile(r"NEAR(?:/\d+)?(?:\(.*)?")
FIELD = re.compile(r"\(*([a-z_]+):(?!//)")
GROUP = re.compile(r"\bOR\s*\(|\)\s*OR\b|\bNOT\s*\(|(?<!\S)-\(")
LONE_OR = "OR must have a word on both sides. Write it in lower case to search for the word."
LONE_NOT = "NOT must stand before a word. Write it in lower case to search for the word."
NEARNESS = (
    'There is no operator NEAR. Write "black sea" for words next to each other, or black sea for two words anywhere in'
    " a record. Write near in lower case to search for that word."
)
GROUPING = (
    "Parentheses cannot group words around OR and NOT. OR stands between two words, as in truce OR ceasefire kremlin,"
    " and a hyphen excludes one word, as in truce -energy -grain."
)


class Operand(NamedTuple):
    """A word or phrase of a query: its pieces, and whether the last one is only the beginning of a word."""

    text: str
    """The word as a query of its own, without a hyphen in front: in quotation marks if it is not only a word."""
    pieces: list[Piece]
    phrase: bool
    prefix: bool
    excluded: bool


def read_operands(text: str) -> tuple[list[list[Operand]], list[Operand]]:
    """Return what must occur, as groups of alternatives, and what must not. Words that make a question are left out.

    Raises ValidationError for an operator without a word, and for the syntax of other search engines.
    """
    groups: list[list[Operand]] = []
    excluded: list[Operand] = []
    operator = ""
    for item in _items(SPACED_INITIALS.sub(r"\1", unicodedata.normalize("NFC", text))):
        if isinstance(item, str):
            operator = _next_operator(operator, item, at_start=not groups)
            continue
        excluded_here = item.excluded or operator == "NOT"
        if operator == "OR" and excluded_here:
            raise ValidationError(LONE_OR)
        if excluded_here:
            excluded.append(item)
        elif operator == "OR":
            groups[-1].append(item)
        else:
            groups.append([item])
        operator = ""
    if operator:
        raise ValidationError(LONE_OR if operator == "OR" else LONE_NOT)
    return without_question_words(groups), excluded


def without_question_words(groups: list[list[Operand]]) -> list[list[Operand]]:
    """Return the groups without those that only make a question of the others, or all if there are no others."""
    return [group for group in groups if not all(map(_is_question_word, group))] or groups


def _is_question_word(operand: Operand) -> bool:
    plain = not (operand.phrase or operand.prefix) and len(operand.pieces) == 1
    return plain and fold(operand.pieces[0].form) in question_words()


def _next_operator(pending: str, operator: str, *, at_start: bool) -> str:
    """Return the operator of the next word, without AND. Raises ValidationError if OR lacks a word on one side."""
    if (operator == "OR" and (pending or at_start)) or (operator == "NOT" and pending == "OR"):
        raise ValidationError(LONE_OR)
    return pending if operator == "AND" else operator


def _items(text: str) -> Iterator[Operand | str]:
    """Yield the words, phrases and operators of a text. Punctuation is left out."""
    if GROUP.search(text):
        raise ValidationError(GROUPING)
    for match in TOKEN.finditer(text):
        hyphen, *_, word = match.groups()
        if not hyphen and word in OPERATORS:
            yield OPERATORS[word]
        elif operand := _operand(*match.groups()):
            _reject_other_syntax(word or "", text[match.end() : match.end() + 1])
            yield operand


def _operand(hyphen: str, phrase: str | None, phrase_star: str | None, word: str | None) -> Operand | None:
    """Return a word or a phrase, or None for punctuation. Raises ValidationError for an asterisk within a word."""
    found = list(pieces(POSSESSIVE.sub("", word) if word else phrase or ""))
    if not found:
        return None
    if word and "*" in word[:-1]:
        raise ValidationError(f"An asterisk is only possible at the end of a word, not as in {word}")
    prefix = bool(phrase_star or (word and word.endswith("*")))
    if prefix and len(found[-1].text.encode()) < MIN_PREFIX_BYTES:
        raise ValidationError(f"Write at least three letters before the asterisk: {found[-1].text}*")
    is_plain = word and PLAIN_WORD.fullmatch(word) and word not in (*OPERATORS, "NEAR")
    text = word if word and is_plain else f'"{phrase or " ".join(piece.text for piece in found)}"{"*" * prefix}'
    return Operand(text, found, phrase=word is None, prefix=prefix, excluded=bool(hyphen))


def _reject_other_syntax(word: str, following: str) -> None:
    """Raise ValidationError for what other search engines understand and this one does not."""
    if NEAR.fullmatch(word):
        raise ValidationError(NEARNESS)
    field = FIELD.match(word)
    if field and (field.end() < len(word) or (following and following in QUOTES)):
        raise ValidationError(
            f"A field such as {field[1]}: cannot be searched alone. Leave it out, and select records by a parameter"
            " of the URL, as in party=putin. To search for the text itself, put it in quotation marks."
        )
