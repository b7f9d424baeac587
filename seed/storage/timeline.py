"""The timeline: entries derived from dated records, in SQL derived from the schemas."""

from collections.abc import Iterator

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import Reference
from schemas.record import Negotiated, Record
from schemas.timeline import DATED, Timeline
from seed.storage.mapping import Column, columns, list_tables, sort_column, tables

DATES = ("date", "date_earliest", "date_latest", "date_wording", "date_basis")
TYPES = ", ".join(f"'{plural}'" for plural in DATED)
CREATE_DIRTY = "create temp table dirty (type text, id text, primary key (type, id)) without rowid"
"""The temporary table of records whose timeline entries must be derived again."""


def update_timeline(db: Database, revision: int) -> None:
    """Derive the timeline entries of all records changed in a revision again."""
    db.execute(CREATE_DIRTY)
    changed = f"select type, id from changes where revision = ? and type in ({TYPES})"
    db.execute(f"insert or ignore into dirty {changed}", [revision])
    for plural in DATED:
        if via := _negotiations_via(plural):
            db.execute(
                f"insert or ignore into dirty select '{plural}', r.id from dirty"
                f' join "{plural}" r on r."{via.name}" = dirty.id where dirty.type = \'{_target(via)}\''
            )
    for table in tables(Timeline):
        db.execute(f"delete from {table} where id in (select type || '/' || id from dirty)")
    _insert_entries(db)
    db.execute("drop table dirty")


def _insert_entries(db: Database) -> None:
    """Insert the entries of the dirty records."""
    for plural in DATED:
        for name, rows in _lists(plural).items():
            db.execute(f"insert into timeline_{name} {rows}")
        db.execute(_entries(plural))


def _lists(plural: str) -> dict[str, str]:
    """Return the SELECT for the rows of each list of an entry, by the list's name."""
    via = _negotiations_via(plural)
    table = f"{_target(via)}_negotiations" if via else f"{plural}_negotiations"
    key = f'r."{via.name}"' if via else "r.id"
    own, id, bounds = _from_dirty(plural), f"'{plural}/' || r.id", "r.starts, r.ends"
    parties = " union ".join(_parties(DATED[plural]))
    return {
        "negotiations": f'select {id}, l.ordinal, l.negotiation, {bounds} {own} join "{table}" l on l.id = {key}',
        "parties": f"select '{plural}/' || id, row_number() over (partition by id order by party) - 1, party,"
        f" starts, ends from ({parties})",
        **{
            name: f'select {id}, l.ordinal, {values}, {bounds} {own} join "{plural}_{name}" l on l.id = r.id'
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
    json = ", ".join(f"'{name}', {sql}" for name, sql in values.items())
    return (
        f"insert into timeline ({', '.join(stored)}, {sort_column(Timeline)}, bundle, revision, record)"
        f' select {", ".join(stored.values())}, r."{sort_column(record)}", r.bundle, r.revision, json_object({json})'
        f" {_from_dirty(plural)}"
    )


def _array(column: str, rows: str) -> str:
    """Return SQL for a JSON array of a column, sorted."""
    return f"(select json_group_array({column}) from (select {column} from {rows} order by 1))"


def _from_dirty(plural: str) -> str:
    return f"from dirty join \"{plural}\" r on dirty.type = '{plural}' and dirty.id = r.id"


def _negotiations_via(plural: str) -> Column | None:
    """Return the column through which a type without `negotiations` inherits them: for a position, `proposal`.

    It is the first reference to a type that has `negotiations`.
    """
    if issubclass(DATED[plural], Negotiated):
        return None
    references = (column for column in columns(DATED[plural]) if _target(column) in RECORDS)
    return next(column for column in references if issubclass(RECORDS[_target(column)], Negotiated))


def _target(column: Column) -> str:
    """Return the type that a column refers to; "" if it is not a reference."""
    return column.field.to if isinstance(column.field, Reference) else ""


def _parties(record: type[Record]) -> Iterator[str]:
    """Yield SELECTs for every party that a record names, except in `according_to`."""
    own = _from_dirty(record.plural)
    for column in columns(record):
        if _target(column) == "parties":
            yield f'select r.id, r."{column.name}" party, r.starts, r.ends {own} where r."{column.name}" is not null'
    for link in list_tables(record):
        for column in link.columns:
            if _target(column) == "parties" and link.name != "according_to":
                yield f'select r.id, l."{column.name}", r.starts, r.ends {own} join "{link.table}" l on l.id = r.id'
