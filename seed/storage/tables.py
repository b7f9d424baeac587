"""Tables, derived from the declarations of the record types."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from typing import Literal, get_args

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import ACCOUNTS_VIEW, UNATTRIBUTED, Reference
from schemas.record import Dated, Record
from schemas.timeline import Timeline
from seed.storage.file_format import write_format_marker
from seed.storage.indexes import indexes
from seed.storage.mapping import (
    DATE_BOUNDS,
    REPEATS,
    SEARCH_FORMS,
    TOKENIZER,
    Column,
    ListTable,
    fts_columns,
    list_tables,
    sort_column,
    stored_columns,
    stored_lists,
)
from seed.storage.month_counts import MONTH_COUNTS_TABLE, create_month_counts, drop_month_counts
from seed.storage.references import ACCOUNT_TYPES
from seed.storage.retired_ids import RemovalKind
from seed.storage.word_bitmaps import INDEXED_WORDS_TABLE, WORD_BITMAPS_TABLE, create_word_bitmaps, drop_word_bitmaps

OWN_JSON = "coalesce(original, record)"
"""The SQL of the JSON of a record as its own bundle has it, without the additions of others."""
RECORD_COLUMNS = (
    "record text not null -- the complete JSON, with additions",
    "derived text not null -- the end of the JSON as served: a comma and the derived members, or empty",
    "original text -- the JSON as its bundle has it; null without additions",
)
TYPES: tuple[type[Record], ...] = (*RECORDS.values(), Timeline)
"""Types with tables: the record types, and the timeline derived from them."""

Action = Literal["create", "update", "delete"]
"""What a change does to a record."""


def _any_of(names: Iterable[str]) -> str:
    """Return the SQL of a list of names."""
    quoted = (f"'{name}'" for name in names)
    return f"({', '.join(quoted)})"


REVISIONS_TABLE = """
create table revisions (
    revision integer primary key,
    recorded_at text not null, -- UTC, ISO 8601
    author text, -- who made the changes; null if not given
    reason text, -- why; null if not given
    digest text not null, -- SHA-256 over this revision's changes and the previous digest: equal for equal data
    checksum text not null -- SHA-256 over recorded_at, author, reason, digest and the previous checksum
) strict
"""
CHANGES_TABLE = f"""
create table changes (
    revision integer not null references revisions (revision),
    ordinal integer not null,
    action text not null check (action in {_any_of(get_args(Action))}),
    type text not null,
    id text not null,
    source text not null, -- the bundle of the record
    removal text -- how it was deleted; null if it moved to another bundle
        check (removal in {_any_of(get_args(RemovalKind))}),
    successor text, -- the id that replaces that of a renamed or merged record
    record text, -- JSON after the change; null if deleted or purged, or if it is still the current version in its table
    sha256 blob, -- SHA-256 of the JSON after the change; null if deleted
    purged integer references revisions (revision), -- the revision that removed the JSON for good; null if it is there
    primary key (revision, ordinal),
    check ((sha256 is null) = (action = 'delete')),
    check (purged is null or (record is null and action <> 'delete')),
    check (removal is null or action = 'delete'),
    check ((successor is not null) = (removal is not null and removal in ('renamed', 'merged')))
) strict, without rowid
"""
CHANGES_INDEX = "create index changes_of_one on changes (type, id, revision)"

ANSWERS_TABLE = """
create table answers (
    key text primary key, -- SHA-256 of a token and an Idempotency-Key
    request text not null, -- SHA-256 of the request
    answered_at text not null, -- UTC, ISO 8601
    status integer not null,
    headers text not null, -- JSON: pairs of name and value
    body blob not null
) strict, without rowid
"""
"""The stored responses to writes over HTTP with an Idempotency-Key, for a day."""


def _latest(column: str) -> str:
    """Return the SQL of a column of the record that a change is about."""
    types = " ".join(
        f"when '{plural}' then (select {column} from {plural} where id = changes.id)" for plural in RECORDS
    )
    return f"case when action <> 'delete' then case type {types} end end"


CHANGES_SELECT = f"""
select revision, ordinal, action, type, id, coalesce(record, {_latest(OWN_JSON)}) record,
    iif(record is null, {_latest("derived")}, '') derived, source, removal, successor, sha256, purged, recorded_at,
    author, reason
from changes join revisions using (revision)
"""
"""SELECT for changes, with when, by whom and why.

