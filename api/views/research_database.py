"""SQLite file for research: a table of typed columns for each record type, foreign keys, and views with labels.

It is built from the records. A copy of the served database would have search indexes, the change log and stored
responses too.
"""

import sqlite3
from collections.abc import Iterator

from api.database import connection, current_revision, extend_deadline
from api.views.data_license import license_text
from api.views.snapshots import Snapshot
from schemas import RECORDS
from schemas.fields import AccountId, Reference, StrictBoolean, VocabularyTerm
from schemas.record import DAY_FIELDS, Record
from schemas.terms import Vocabulary
from schemas.version import VERSION
from schemas.vocabularies import VOCABULARIES
from seed.storage.mapping import SEPARATOR, Column, ListTable, columns, list_tables, singular
from seed.storage.references import ACCOUNT_TYPES
from seed.storage.tables import column_definition

MAX_TABLE_SECONDS = 600.0
"""How long copying a table may take. That of the participants of a million events takes some seconds."""
SHARED_TABLES = (
    "create table copy.about (name text primary key not null, value text not null)",
    """create table copy.vocabularies (
    vocabulary text not null,
    term text not null, -- the value in the tables
    label text not null,
    definition text not null,
    side text, -- of a stance: the side of the proposal that it is on
    primary key (vocabulary, term)
)""",
)


def write_research_database(snapshot: Snapshot) -> None:
    """Write the file: the same bytes for the same revision, since all rows are in the order of their ids.

    SQLite copies the rows within one connection, which takes a fifth of the time of passing them through Python.
    """
    database = connection()
    database.execute("attach ? as copy", [str(snapshot.path)])
    try:
        database.execute("pragma copy.journal_mode = off")  # or SQLite would write a journal next to the file
        _write_shared_tables(database)
        snapshot.unlink()  # now that the first table has opened the file
        for record in RECORDS.values():
            _write_records(database, record)
        for record in RECORDS.values():
            database.execute(view_sql(record))
        database.execute("commit")
    finally:
        database.rollback()
        database.execute("detach copy")


def view_sql(record: type[Record]) -> str:
    """Return the SQL of the view of a type: its columns, labels next to codes and ids, and its lists as text."""
    parts = [part for column in columns(record) for part in _with_label(column)]
    parts += [part for link in list_tables(record) for part in _list_columns(record, link)]
    parts += ["r.bundle", "r.revision"]
    return (
        f'create view copy."v_{record.plural}" as select\n    ' + ",\n    ".join(parts) + f'\nfrom "{record.plural}" r'
    )


def _write_shared_tables(database: sqlite3.Connection) -> None:
    for statement in SHARED_TABLES:
        database.execute(statement)
    database.executemany("insert into copy.about values (?, ?)", _about())
    database.executemany(
        "insert into copy.vocabularies values (?, ?, ?, ?, ?)",
        (
            (vocabulary.name, term.name, term.label, term.definition, term.side)
            for vocabulary in VOCABULARIES.values()
            for term in vocabulary.terms.values()
        ),
    )


def _about() -> Iterator[tuple[str, str]]:
    revision = current_revision()
    yield "title", "Readout: negotiations as data"
    yield "version", VERSION
    yield "revision", str(revision.number)
    yield "recorded_at", revision.recorded_at.isoformat()
    yield "digest", revision.digest
    yield "license", license_text()


def _write_records(database: sqlite3.Connection, record: type[Record]) -> None:
    """Write the table of a type and those of its lists."""
    own = [column_definition(column, _type(column)) for column in columns(record) if column.name != "id"]
    keys = ['bundle text not null references "sources" (id)', "revision integer not null"]
    database.execute(_table_sql(record.plural, "id text primary key not null", *own, *keys))
    names = [*(column.name for column in columns(record)), "bundle", "revision"]
    _copy_rows(database, record.plural, names, "id")
    for link in list_tables(record):
        owner = f'"{owner_column(record)}" text not null references "{record.plural}" (id)'
        key = f'primary key ("{owner_column(record)}", ordinal)'
        items = [column_definition(column, _type(column)) for column in link.columns]
        database.execute(_table_sql(link.table, owner, "ordinal integer not null", *items, key))
        _copy_rows(database, link.table, ["id", "ordinal", *(column.name for column in link.columns)], "id, ordinal")


def owner_column(record: type[Record]) -> str:
    """Return the column of a list's table with the id of the record that has the list, such as `position_id`."""
    return f"{singular(record.plural)}_id"


def _copy_rows(database: sqlite3.Connection, table: str, names: list[str], order: str) -> None:
    extend_deadline(MAX_TABLE_SECONDS)
    quoted = ", ".join(f'"{name}"' for name in names)
    database.execute(f'insert into copy."{table}" select {quoted} from main."{table}" order by {order}')


def _table_sql(name: str, *parts: str) -> str:
    return f'create table copy."{name}" (\n    ' + ",\n    ".join(parts) + "\n)"


def _type(column: Column) -> str:
    """Return the type that other programs read. SQLite itself stores a date as text, a boolean as 0 or 1."""
    if column.name in DAY_FIELDS:
        return "date"
    return "boolean" if isinstance(column.field, StrictBoolean) else column.type


def _with_label(column: Column) -> Iterator[str]:
    yield f'r."{column.name}"'
    if label := _label(column, f'r."{column.name}"'):
        yield f'{label} as "{column.name}_label"'


def _list_columns(record: type[Record], link: ListTable) -> Iterator[str]:
    """Yield a column for each column of a list's table, with its values in order, and labels if it has them."""
    for column in link.columns:
        name = f"{link.name}_{column.name}" if column.path else link.name
        value = f'i."{column.name}"'
        yield f'{_joined_values(record, link, value)} as "{name}"'
        if label := _label(column, value):
            yield f'{_joined_values(record, link, label)} as "{name}_label"'


def _joined_values(record: type[Record], link: ListTable, value: str) -> str:
    items = f'select {value} as value from "{link.table}" i where i."{owner_column(record)}" = r.id order by i.ordinal'
    return f"(select group_concat(coalesce(value, ''), '{SEPARATOR}') from ({items}))"


def _label(column: Column, value: str) -> str | None:
    """Return SQL for the label of a code or an id; None for other columns."""
    if isinstance(column.field, Reference):
        return _label_of_record(RECORDS[column.field.to], value)
    if isinstance(column.field, AccountId):
        labels = [_label_of_record(RECORDS[plural], value) for plural in ACCOUNT_TYPES]
        return f"coalesce({', '.join(labels)}, {value})"
    if isinstance(column.field, VocabularyTerm):
        return _label_of_term(column.field.vocabulary, value)
    return None


def _label_of_record(record: type[Record], value: str) -> str:
    return f'(select l."{record.label}" from "{record.plural}" l where l.id = {value})'


def _label_of_term(vocabulary: Vocabulary, value: str) -> str:
    return f"(select t.label from vocabularies t where t.vocabulary = '{vocabulary.name}' and t.term = {value})"
