"""Corrections of a search that finds nothing: its words that no record has, replaced by words that occur."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate

from marshmallow import ValidationError
from rapidfuzz.distance import OSA

from api.database import cached_total, current_revision, select
from api.party_names import party_names
from schemas import RECORDS
from schemas.errors import nearest
from schemas.full_text import MAX_QUERY_LENGTH, fts_query
from schemas.query_text import OPERATORS, read_operands
from schemas.vocabularies import VOCABULARIES
from schemas.word_forms import pieces
from seed.storage.mapping import searched_types

SEARCHED = searched_types()
MAX_CORRECTED_WORDS = 10
"""Maximum number of words of a query that are corrected."""
MAX_LABELS = 2500
"""Maximum number of labels of a type from which corrections are taken."""
MAX_LETTERS = 1_000_000
"""Maximum length of these labels together: dividing them into words takes 0.3 µs per letter."""
LETTERS_PER_ERROR = 3
MIN_LENGTH = 4
"""Minimum number of letters of a word that is corrected: shorter words are too similar to one another."""


def correct_query(text: str, types: Sequence[str] = SEARCHED) -> str | None:
    """Return a query with the words that occur in no record of these types replaced, or None if that is impossible.

    A text that is a term of a vocabulary as a whole, such as `agrees to`, is replaced as a whole.
    """
    if meant := same_meaning(text, types):
        return meant
    result, end = "", 0
    for word in [word for word in pieces(text) if word.text not in OPERATORS][:MAX_CORRECTED_WORDS]:
        if not occurs(word.text, types) and (better := replacement(word.text, types)):
            result += text[end : word.start] + better
            end = word.end
    result += text[end:]
    return result if end and _is_valid(result) else None


def _is_valid(text: str) -> bool:
    """Return whether a corrected text is a query: `enrgyX:` is a word, but `energy:` looks like a field."""
    try:
        read_operands(text)
    except ValidationError:
        return False
    return len(text) <= MAX_QUERY_LENGTH


def replacement(word: str, types: Sequence[str]) -> str | None:
    """Return a word or phrase of the same meaning that occurs, or else the word that this one probably misspells."""
    if meant := same_meaning(word, types):
        return f'"{meant}"' if " " in meant else meant
    near = nearest(word, (other for other in known_words() if may_misspell(word, other)))
    return near if near and occurs(near, types) else None


def may_misspell(word: str, other: str) -> bool:
    """Return whether a word may be a misspelling of another: with one error in three letters.

    The first letter is right or swapped with the second one: whoever types a word knows how it begins, and opposites
    mostly differ in their beginning (legal and illegal, increase and decrease).
    """
    word, other = word.casefold(), other.casefold()
    begins_alike = word[0] == other[0] or word[1::-1] == other[:2]
    errors = len(word) // LETTERS_PER_ERROR if len(word) >= MIN_LENGTH else 0
    return begins_alike and errors > 0 and OSA.distance(word, other, score_cutoff=errors) <= errors


def occurs(word: str, types: Sequence[str] = SEARCHED) -> bool:
    """Return whether a word or phrase, in any spelling, occurs in any record of these types."""
    found = " or ".join(f'exists (select 1 from "{plural}_fts" where "{plural}_fts" match :q)' for plural in types)
    return bool(cached_total(f"select {found}", {"q": fts_query(f'"{word}"', party_names())}))


def occurring_words(words: Sequence[str]) -> set[str]:
    """Return those of some names or words that occur in any record."""
    phrases = {f'"{" ".join(piece.words for piece in pieces(word))}"': word for word in words}
    found = " or ".join(
        f'exists (select 1 from "{plural}_fts" where "{plural}_fts" match value)' for plural in SEARCHED
    )
    statement = f"select value from json_each(:phrases) where {found}"
    rows = select(statement, {"phrases": json.dumps(list(phrases))}) if words else []
    return {phrases[row["value"]] for row in rows}


def same_meaning(text: str, types: Sequence[str]) -> str | None:
    """Return a label or synonym of the term that a text means, if a record contains that and none the text itself."""
    terms = filter(None, (vocabulary.term_meant(text) for vocabulary in VOCABULARIES.values()))
    others = [other for term in terms for other in (term.label, *term.synonyms) if other != text]
    if not others or occurs(text, types):
        return None
    return next((other for other in others if occurs(other, types)), None)


def known_words() -> Iterable[str]:
    """Return the words of labels, most frequent first, and those of the vocabularies."""
    return (*_words_of_labels(current_revision().key), *_words_of_vocabularies())


@cache
def _words_of_vocabularies() -> tuple[str, ...]:
    terms = (term for vocabulary in VOCABULARIES.values() for term in vocabulary.terms.values())
    spellings = (spelling for term in terms for spelling in (term.label, *term.synonyms))
    return tuple(dict.fromkeys(word.text for spelling in spellings for word in pieces(spelling)))


@lru_cache(maxsize=2)
def _words_of_labels(key: str) -> tuple[str, ...]:
    """Return the words of labels in the data with a cache key, that of the request's revision."""
    selects = (
        f'select * from (select "{record.label}" from "{plural}" limit {MAX_LABELS})'
        for plural, record in RECORDS.items()
    )
    labels = [label for (label,) in select(" union all ".join(selects), {})]
    letters = accumulate(map(len, labels))
    known = [label for label, end in zip(labels, letters, strict=True) if end <= MAX_LETTERS]
    words = Counter(word.text for label in known for word in pieces(label))
    return tuple(word for word, _ in words.most_common())
