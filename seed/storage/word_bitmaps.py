"""Bitmap index: the records that contain each common word, to count the matches of a search.

Why not FTS5: to count, it reads the posting list of each word, which takes 70 ms for three words that most of a million
records contain. Only types with many records have bitmaps, and only of common words.
"""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import product, repeat
from typing import NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.mapping import TOKENIZER, fts_columns

WORD_BITMAPS_TABLE = """
create table word_bitmaps (
    type text not null,
    word text not null, -- as the tokenizer returns it
    block integer not null, -- a key divided by 6144
    bits blob not null, -- a bit for each key of the block, the lowest first
    primary key (type, word, block)
) strict, without rowid
"""
INDEXED_WORDS_TABLE = """
create table indexed_words (
    type text not null,
    word text not null, -- as the tokenizer returns it; perhaps no longer in any record
    primary key (type, word)
) strict, without rowid
"""
"""All words of the types that have bitmaps, to look up those with a prefix."""
BLOCK_KEYS = 6144
"""Keys per block: five blocks fill a page of the file. A row of more than 1,002 bytes would take a page of its own."""
BLOCK_BYTES = BLOCK_KEYS // 8
MIN_RECORDS = 50_000
"""Minimum number of records of a type with bitmaps. FTS5 counts fewer in 5 ms."""
MIN_SHARE = 1 / 64
"""Minimum share of the records that contain a word with a bitmap. FTS5 counts those with a rarer word in 0.5 ms."""
BITS = bytes.maketrans(b"\0\1", b"01")
STORED_BLOCK = "select bits from word_bitmaps where type = ? and word = ? and block = ?"

WordMasks = dict[tuple[str, int], int]
"""Blocks as integers, by word and number."""


class Block(NamedTuple):
    """A block of the bitmap of a word."""

    word: str
    number: int
    bits: bytes


def create_word_bitmaps(db: Database, plural: str) -> None:
    """Write the bitmaps of a type with many records, from its full-text index."""
    records = _last_key(db, plural)
    if records >= MIN_RECORDS:
        words = _word_counts(db, plural)
        _add_words(db, plural, words)
        blocks = read_blocks(db, plural, (word for word, count in words.items() if count >= records * MIN_SHARE))
        db.conn.executemany("insert into word_bitmaps values (?, ?, ?, ?)", ((plural, *block) for block in blocks))


def drop_word_bitmaps(db: Database) -> None:
    """Delete the bitmaps of all types."""
    db.execute("delete from word_bitmaps")
    db.execute("delete from indexed_words")


