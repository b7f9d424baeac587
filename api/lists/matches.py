"""Counting and ranking of the records that match a full-text query, with the bitmaps of common words and phrases.

FTS5 reads the whole posting list of a word to count, again to rank, and again to weigh the word. Of a million records,
the longest lists take 20 ms each.
"""

import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, reduce
from itertools import accumulate, islice, pairwise
from operator import and_, or_
from typing import Any, NamedTuple

import msgspec.json

from api.database import MAX_CACHED_TOTALS, cached_total, connection, current_revision, row_cache_key, select
from api.lists.fts_expression import Expression, Node, parse_expression, required, write_expression
from seed.storage.tokenizer import tokens
from seed.storage.word_bitmaps import join_blocks, spelling

MAX_LISTED = 50_000
"""Maximum number of records with a phrase, a prefix or a rare word from which a bitmap is made; FTS5 counts more.

Types with fewer records have no stored bitmaps.
"""
MAX_PREFIX_WORDS = 50
"""Maximum number of words that replace a prefix, for which FTS5 would merge their posting lists."""
MAX_CACHED_BITMAPS = 48
"""Maximum number of bitmaps that a worker caches for the steps of a search: each takes 125 kB for a million records."""
MAX_READ = 300_000
"""Maximum number of entries of posting lists that FTS5 reads to rank. The most common words are left out."""
PAIR_WORDS = 2
"""Number of words in a pair. No record has a longer phrase without each of its pairs of words."""
OPERATORS: dict[str, Callable[[int, int], int]] = {
    "AND": and_,
    "OR": or_,
    "NOT": lambda found, excluded: found & ~excluded,
}


class TooManyError(Exception):
    """More records than MAX_LISTED have a phrase, a prefix or a word without a bitmap."""


class Ranking(NamedTuple):
    """How matches are ranked: by a query, and the keys of the matches as a JSON array if it finds others, too."""

    fts: str
    keys: str | None


def count_matches(plural: str, fts: str) -> int:
    """Return how many records of a type match a query of `schemas.full_text`, cached until the data changes."""
    return _count(current_revision().key, plural, fts)


@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _count(key: str, plural: str, fts: str) -> int:
    if has_bitmaps(plural):
        matches = match_bitmap(plural, fts)
        if matches is not None:
            return matches.bit_count()
    (row,) = select(f'select count(*) from "{plural}_fts" where "{plural}_fts" match :q', {"q": fts})
    return int(row[0])


def match_bitmap(plural: str, fts: str) -> int | None:
    """Return the bitmap of the matches of a query: a bit for each key; or None if only FTS5 can find them."""
    with suppress(TooManyError):
        return _evaluate(plural, _parse(plural, fts))
    return None


def ranking(plural: str, fts: str, matches: int) -> Ranking:
    """Return how to rank some matches of a query: without what it excludes, and without its most common words."""
    entries = {one: _entries(plural, one) for one in required(_parse(plural, fts))}
    rarest = sorted(entries, key=lambda one: entries[one])
    read = accumulate(entries[one] for one in rarest)
    chosen = {one for one, sum_of in zip(rarest, read, strict=True) if sum_of <= MAX_READ}
    ranked = [one for one in entries if one in chosen]
    finds_more = not ranked or reduce(and_, (_evaluate(plural, one) for one in ranked)) != matches
    keys = json.dumps(list(bitmap_keys(matches))) if finds_more else None
    return Ranking(" AND ".join(map(write_expression, ranked)), keys)


def _entries(plural: str, node: Node) -> int:
    """Return about how many entries of posting lists FTS5 reads for an expression, or a number above MAX_READ."""
    if isinstance(node, Expression):
        return sum(_entries(plural, operand) for operand in node.operands)
    words = tokens(node.strip('*"'))
    if len(words) == 1:
        # A word without a bitmap: `_evaluate` skips it if another word of the query occurs in no record.
        found = _bitmap(row_cache_key(), plural, node)
        return MAX_READ + 1 if found is None else found.bit_count()
    return min((_stored_bitmap(plural, [word]) or 0).bit_count() for word in words) * len(words) if words else 0


def without_prefixes(plural: str, fts: str) -> str:
    """Return a query with each prefix replaced by the words of a type that have it; FTS5 would merge their lists."""
    return write_expression(_parse(plural, fts)) if has_bitmaps(plural) and "*" in fts else fts


def phrases_query(plural: str, fts: str) -> str:
    """Return a query for any phrase of a query, to mark phrases in records that match it.

    FTS5 looks up a record in a query for any phrase at once. If all must occur, it first looks for the first match.
    """
    if not has_bitmaps(plural):
        return fts
    return " OR ".join(dict.fromkeys(phrase for one in required(_parse(plural, fts)) for phrase in _phrases(one)))


def _phrases(node: Node) -> Iterator[str]:
    if isinstance(node, Expression):
        for operand in node.operands:
            yield from _phrases(operand)
    else:
        yield node


