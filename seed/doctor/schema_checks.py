"""Checks of the tables, indexes, triggers, full-text indexes and counts against those that the loader creates."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

from sqlite_utils import Database

from schemas import RECORDS
from seed.doctor.results import Finding, error, info
from seed.progress import Progress
from seed.storage.mapping import TOKENIZER, fts_columns, searched_types
from seed.storage.month_counts import counted_lists, counts_select
from seed.storage.tables import TYPES, create_indexes, create_tables
from seed.storage.temporary_folder import TemporaryFolder
from seed.storage.word_bitmaps import missing_words, read_blocks, stored_blocks

OBJECTS = "select type, name, sql from main.sqlite_master where name not like 'sqlite\\_stat_' escape '\\'"
FTS_SHADOW_TABLES = ("data", "idx", "docsize")
"""Suffixes of the tables in which FTS5 keeps an index, without that of its options."""

Objects = dict[tuple[str, str], str]


@cache
def _declared_objects() -> Objects:
    """Return the objects of an empty database as the loader creates it."""
    db = Database(memory=True)
    create_tables(db)
    create_indexes(db)
    return _objects(db)


def check_schema(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that the file has the declared tables, indexes and triggers, and nothing else."""
    declared, stored = _declared_objects(), _objects(db)
    for kind, name in declared.keys() - stored.keys():
        yield error(f"{kind} {name} is missing")
    for kind, name in stored.keys() - declared.keys():
        yield error(f"{kind} {name} was added by another program")
    for kind, name in declared.keys() & stored.keys():
        if declared[kind, name] != stored[kind, name]:
            yield error(f"{kind} {name} is not as declared")
    yield info(f"{len(declared)} tables, indexes and triggers, as declared")


def _objects(db: Database) -> Objects:
    return {(kind, name): _normalize(sql or "") for kind, name, sql in db.execute(OBJECTS)}


def _normalize(sql: str) -> str:
    """Remove comments, white space and quotation marks, which make no difference."""
    return re.sub(r"--[^\n]*|[\s\"'`\[\]]+", "", sql)


def check_statistics(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that statistics for the query planner, if there are any, are those that ANALYZE computes.

    The loader writes none. Wrong ones make queries slow, but not their results wrong.
    """
    if not _statistics(db):
        yield info("none")
        return
    folder = TemporaryFolder("doctor")
    with closing(sqlite3.connect(folder.path / "copy.db")) as copy:
        db.conn.backup(copy)
        copy.execute("analyze")
        if _statistics(db) != _statistics(Database(copy)):
            yield error("sqlite_stat1 does not describe the data: run ANALYZE again, or: drop table sqlite_stat1")
    yield info("sqlite_stat1 is what ANALYZE computes")


def _statistics(db: Database) -> set[tuple[str, str, str]]:
    if not db.execute("select 1 from main.sqlite_master where name = 'sqlite_stat1'").fetchone():
        return set()
    return set(db.execute("select tbl, idx, stat from main.sqlite_stat1"))


def check_search(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that each full-text index holds the words of its records."""
    indexed = searched_types()
    for plural in indexed:
        if not _has_default_options(db, plural):
            yield error(f"{plural}_fts_config does not hold the options of a new index")
        if not _matches_records(db, plural):
            yield error(f"{plural}_fts does not hold the words of the {plural}")
        elif not _has_right_bitmaps(db, plural):
            yield error(f"word_bitmaps does not hold the common words of the {plural}")
        elif missing_words(db, plural):
            yield error(f"indexed_words does not hold the words of the {plural}")
    yield info(f"{len(indexed)} full-text indexes, each with the words of its records")


def _has_default_options(db: Database, plural: str) -> bool:
    """Return whether a full-text index has the options of a new one: with others, it may not be readable."""
    with closing(sqlite3.connect(":memory:")) as new:
        new.execute("create virtual table new_fts using fts5(text)")
        options = new.execute("select k, v from new_fts_config order by k").fetchall()
    return list(db.execute(f'select k, v from main."{plural}_fts_config" order by k')) == options


def _matches_records(db: Database, plural: str) -> bool:
    """Run FTS5's integrity check, which is an INSERT, on a temporary copy of the index."""
    columns = ", ".join(f'"{name}"' for name in fts_columns(RECORDS[plural]))
    options = f"content='checked', content_rowid='key', tokenize='{TOKENIZER}'"
    db.execute(f'create temp view checked as select key, {columns} from main."{plural}"')
    db.execute(f"create virtual table temp.checked_fts using fts5({columns}, {options})")
    for suffix in FTS_SHADOW_TABLES:
        db.execute(f"delete from temp.checked_fts_{suffix}")
        db.execute(f'insert into temp.checked_fts_{suffix} select * from main."{plural}_fts_{suffix}"')
    matches = _passes_integrity_check(db)
    db.execute("drop table temp.checked_fts")
    db.execute("drop view temp.checked")
    return matches


def _has_right_bitmaps(db: Database, plural: str) -> bool:
    """Return whether the bitmaps of a type have the records that its full-text index has.

    Blocks of zeros do not count, except the first.
    """
    stored = list(stored_blocks(db, plural))
    texts = dict.fromkeys(block.text for block in stored)
    filled = [block for block in stored if not block.number or any(block.bits)]
    return filled == list(read_blocks(db, plural, texts))


def _passes_integrity_check(db: Database) -> bool:
    try:
        db.execute("insert into temp.checked_fts (checked_fts, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as reason:
        if reason.sqlite_errorcode != sqlite3.SQLITE_CORRUPT_VTAB:
            raise
        return False
    return True


def check_counts(db: Database, progress: Progress) -> Iterator[Finding]:
    """Check that the counts by party and month are those of the rows."""
    lists = [link for record in TYPES for link in counted_lists(record)]
    for link in lists:
        stored = f"select * from main.month_counts where list = '{link.table}'"
        counted = counts_select(link)
        differences = f"select * from ({stored} except {counted}) union select * from ({counted} except {stored})"
        for party, month in db.execute(f"select distinct party, month from ({differences})"):
            yield error(f"month_counts does not hold the number of {link.table} of {party} in {month}")
    yield info(f"{len(lists)} lists, counted by party and month")