The log stores no copy of a record's latest version, and no derived fields of earlier ones. Records are as their own
bundles have them: what others add is a change of the addition.
"""


ACCOUNT_IDS = (*(f"select id from {plural}" for plural in ACCOUNT_TYPES), f"select '{UNATTRIBUTED}' id")
CREATE_ACCOUNTS_VIEW = f"create view {ACCOUNTS_VIEW} as {' union all '.join(ACCOUNT_IDS)}"


OTHER_TABLES = (
    REVISIONS_TABLE,
    CHANGES_TABLE,
    CHANGES_INDEX,
    ANSWERS_TABLE,
    MONTH_COUNTS_TABLE,
    WORD_BITMAPS_TABLE,
    INDEXED_WORDS_TABLE,
)


def create_tables(db: Database) -> None:
    """Create every table of an empty file and write the format marker."""
    write_format_marker(db)
    # One by one: sqlite-utils tries after each character of a script whether a statement is complete.
    for sql in OTHER_TABLES:
        db.execute(sql)
    for record in TYPES:
        db.execute(_own_table(record))
        for link in list_tables(record):
            db.execute(_link_table(record, link))
    db.execute(CREATE_ACCOUNTS_VIEW)


def create_indexes(db: Database) -> None:
    """Create every index and full-text index over the existing rows, and count them by month."""
    for record in TYPES:
        for index in indexes(record):
            db.execute(index.sql)
        create_month_counts(db, record)
        if record.stored and fts_columns(record):
            for sql in _full_text_statements(record):
                db.execute(sql)
            db.table(record.plural).rebuild_fts()
            create_word_bitmaps(db, record.plural)


@cache
def _full_text_statements(record: type[Record]) -> tuple[str, ...]:
    """Return what sqlite-utils executes to create an empty full-text index with its triggers.

    It is generated in another database, where no transaction makes sqlite-utils look for the ends of statements.
    """
    with closing(Database(memory=True)) as db:
        db.execute(_own_table(record))
        db.table(record.plural).enable_fts(fts_columns(record), tokenize=TOKENIZER, create_triggers=True)
        select = "select sql from sqlite_master where type = 'trigger' or sql like 'create virtual table%'"
        return tuple(sql for (sql,) in db.execute(select).fetchall())


def drop_indexes(db: Database) -> None:
    """Drop every index and full-text index, and the counts by month."""
    drop_word_bitmaps(db)
    for record in RECORDS.values():
        if fts_columns(record):
            db.table(record.plural).disable_fts()
    for record in TYPES:
        for index in indexes(record):
            db.execute(f'drop index if exists "{index.name}"')
        drop_month_counts(db, record)


def _own_table(record: type[Record]) -> str:
    # An explicit integer key keeps the full-text index valid: VACUUM may renumber implicit row ids.
    return _table(
        record.plural,
        '"key" integer primary key',
        *(
            "id text not null unique" if column.name == "id" else column_definition(column, column.type)
            for column in stored_columns(record)
        ),
        *(_date_bound_columns(record) if issubclass(record, Dated) else ()),
        f'"{sort_column(record)}" text not null',
        *(
            [f"{SEARCH_FORMS} text -- the texts with each word in its other form, for the full-text index"]
            * bool(fts_columns(record))
        ),
        "bundle text not null references sources (id)",
        "revision integer not null references revisions (revision)",
        *(RECORD_COLUMNS if record.stored else ()),
        *(f'"{name}" text not null -- JSON' for name in stored_lists(record)),
    )


def _link_table(record: type[Record], link: ListTable) -> str:
    return _table(
        link.table,
        f'id text not null references "{record.plural}" (id) on delete cascade',
        "ordinal integer not null",
        *(column_definition(column, column.type) for column in link.columns),
        *(f"{name} text" for name in DATE_BOUNDS if issubclass(record, Dated)),
        *[f"{REPEATS} integer -- 1 if an earlier item has the same {link.actor}"] * link.may_repeat_actor,
        "primary key (id, ordinal)",
        options="strict, without rowid",
    )


def _date_bound_columns(record: type[Record]) -> Iterator[str]:
    if not record.stored:
        yield from (f"{name} text" for name in DATE_BOUNDS)
        return
    day = "coalesce(date_earliest, date_latest)"
    values = (day, "iif(date_earliest is null, '', null)", f"nullif(coalesce(date_latest, '~'), {day})")
    for name, value in zip(DATE_BOUNDS, values, strict=True):
        yield f"{name} text generated always as (iif(date is null, null, {value})) virtual"


def _table(name: str, *parts: str, options: str = "strict") -> str:
    return f'create table "{name}" (\n    ' + "\n    ".join(_with_commas(parts)) + f"\n) {options}"


def _with_commas(parts: tuple[str, ...]) -> Iterator[str]:
    for place, part in enumerate(parts):
        definition, dash, comment = part.partition(" --")
        yield definition + ("," if place < len(parts) - 1 else "") + dash + comment


def column_definition(column: Column, type: str) -> str:
    """Return the SQL of a column in a CREATE TABLE."""
    required = "" if column.nullable else " not null"
    refers = f' references "{column.field.to}" (id)' if isinstance(column.field, Reference) else ""
    return f'"{column.name}" {type}{required}{refers}'