def read_blocks(db: Database, plural: str, words: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of the bitmaps of some words, from the full-text index of a type."""
    db.execute(f"create virtual table temp.word_places using fts5vocab(main, '{plural}_fts', 'instance')")
    size = (_last_key(db, plural) // BLOCK_KEYS + 1) * BLOCK_KEYS
    for word in words:
        (keys,) = db.execute("select json_group_array(doc) from word_places where term = ?", [word]).fetchone()
        flags = bytearray(size)
        deque(map(flags.__setitem__, msgspec.json.decode(keys, type=list[int]), repeat(1)), maxlen=0)
        bits = int(flags.translate(BITS)[::-1], 2).to_bytes(len(flags) // 8, "little")
        for number, start in enumerate(range(0, len(bits), BLOCK_BYTES)):
            if any(block := bits[start : start + BLOCK_BYTES]):
                yield Block(word, number, block)
    db.execute("drop table temp.word_places")


def stored_blocks(db: Database, plural: str) -> Iterator[Block]:
    """Yield the blocks of all bitmaps of a type."""
    for row in db.execute("select word, block, bits from word_bitmaps where type = ? order by word, block", [plural]):
        yield Block(*row)


def update_word_bitmaps(db: Database, revision: int) -> None:
    """Correct the bits of the records that a revision has changed, or that are in the temporary table `deleted`.

    A type that has grown large gets bitmaps, if it has a full-text index: a large load creates those at its end.
    """
    has_bitmaps = {plural for (plural,) in db.execute("select distinct type from word_bitmaps")}
    for plural in _indexed_types():
        if plural in has_bitmaps:
            changed = [key for (key,) in db.execute(f'select key from "{plural}" where revision = ?', [revision])]
            deleted = [key for (key,) in db.execute("select key from deleted where type = ?", [plural])]
            masks = _word_masks(db, plural, changed)
            _add_words(db, plural, {word for word, _ in masks})
            _correct(db, plural, masks, _block_masks((*changed, *deleted)))
        elif db.table(f"{plural}_fts").exists():
            create_word_bitmaps(db, plural)


def _correct(db: Database, plural: str, words: WordMasks, cleared: Mapping[int, int]) -> None:
    """Clear the bits of some records in the blocks of all words, and set those of their words."""
    common = [word for (word,) in db.execute("select distinct word from word_bitmaps where type = ?", [plural])]
    for word, number in product(common, cleared):
        (stored,) = db.execute(STORED_BLOCK, [plural, word, number]).fetchone() or (b"",)
        before = int.from_bytes(stored, "little")
        after = before & ~cleared[number] | words[word, number]
        if after != before:
            row = [plural, word, number, after.to_bytes(BLOCK_BYTES, "little")]
            db.execute("insert or replace into word_bitmaps values (?, ?, ?, ?)", row)


def _block_masks(keys: Iterable[int]) -> dict[int, int]:
    """Return the blocks of some keys, in which their bits are set."""
    masks: dict[int, int] = defaultdict(int)
    for key in keys:
        masks[key // BLOCK_KEYS] |= 1 << key % BLOCK_KEYS
    return masks


def _word_masks(db: Database, plural: str, keys: list[int]) -> WordMasks:
    """Return the blocks of the words of some records, in which the bits of these records are set."""
    columns = ", ".join(f'"{name}"' for name in fts_columns(RECORDS[plural]))
    options = f"tokenize='{TOKENIZER}', content='', detail='none', columnsize=0"
    db.execute(f"create virtual table temp.changed_texts using fts5({columns}, {options})")
    db.execute("create virtual table temp.changed_words using fts5vocab(temp, 'changed_texts', 'instance')")
    chosen = f'select key, {columns} from "{plural}" where key in (select value from json_each(?))'
    db.execute(f"insert into changed_texts (rowid, {columns}) {chosen}", [json.dumps(keys)])
    masks: WordMasks = defaultdict(int)
    for word, key in db.execute("select term, doc from changed_words"):
        masks[word, key // BLOCK_KEYS] |= 1 << key % BLOCK_KEYS
    db.execute("drop table temp.changed_words")
    db.execute("drop table temp.changed_texts")
    return masks


def remove_unused_words(db: Database, plural: str) -> None:
    """Remove the words of a type that no record has any longer, which its rebuilt full-text index shows."""
    if db.execute("select 1 from indexed_words where type = ? limit 1", [plural]).fetchone():
        words = json.dumps(list(_word_counts(db, plural)))
        db.execute(
            "delete from indexed_words where type = ? and word not in (select value from json_each(?))", [plural, words]
        )


def missing_words(db: Database, plural: str) -> set[str]:
    """Return the words of a type with bitmaps that `indexed_words` lacks."""
    stored = {word for (word,) in db.execute("select word from indexed_words where type = ?", [plural])}
    return _word_counts(db, plural).keys() - stored if stored else set()


def _add_words(db: Database, plural: str, words: Iterable[str]) -> None:
    db.conn.executemany("insert or ignore into indexed_words values (?, ?)", ([plural, word] for word in words))


def _word_counts(db: Database, plural: str) -> dict[str, int]:
    """Return the words of a type, as the tokenizer returns them, with the number of records that have each."""
    db.execute(f"create virtual table temp.word_counts using fts5vocab(main, '{plural}_fts', 'row')")
    counts = dict(db.execute("select term, doc from word_counts").fetchall())
    db.execute("drop table temp.word_counts")
    return counts


def _last_key(db: Database, plural: str) -> int:
    (last,) = db.execute(f'select coalesce(max(key), 0) from "{plural}"').fetchone()
    return int(last)


def _indexed_types() -> Iterator[str]:
    return (plural for plural, record in RECORDS.items() if fts_columns(record))
