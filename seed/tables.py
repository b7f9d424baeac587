"""The tables, made from the declarations of the record types."""

from collections.abc import Iterator

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import Reference
from schemas.layout import Column, Links, columns, links, searched
from schemas.record import Record
from seed.file import mark
from seed.timeline import views

# Folds case, accents and the endings of English words, so that "Sébastien" is found as "sebastien" and "suspended" as
# "suspends". Titles, summaries and notes are in English whatever the language of the source.
TOKENIZER = "porter unicode61 remove_diacritics 2"

LOG = """
create table revisions (
    revision integer primary key,
    recorded_at text not null, -- UTC, ISO 8601
    digest text not null -- SHA-256 over this revision's changes and the digest before: equal where the data is
) strict;
create table changes (
    revision integer not null references revisions (revision),
    ordinal integer not null,
    action text not null check (action in ('create', 'update', 'delete')),
    type text not null,
    id text not null,
    record text, -- as it stands after the change; null where it was deleted
    primary key (revision, ordinal)
) strict, without rowid;
create index changes_of_one on changes (type, id, revision);
"""


def create(db: Database) -> None:
    """Make every table, index and search index of an empty file, and mark the file as ours."""
    mark(db)
    db.executescript(LOG)
    for record in RECORDS.values():
        db.execute(_own_table(record))
        for link in links(record):
            db.execute(_link_table(record, link))
    for record in RECORDS.values():
        _index(db, record)
    for view in views():
        db.execute(view)


def _own_table(record: type[Record]) -> str:
    # The integer key keeps the search index true: without one, VACUUM may renumber the rows that it points to.
    return _table(
        record.plural,
        '"key" integer primary key',
        *("id text not null unique" if column.name == "id" else _column(column) for column in columns(record)),
        "bundle text not null references sources (id)",
        "revision integer not null references revisions (revision)",
        "record text not null -- the finished JSON",
    )


def _link_table(record: type[Record], link: Links) -> str:
    return _table(
        link.table,
        f'id text not null references "{record.plural}" (id) on delete cascade',
        "ordinal integer not null",
        *(_column(column) for column in link.columns),
        "primary key (id, ordinal)",
    )


def _table(name: str, *parts: str) -> str:
    return f'create table "{name}" (\n    ' + "\n    ".join(_with_commas(parts)) + "\n) strict"


def _with_commas(parts: tuple[str, ...]) -> Iterator[str]:
    for place, part in enumerate(parts):
        definition, dash, comment = part.partition(" --")
        yield definition + ("," if place < len(parts) - 1 else "") + dash + comment


def _column(column: Column) -> str:
    required = "" if column.nullable else " not null"
    refers = f' references "{column.field.to}" (id)' if isinstance(column.field, Reference) else ""
    return f'"{column.name}" {column.type}{required}{refers}'


def _index(db: Database, record: type[Record]) -> None:
    table = db.table(record.plural)
    for column in columns(record):
        if column.filter and column.name != "id":
            table.create_index([column.name, "id"])
    table.create_index(["bundle"])
    for link in links(record):
        for column in link.columns:
            if column.filter or isinstance(column.field, Reference):
                db.table(link.table).create_index([column.name, "id"])
    if searched(record):
        table.enable_fts(searched(record), tokenize=TOKENIZER, create_triggers=True)
