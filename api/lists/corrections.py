"""Corrections of a search that finds nothing: its words that no record has, replaced by words that occur."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from api.database import cached_total, current_revision, select
from api.party_names import party_names
from schemas import RECORDS
from schemas.errors import nearest
from schemas.full_text import MAX_QUERY_LENGTH, fts_query
from schemas.query_text import OPERATORS
from schemas.vocabularies import VOCABULARIES
from schemas.word_forms import pieces
from seed.storage.mapping import fts_columns

SEARCHED = tuple(plural for plural, record in RECORDS.items() if fts_columns(record))
MAX_CORRECTED_WORDS = 10
"""The number of words of a query for which a correction is looked for."""
MAX_LABELS = 2500
"""The number of labels of each type whose words are suggested."""
MIN_LENGTH = 4
"""The number of letters of a word that can be misspelled: shorter words are too near to one another."""


def corrected(text: str, types: Sequence[str] = SEARCHED) -> str | None:
    """Return a query with words that occur in no record of these types replaced, or None if none can be."""
    result, end = "", 0
    for word in [word for word in pieces(text) if word.text not in OPERATORS][:MAX_CORRECTED_WORDS]:
        if not occurs(word.text, types) and (better := replacement(word.text, types)):
            result += text[end : word.start] + better
            end = word.end
    result += text[end:]
    return result if end and len(result) <= MAX_QUERY_LENGTH else None


def replacement(word: str, types: Sequence[str]) -> str | None:
    """Return a word or phrase of the same meaning that occurs, or else the word that this one probably misspells."""
    if same := list(_same_meaning(word)):  # a word that the vocabularies know is not misspelled
        meant = next((other for other in same if occurs(other, types)), None)
        return f'"{meant}"' if meant and " " in meant else meant
    near = nearest(word, (other for other in words_of_labels() if may_misspell(word, other)))
    return near if near and occurs(near, types) else None


def may_misspell(word: str, other: str) -> bool:
    """Return whether a word may be a misspelling of another.

    The first letter is right or swapped with the second one: whoever types a word knows how it begins, and opposites
    mostly differ in their beginning (legal and illegal, increase and decrease).
    """
    word, other = word.casefold(), other.casefold()
    return len(word) >= MIN_LENGTH and (word[0] == other[0] or word[1::-1] == other[:2])


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
    rows = select(f"select value from json_each(:phrases) where {found}", {"phrases": json.dumps(list(phrases))})
    return {phrases[row["value"]] for row in rows}


def _same_meaning(word: str) -> Iterator[str]:
    """Yield what the vocabularies call what a word means, the label first."""
    for vocabulary in VOCABULARIES.values():
        if term := vocabulary.term_meant(word):
            yield from (other for other in (term.label, *term.synonyms) if other != word)


def words_of_labels() -> Iterable[str]:
    """Return the words of labels, most frequent first."""
    return _words_of_labels(current_revision().digest)


@lru_cache(maxsize=2)
def _words_of_labels(digest: str) -> tuple[str, ...]:
    selects = (
        f'select * from (select "{record.label}" from "{plural}" limit {MAX_LABELS})'
        for plural, record in RECORDS.items()
    )
    labels = select(" union all ".join(selects), {})
    words = Counter(word.text for (label,) in labels for word in pieces(label))
    return tuple(word for word, _ in words.most_common())
