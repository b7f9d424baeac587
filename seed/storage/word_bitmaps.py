"""Bitmap index: the records that contain each common word or phrase, to count the matches of a search.

Why not FTS5: to count, it reads the posting list of each word, which takes 70 ms for three words that most of a million
records contain, and compares the positions of the words of a phrase, which takes 110 ms for such words. Only types with
many records have bitmaps, and only of common words and of phrases of very common words.
"""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import nlargest
from itertools import groupby, product, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.mapping import TOKENIZER, fts_columns, searched_types
from seed.storage.tokenizer import tokens

WORD_BITMAPS_TABLE = """
create table word_bitmaps (
    type text not null,
    text text not null, -- a word, or the words of a phrase with spaces between, as the tokenizer returns them
    block integer not null, -- a key divided by 6144
    bits blob not null, -- a bit for each key of the block, the lowest first
    primary key (type, text, block)
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
MIN_PHRASE_SHARE = 1 / 8
"""Minimum share of the records that contain all words but the last, and all but the first, of a phrase with a bitmap.

FTS5 compares the positions of the words in each such record, in 0.12 µs.
"""
MAX_PHRASE_WORDS = 3
MAX_PHRASES = 100
"""Maximum number of phrases of two words with bitmaps, and of three. FTS5 takes 0.1 s to find the records with one."""
MAX_PARTS = 20
"""Maximum number of words, the most common ones, that such phrases are made of."""
BITS = bytes.maketrans(b"\0\1", b"01")
STORED_BLOCK = "select bits from word_bitmaps where type = ? and text = ? and block = ?"
STORED_BLOCKS = "select block, bits from word_bitmaps where type = ? and text = ? order by block"

Phrase = tuple[str, ...]
"""Words as the tokenizer returns them."""
Masks = dict[tuple[str, int], int]
"""Blocks as integers, by word or phrase and number."""


class Block(NamedTuple):
    """A block of the bitmap of a word or a phrase."""

    text: str
    number: int
    bits: bytes


def create_word_bitmaps(db: Database, plural: str) -> None:
    """Write the bitmaps of a type with many records, from its full-text index."""
    records = _last_key(db, plural)
    if records >= MIN_RECORDS:
        counts = _word_counts(db, plural)
        _add_words(db, plural, counts)
        _write(db, plural, read_blocks(db, plural, (word for word in counts if counts[word] >= records * MIN_SHARE)))
        parts = nlargest(MAX_PARTS, counts, key=lambda word: counts[word])
        _create_phrase_bitmaps(db, plural, parts, records * MIN_PHRASE_SHARE)


def _create_phrase_bitmaps(db: Database, plural: str, words: Iterable[str], least: float) -> None:
    """Write the bitmaps of the phrases whose beginning and end so many records contain."""
    parts: list[Phrase] = [(word,) for word in words if spelling((word,))]
    for _ in range(1, MAX_PHRASE_WORDS):
        bitmaps = {part: stored_bitmap(db, plural, " ".join(part)) for part in parts}
        counts = {
            (*first, last[-1]): (bitmaps[first] & bitmaps[last]).bit_count()
            for first, last in product(parts, repeat=2)
            if first[1:] == last[:-1]
        }
        common = [phrase for phrase, count in counts.items() if count >= least]
        parts = nlargest(MAX_PHRASES, common, key=lambda phrase: counts[phrase])
        _write(db, plural, read_blocks(db, plural, map(" ".join, parts)))


def _write(db: Database, plural: str, blocks: Iterable[Block]) -> None:
    db.conn.executemany("insert into word_bitmaps values (?, ?, ?, ?)", ((plural, *block) for block in blocks))


def drop_word_bitmaps(db: Database) -> None:
    """Delete the bitmaps of all types."""
    db.execute("delete from word_bitmaps")
    db.execute("delete from indexed_words")


def read_blocks(db: Database, plural: str, texts: Iterable[str]) -> Iterator[Block]:
    """Yield the blocks of the bitmaps of some words and phrases, from the full-text index of a type.

    The first block of each is among them even if it is empty: the bitmap of a phrase that no record contains has it.
    """
    db.execute(f"create virtual table temp.word_places using fts5vocab(main, '{plural}_fts', 'instance')")
    size = (_last_key(db, plural) // BLOCK_KEYS + 1) * BLOCK_KEYS
    for text in texts:
        flags = bytearray(size)
        deque(map(flags.__setitem__, _read_keys(db, plural, text), repeat(1)), maxlen=0)
        bits = int(flags.translate(BITS)[::-1], 2).to_bytes(len(flags) // 8, "little")
        for number, start in enumerate(range(0, len(bits), BLOCK_BYTES)):
            if not number or any(bits[start : start + BLOCK_BYTES]):
                yield Block(text, number, bits[start : start + BLOCK_BYTES])
    db.execute("drop table temp.word_places")


def _read_keys(db: Database, plural: str, text: str) -> list[int]:
    """Return the keys of the records that contain a word or a phrase."""
    if " " in text:
        listed = f'select json_group_array(rowid) from "{plural}_fts" where "{plural}_fts" match ?'
        (keys,) = db.execute(listed, [f'"{spelling(text.split())}"']).fetchone()
    else:
        (keys,) = db.execute("select json_group_array(doc) from word_places where term = ?", [text]).fetchone()
    return msgspec.json.decode(keys, type=list[int])


def spelling(words: Iterable[str]) -> str | None:
    """Return a text whose words the tokenizer returns as these, or None. It would stem the stem `propos` again."""
    spelled = [next((text for text in (word, f"{word}e") if tokens(text) == (word,)), None) for word in words]
    return None if None in spelled else " ".join(map(str, spelled))


def stored_blocks(db: Database, plural: str) -> Iterator[Block]:
    """Yield the blocks of all bitmaps of a type."""
    for row in db.execute("select text, block, bits from word_bitmaps where type = ? order by text, block", [plural]):
        yield Block(*row)


def stored_bitmap(db: Database, plural: str, text: str) -> int:
    """Return the stored bitmap of a word or a phrase: a bit for each key."""
    return join_blocks(db.execute(STORED_BLOCKS, [plural, text]).fetchall())


def join_blocks(rows: Sequence[Sequence[Any]]) -> int:
    """Return the bitmap that consists of some blocks: pairs of a number and bits, in order of the numbers."""
    bitmap = bytearray(BLOCK_BYTES * (rows[-1][0] + 1) if rows else 0)
    for number, bits in rows:
        bitmap[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES] = bits
    return int.from_bytes(bitmap, "little")


def update_word_bitmaps(db: Database, revision: int) -> None:
    """Correct the bits of the records that a revision has changed, or that are in the temporary table `deleted`.

    A type that has grown large gets bitmaps, if it has a full-text index: a large load creates those at its end.
    """
    has_bitmaps = {plural for (plural,) in db.execute("select distinct type from word_bitmaps")}
    for plural in searched_types():
        if plural in has_bitmaps:
            changed = [key for (key,) in db.execute(f'select key from "{plural}" where revision = ?', [revision])]
            deleted = [key for (key,) in db.execute("select key from deleted where type = ?", [plural])]
            stored = db.execute("select distinct text from word_bitmaps where type = ?", [plural]).fetchall()
            with _changed_words(db, plural, changed):
                words = _word_masks(db)
                masks = words | _phrase_masks(db, [text for (text,) in stored if " " in text])
            _add_words(db, plural, {word for word, _ in words})
            _correct(db, plural, [text for (text,) in stored], masks, _block_masks((*changed, *deleted)))
        elif db.table(f"{plural}_fts").exists():
            create_word_bitmaps(db, plural)


def _correct(db: Database, plural: str, texts: list[str], masks: Masks, cleared: Mapping[int, int]) -> None:
    """Clear the bits of some records in the blocks of all bitmaps, and set those of their words and phrases."""
    for text, number in product(texts, cleared):
        (stored,) = db.execute(STORED_BLOCK, [plural, text, number]).fetchone() or (b"",)
        before = int.from_bytes(stored, "little")
        after = before & ~cleared[number] | masks.get((text, number), 0)
        if after != before:
            row = [plural, text, number, after.to_bytes(BLOCK_BYTES, "little")]
            db.execute("insert or replace into word_bitmaps values (?, ?, ?, ?)", row)


def _block_masks(keys: Iterable[int]) -> dict[int, int]:
    """Return the blocks of some keys, in which their bits are set."""
    masks: dict[int, int] = defaultdict(int)
    for key in keys:
        masks[key // BLOCK_KEYS] |= 1 << key % BLOCK_KEYS
    return masks


@contextmanager
def _changed_words(db: Database, plural: str, keys: list[int]) -> Iterator[None]:
    """Create the temporary table `changed_words`, with the words of some records and their places, and drop it."""
    columns = ", ".join(f'"{name}"' for name in fts_columns(RECORDS[plural]))
    options = f"tokenize='{TOKENIZER}', content='', columnsize=0"
    db.execute(f"create virtual table temp.changed_texts using fts5({columns}, {options})")
    db.execute("create virtual table temp.changed_words using fts5vocab(temp, 'changed_texts', 'instance')")
    chosen = f'select key, {columns} from "{plural}" where key in (select value from json_each(?))'
    db.execute(f"insert into changed_texts (rowid, {columns}) {chosen}", [json.dumps(keys)])
    yield
    db.execute("drop table temp.changed_words")
    db.execute("drop table temp.changed_texts")


def _word_masks(db: Database) -> Masks:
    """Return the blocks of the words in `changed_words`, in which the bits of the records are set."""
    masks: Masks = defaultdict(int)
    for word, key in db.execute("select term, doc from changed_words"):
        masks[word, key // BLOCK_KEYS] |= 1 << key % BLOCK_KEYS
    return masks


def _phrase_masks(db: Database, phrases: list[str]) -> Masks:
    """Return the blocks of the phrases in `changed_words`: words that follow each other in one column."""
    masks: Masks = defaultdict(int)
    words = db.execute("select doc, col, term from changed_words order by doc, col, offset") if phrases else ()
    for (key, _), found in groupby(words, itemgetter(0, 1)):
        text = f" {' '.join(word for *_, word in found)} "
        for phrase in phrases:
            if f" {phrase} " in text:
                masks[phrase, key // BLOCK_KEYS] |= 1 << key % BLOCK_KEYS
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
