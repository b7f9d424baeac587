"""Search queries: what a client types, translated to the query language of FTS5.

Every word is quoted, so that no text is by accident an FTS5 operator or column name. A name or word is widened to its
other spellings, and, outside a phrase, to the other names of a party.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from marshmallow import ValidationError

from schemas.query_text import Operand, read_operands
from schemas.spellings import MAX_SPELLING_WORDS, spellings_of
from schemas.word_forms import Piece, fold, pieces, search_key

MAX_QUERY_LENGTH = 200
MAX_WIDENED = 10
"""The number of names and words of a query that are widened to other spellings, which bounds its cost."""
SYNTAX = (
    'All words must occur, in any order. `"black sea"` finds a phrase, `cease*` words that begin so,'
    " `truce OR ceasefire` either of two words, and `-energy` excludes a word."
    " Words that only make a question, such as `what`, `did` and `say`, are left out."
    " Other spellings are found too: `Kiev` for Kyiv, `Зеленський`, `U.S.` for US, `cease-fire`."
)
"""The syntax, for clients."""
Names = Mapping[str, Sequence[str]]
"""The other names of parties, by the search key of each name."""
NO_NAMES: Names = MappingProxyType({})


class FullTextQuery(NamedTuple):
    """A query for FTS5, and the other spellings and names that it also finds, by what was typed."""

    fts: str
    widened: dict[str, list[str]]


def fts_query(text: str, names: Names = NO_NAMES) -> str:
    """Return the FTS5 query for a text. Raises ValidationError if there is nothing to search for."""
    return parse_text(text, names).fts


def parse_text(text: str, names: Names = NO_NAMES) -> FullTextQuery:
    """Return the query for a text, and how it was widened. Raises ValidationError if there is nothing to search for."""
    groups, excluded = read_operands(text)
    if not groups:
        raise ValidationError("Must contain a word to search for, not only excluded ones or punctuation.")
    widener = Widener(names)
    query = _join(widener.required(groups), "AND")
    if excluded:
        query += f" NOT {_join([_join(widener.expressions(one, NO_NAMES), 'AND') for one in excluded], 'OR')}"
    return FullTextQuery(query, widener.widened)


class KnownName(NamedTuple):
    """Of how many words a name is, its other spellings and names, and whether any of them is a spelling."""

    length: int
    others: list[str]
    is_spelling: bool


class Widener:
    """Makes FTS5 expressions of pieces, each with its other spellings, until a query has enough of them."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.remaining = MAX_WIDENED
        self.widened: dict[str, list[str]] = {}

    def required(self, groups: list[list[Operand]]) -> Iterator[str]:
        """Yield an expression for each group of alternatives. Single words that follow each other are one group."""
        run: list[Piece] = []
        for group in groups:
            alone = group[0]
            if len(group) == 1 and not (alone.phrase or alone.prefix):
                run += alone.pieces
            else:
                yield from self._words(run, self.names)
                yield _join([_join(self.expressions(one, self.names), "AND") for one in group], "OR")
                run = []
        yield from self._words(run, self.names)

    def expressions(self, operand: Operand, names: Names) -> Iterator[str]:
        """Yield the expressions for an operand. A record must match them all."""
        if operand.phrase:
            yield self._phrase(operand.pieces, operand.prefix)
        elif operand.prefix:
            yield from self._words(operand.pieces[:-1], names)
            last = operand.pieces[-1]
            yield _any_of((last.words, last.form), prefix=True)
        else:
            yield from self._words(operand.pieces, names)

    def _words(self, words: list[Piece], names: Names) -> Iterator[str]:
        """Yield an expression for each word or known name."""
        place = 0
        while place < len(words):
            known = self._known_name(words[place:], names)
            end = place + known.length
            own = _join([_any_of(_forms(words, at)) for at in range(place, end)], "AND")
            if known.is_spelling and known.length > 1:
                own = _any_of([" ".join(word.words for word in words[place:end])])
            yield _join([own, *map(_quote, map(_tokens, known.others))], "OR")
            place = end

    def _phrase(self, words: list[Piece], prefix: bool) -> str:
        """Return a phrase as typed, in its forms, and with one name after the other in its other spellings."""
        found = [" ".join(word.words for word in words), " ".join(word.form for word in words)]
        complete, place = len(words) - prefix, 0
        while place < complete:
            known = self._known_name(words[place:complete], NO_NAMES)
            before = [word.form for word in words[:place]]
            place += known.length
            after = [word.form for word in words[place:]]
            found += [" ".join([*before, _tokens(other), *after]) for other in known.others]
        return _any_of(found, prefix=prefix)

    def _known_name(self, words: list[Piece], names: Names) -> KnownName:
        """Return the longest known name or word at the start, or else the first word."""
        longest = min(MAX_SPELLING_WORDS, len(words)) if self.remaining else 0
        for length in range(longest, 0, -1):
            form = " ".join(word.form for word in words[:length])
            spellings = spellings_of(form)
            keys = [fold(form), *map(search_key, spellings)] if names else []
            aliases = next((names[key] for key in keys if key in names), ())
            if others := list(dict.fromkeys([*spellings, *aliases])):
                self.remaining -= 1
                self.widened[" ".join(word.text for word in words[:length])] = others
                return KnownName(length, others, bool(spellings))
        return KnownName(1, [], False)


def _forms(words: list[Piece], at: int) -> Iterator[str]:
    """Yield a word as the tokenizer splits it, as one word in Latin letters, and as one word with each neighbour."""
    yield words[at].words
    yield words[at].form
    for first in range(max(at - 1, 0), min(at + 1, len(words) - 1)):
        yield words[first].form + words[first + 1].form


def _tokens(text: str) -> str:
    return " ".join(piece.words for piece in pieces(text))


def _any_of(phrases: Iterable[str], *, prefix: bool = False) -> str:
    return _join([_quote(phrase) + "*" * prefix for phrase in dict.fromkeys(phrases)], "OR")


def _quote(phrase: str) -> str:
    return f'"{phrase}"'


def _join(expressions: Iterable[str], operator: str) -> str:
    listed = list(expressions)
    return f"({f' {operator} '.join(listed)})" if len(listed) > 1 else listed[0]
