"""Timeline entries, derived from dated records in SQL."""

from collections.abc import Iterator

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import Reference
from schemas.record import Negotiated, Record
from schemas.timeline import DATED, Timeline
from seed.storage.mapping import Column, columns, list_tables, tables

DATES = ("date", "date_earliest", "date_latest", "date_wording", "date_basis")
TYPES = ", ".join(f"'{plural}'" for plural in DATED)
CREATE_DIRTY = "create temp table touched (type text, id text, primary key (type, id)) without rowid"
"""Temporary table of records whose entries must be updated."""


def update_timeline(db: Database, revision: int, ordinal: int) -> None:
    """Update the timeline after the changes of a revision, starting with one of them."""
    db.execute(CREATE_DIRTY)
    changed = f"select type, id from changes where revision = ? and ordinal >= ? and type in ({TYPES})"
    db.execute(f"insert or ignore into touched {changed}", [revision, ordinal])
    for plural in DATED:
        if lender := _negotiations_via(plural):
            db.execute(
                f"insert or ignore into touched select '{plural}', r.id from touched"
                f' join "{plural}" r on r."{lender.name}" = touched.id where touched.type = \'{_to(lender)}\''
            )
    for table in tables(Timeline):
        db.execute(f"delete from {table} where id in (select type || '/' || id from touched)")
    insert_dirty(db)
    db.execute("drop table touched")


def insert_dirty(db: Database) -> None:
    """Insert the entries of the dirty records."""
    for plural in DATED:
        for name, rows in _lists(plural).items():
            db.execute(f"insert into timeline_{name} {rows}")
        db.execute(_entries(plural))


def _lists(plural: str) -> dict[str, str]:
    """Return, by name, the SELECT for the rows of an entry's lists."""
    lender = _negotiations_via(plural)
    lists = f"{_to(lender)}_negotiations" if lender else f"{plural}_negotiations"
    key = f'r."{lender.name}"' if lender else "r.id"
    own, id, span = _touched(plural), f"'{plural}/' || r.id", "r.starts, r.ends"
    parties = " union ".join(_parties(DATED[plural]))
    return {
        "negotiations": f'select {id}, l.ordinal, l.negotiation, {span} {own} join "{lists}" l on l.id = {key}',
        "parties": f"select '{plural}/' || id, row_number() over (partition by id order by party) - 1, party,"
        f" starts, ends from ({parties})",
        **{
            name: f'select {id}, l.ordinal, {values}, {span} {own} join "{plural}_{name}" l on l.id = r.id'
            for name, values in (("according_to", "l.party"), ("citations", "l.source, l.paragraph"))
        },
    }


def _entries(plural: str) -> str:
    """Return the INSERT for the entries of a type's dirty records."""
    record = DATED[plural]
    values = {
        "id": f"'{plural}/' || r.id",
        "type": f"'{plural}'",
        "title": f'r."{record.label}"',
        "state": f'r."{record.state_column}"' if record.state_column else "null",
        "parties": _array("party", f"timeline_parties where id = '{plural}/' || r.id"),
        "negotiations": _array("negotiation", f"timeline_negotiations where id = '{plural}/' || r.id"),
        **{name: f"r.{name}" for name in (*DATES, "voice")},
        "according_to": "r.record -> '$.according_to'",
        "citations": "r.record -> '$.citations'",
        "note": "r.note",
    }
    stored = {name: sql for name, sql in values.items() if name not in _lists(plural)}
    finished = ", ".join(f"'{name}', {sql}" for name, sql in values.items())
    return (
        f"insert into timeline ({', '.join(stored)}, bundle, revision, record)"
        f" select {', '.join(stored.values())}, r.bundle, r.revision, json_object({finished}) {_touched(plural)}"
    )


def _array(column: str, rows: str) -> str:
    """Return SQL for the JSON of a list, in a fixed order."""
    return f"(select json_group_array({column}) from (select {column} from {rows} order by 1))"


def _touched(plural: str) -> str:
    return f"from touched join \"{plural}\" r on touched.type = '{plural}' and touched.id = r.id"


def _negotiations_via(plural: str) -> Column | None:
    """Return the column through which a type without `negotiations` inherits them: for a position, `proposal`.

    It is the first reference to a type that has `negotiations`.
    """
    if issubclass(DATED[plural], Negotiated):
        return None
    lenders = (column for column in columns(DATED[plural]) if _to(column) in RECORDS)
    return next(column for column in lenders if issubclass(RECORDS[_to(column)], Negotiated))


def _to(column: Column) -> str:
    """Return the type that a column refers to, or ""."""
    return column.field.to if isinstance(column.field, Reference) else ""


def _parties(record: type[Record]) -> Iterator[str]:
    """Yield the SELECTs for every party that a record names, except those in its account."""
    own = _touched(record.plural)
    for column in columns(record):
        if _to(column) == "parties":
            yield f'select r.id, r."{column.name}" party, r.starts, r.ends {own} where r."{column.name}" is not null'
    for link in list_tables(record):
        for column in link.columns:
            if _to(column) == "parties" and link.name != "according_to":
                yield f'select r.id, l."{column.name}", r.starts, r.ends {own} join "{link.table}" l on l.id = r.id'
