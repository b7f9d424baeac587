"""The records that match a full-text query: their number and their rank, with the bitmaps of common words.

FTS5 reads the whole list of a word to count, again to rank, and again to weigh the word. A million records have words
whose lists take it 20 ms each.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache, reduce
from itertools import accumulate
from operator import and_, or_
from typing import NamedTuple

from api.database import MAX_CACHED_TOTALS, cached_total, current_revision, select
from api.lists.fts_expression import Expression, Node, parse_expression, required, write_expression
from api.lists.tokenizer import tokens
from seed.storage.word_bitmaps import BLOCK_BYTES

MAX_LISTED = 10_000
"""The number of records of a phrase, prefix or rare word up to which they are listed instead of counted by FTS5."""
MAX_READ = 300_000
"""The number of entries in the lists of words that FTS5 reads to rank. The most common words are left out."""
OPERATORS = {"AND": and_, "OR": or_, "NOT": lambda found, excluded: found & ~excluded}


class TooManyError(Exception):
    """More records than MAX_LISTED have a phrase, a prefix or a word without a bitmap."""


class Ranking(NamedTuple):
    """How matches are ranked: by a query for the rarer words only, among the keys of the matches as a JSON array."""

    fts: str
    keys: str


def count_matches(plural: str, fts: str) -> int:
    """Return how many records of a type match a query of `schemas.full_text`, cached until the data changes."""
    return _count(current_revision().key, plural, fts)


@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _count(key: str, plural: str, fts: str) -> int:
    if has_bitmaps(plural):
        with suppress(TooManyError):
            return _evaluate(plural, parse_expression(fts)).bit_count()
    (row,) = select(f'select count(*) from "{plural}_fts" where "{plural}_fts" match :q', {"q": fts})
    return int(row[0])


def cheap_ranking(plural: str, fts: str) -> Ranking | None:
    """Return how to rank the matches of a query whose words are too common, or None if FTS5 can rank it as it is."""
    if not has_bitmaps(plural):
        return None
    try:
        expression = parse_expression(fts)
        sizes = {write_expression(one): _evaluate(plural, one).bit_count() for one in required(expression)}
        if sum(sizes.values()) <= MAX_READ:
            return None
        rarest = sorted(sizes, key=lambda one: sizes[one])
        read = accumulate(sizes[one] for one in rarest)
        ranked = [one for one, entries in zip(rarest, read, strict=True) if entries <= MAX_READ]
        return Ranking(" AND ".join(ranked), json.dumps(list(_keys(_evaluate(plural, expression)))))
    except TooManyError:
        return None


def has_bitmaps(plural: str) -> bool:
    """Return whether a type has so many records that its common words have bitmaps."""
    return bool(cached_total("select exists (select 1 from word_bitmaps where type = :type)", {"type": plural}))


def _evaluate(plural: str, node: Node) -> int:
    """Return the bitmap of an expression: a bit for the key of each record that matches. Raises TooManyError."""
    if isinstance(node, Expression):
        return reduce(OPERATORS[node.operator], (_evaluate(plural, operand) for operand in node.operands))
    words = () if node.endswith("*") else tokens(node.strip('"'))
    return (len(words) == 1 and _stored_bitmap(plural, words[0])) or _listed_bitmap(plural, node)


def _stored_bitmap(plural: str, word: str) -> int:
    """Return the bitmap of a word; 0 if it has none."""
    rows = select(
        "select block, bits from word_bitmaps where type = :type and word = :word order by block",
        {"type": plural, "word": word},
    )
    bitmap = bytearray(BLOCK_BYTES * (rows[-1]["block"] + 1) if rows else 0)
    for block, bits in rows:
        bitmap[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES] = bits
    return int.from_bytes(bitmap, "little")


def _listed_bitmap(plural: str, phrase: str) -> int:
    keys = select(
        f'select rowid from "{plural}_fts" where "{plural}_fts" match :phrase order by rowid limit :limit',
        {"phrase": phrase, "limit": MAX_LISTED + 1},
    )
    if len(keys) > MAX_LISTED:
        raise TooManyError
    bitmap = bytearray(keys[-1][0] // 8 + 1 if keys else 0)
    for (key,) in keys:
        bitmap[key // 8] |= 1 << key % 8
    return int.from_bytes(bitmap, "little")


def _keys(bitmap: int) -> Iterator[int]:
    """Yield the keys whose bits are set, in order."""
    digits = f"{bitmap:b}"[::-1]
    key = digits.find("1")
    while key >= 0:
        yield key
        key = digits.find("1", key + 1)