def _parse(plural: str, fts: str) -> Node:
    return _expand(current_revision().key, plural, parse_expression(fts))


@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _expand(key: str, plural: str, node: Node) -> Node:
    """Replace each prefix by the words that have it, if they are few and FTS5 finds each of them."""
    if isinstance(node, Expression):
        return Expression(node.operator, tuple(_expand(key, plural, operand) for operand in node.operands))
    prefix = tokens(node.strip('*"'))
    if not node.endswith("*") or len(prefix) != 1:
        return node
    rows = select(
        "select word from indexed_words where type = :type and word >= :word and word < :word || :last order by word"
        " limit :limit",
        {"type": plural, "word": prefix[0], "last": chr(sys.maxunicode), "limit": MAX_PREFIX_WORDS + 1},
    )
    spelled = [spelling([row["word"]]) for row in rows]
    if not spelled or len(spelled) > MAX_PREFIX_WORDS or None in spelled:
        return node
    operands = tuple(f'"{word}"' for word in spelled)
    return Expression("OR", operands) if len(operands) > 1 else operands[0]


def has_bitmaps(plural: str) -> bool:
    """Return whether a type has so many records that its common words have bitmaps."""
    return bool(cached_total("select exists (select 1 from word_bitmaps where type = :type)", {"type": plural}))


def _evaluate(plural: str, node: Node) -> int:
    """Return the bitmap of an expression: a bit for the key of each record that matches. Raises TooManyError."""
    if isinstance(node, Expression):
        simplest = sorted(node.operands, key=lambda operand: len(list(_phrases(operand))))
        first, *others = simplest if node.operator == "AND" else node.operands
        bitmap = _evaluate(plural, first)
        for operand in others:
            if bitmap or node.operator == "OR":
                bitmap = OPERATORS[node.operator](bitmap, _evaluate(plural, operand))
        return bitmap
    found = _bitmap(row_cache_key(), plural, node)
    if found is None:
        raise TooManyError
    return found


@lru_cache(maxsize=MAX_CACHED_BITMAPS)
def _bitmap(key: str, plural: str, phrase: str) -> int | None:
    """Return the bitmap of a phrase, or None if it has no stored bitmap and too many records."""
    words = () if phrase.endswith("*") else tokens(phrase.strip('"'))
    stored = _stored_bitmap(plural, words)
    if stored is None and len(words) > PAIR_WORDS and not _has_pairs(plural, words):
        return 0
    return _listed_bitmap(plural, phrase) if stored is None else stored


def _has_pairs(plural: str, words: Sequence[str]) -> bool:
    """Return whether a record may contain all pairs of words in a phrase, judged by the pairs that have a bitmap."""
    pairs = [_stored_bitmap(plural, pair) for pair in pairwise(words)]
    return bool(reduce(and_, (pair for pair in pairs if pair is not None), -1))


def _stored_bitmap(plural: str, words: Sequence[str]) -> int | None:
    """Return the stored bitmap of a word or a phrase, or None."""
    blocks = select(
        "select block, bits from word_bitmaps where type = :type and text = :text order by block",
        {"type": plural, "text": " ".join(words)},
    )
    return join_blocks(blocks) if blocks else None


def _listed_bitmap(plural: str, phrase: str) -> int | None:
    """Return the bitmap of the records that FTS5 finds for a phrase, or None if there are more than MAX_LISTED.

    They are read as one JSON array, since so many rows would start the garbage collector.
    """
    listed = f'select rowid from "{plural}_fts" where "{plural}_fts" match :phrase order by rowid limit :limit'
    (row,) = select(f"select json_group_array(rowid) keys from ({listed})", {"phrase": phrase, "limit": MAX_LISTED + 1})
    keys = msgspec.json.decode(row["keys"], type=list[int])
    if len(keys) > MAX_LISTED:
        return None
    return to_bitmap(keys)


def first_matches(matches: int, keys: str, bound: Mapping[str, Any]) -> list[int]:
    """Return the first `limit` keys, which `bound` has, that a statement selects and that have a bit in a bitmap."""
    selected = connection().execute(keys, bound)
    bits = matches.to_bytes(matches.bit_length() // 8 + 1, "little")
    end = len(bits) * 8
    found = (key for (key,) in selected if key < end and bits[key // 8] >> key % 8 & 1)
    return list(islice(found, bound["limit"]))


def to_bitmap(keys: Collection[int]) -> int:
    """Return the bitmap of some keys."""
    bitmap = bytearray(max(keys, default=0) // 8 + 1)
    for key in keys:
        bitmap[key // 8] |= 1 << key % 8
    return int.from_bytes(bitmap, "little")


def bitmap_keys(bitmap: int) -> Iterator[int]:
    """Yield the keys whose bits are set, in order."""
    digits = f"{bitmap:b}"[::-1]
    key = digits.find("1")
    while key >= 0:
        yield key
        key = digits.find("1", key + 1)
