"""Checks of tables, indexes and full-text indexes against their declarations."""

import re
import sqlite3
from collections.abc import Iterator
from functools import cache

from sqlite_utils import Database

from schemas import RECORDS
from seed.doctor.results import Mismatch, fault, told
from seed.loader import Progress
from seed.storage.mapping import fts_columns
from seed.storage.tables import TOKENIZER, create_indexes, create_tables

COLUMNS = """
select t.name, c.name, c.type, c."notnull", c.pk, c.hidden, t.strict, t.wr, f."table", f."to", f.on_delete
from pragma_table_list t join pragma_table_xinfo(t.name, 'main') c
    left join pragma_foreign_key_list(t.name, 'main') f on f."from" = c.name
where t.schema = 'main' and t.type = 'table'
"""
INDEXES = """
select m.name, l."unique", l.partial, m.tbl_name || ' (' || (
    select group_concat(name || iif("desc", ' desc', '') || iif(coll = 'BINARY', '', ' collate ' || coll), ', ')
    from (select * from pragma_index_xinfo(m.name, 'main') where key order by seqno)
) || ')'
from main.sqlite_master m join pragma_index_list(m.tbl_name, 'main') l on l.name = m.name where m.type = 'index'
"""
SEARCH = "select name, sql from main.sqlite_master where type = 'trigger' or sql like 'create virtual table%'"
SHADOWS = ("data", "idx", "docsize", "config")
"""Suffixes of the tables in which FTS5 keeps an index."""


@cache
def _declared() -> Database:
    """Return an empty database as this program creates it."""
    db = Database(memory=True)
    create_tables(db)
    create_indexes(db)
    return db


def tables(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that every declared table exists and is strict, with the columns, types, keys and references declared."""
    declared, held = (
        {(table, column): rest for table, column, *rest in one.execute(COLUMNS)} for one in (_declared(), db)
    )
    expected, there = ({table: None for table, _ in columns} for columns in (declared, held))
    for table in expected.keys() - there.keys():
        yield fault(f"{table} is missing")
    for (table, column), one in declared.items():
        if table in there and held.get((table, column)) != one:
            yield fault(f"{table}.{column} is {'not as declared' if (table, column) in held else 'missing'}")
    yield told(f"{len(expected)}, as declared")


def indexes(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that every declared index exists with its columns; integrity_check verifies its content."""
    declared, held = ({name: rest for name, *rest in one.execute(INDEXES)} for one in (_declared(), db))
    for name, one in declared.items():
        if name not in held:
            yield fault(f"{name} is missing")
        elif held[name] != one:
            yield fault(f"{name} is on {held[name][-1]} and not on {one[-1]}, or of another kind")
    yield told(f"{len(declared)}, as declared")


def search(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that full-text indexes and their triggers are as declared, and match the records.

    FTS5 compares an index with its content table on a special INSERT. That goes to a temporary index over the same
    records, which gets a copy of the stored index data.
    """
    declared, held = ({name: _plain(sql) for name, sql in one.execute(SEARCH)} for one in (_declared(), db))
    for name, one in declared.items():
        if held.get(name) != one:
            yield fault(f"{name} is {'not as declared' if name in held else 'missing'}")
    compared = [plural for plural, record in RECORDS.items() if fts_columns(record) and f"{plural}_fts" in held]
    for plural in compared:
        if not _holds_every_word(db, plural):
            yield fault(f"{plural}_fts does not hold the words of the {plural}")
    yield told(f"{len(compared)} search indexes, each with the words of its records")


def _plain(sql: str) -> str:
    """Normalize a statement for comparison."""
    return re.sub(r"[\s\"'`\[\]]+", "", sql).lower()


def _holds_every_word(db: Database, plural: str) -> bool:
    listed = ", ".join(f'"{name}"' for name in fts_columns(RECORDS[plural]))
    over = f"content='examined', content_rowid='key', tokenize='{TOKENIZER}'"
    db.execute(f'create temp view examined as select key, {listed} from main."{plural}"')
    db.execute(f"create virtual table temp.examined_fts using fts5({listed}, {over})")
    for shadow in SHADOWS:
        db.execute(f"delete from temp.examined_fts_{shadow}")
        db.execute(f'insert into temp.examined_fts_{shadow} select * from main."{plural}_fts_{shadow}"')
    holds = _is_consistent(db)
    db.execute("drop table temp.examined_fts")
    db.execute("drop view temp.examined")
    return holds


def _is_consistent(db: Database) -> bool:
    try:
        db.execute("insert into temp.examined_fts (examined_fts, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT_VTAB:
            raise
        return False
    return True
