"""Additions: records that other sources add to, stored with what they add.

The own table and the list tables of such a record hold it with its additions, so that every filter, sort and view
follows. The column `original` keeps the JSON that its own bundle has.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS, Addition
from schemas.addition import TARGETS
from schemas.addition_rules import Conflict, find_conflicts, read_addition, read_target, with_additions
from seed.storage.dirty import add_dirty
from seed.storage.mapping import DATE_BOUNDS, list_tables
from seed.storage.references import changed_ids
from seed.storage.rows import row_mapping
from seed.storage.stored_json import to_json
from seed.storage.tables import OWN_JSON

ADDITIONS = Addition.plural
FIELDS = {record.plural: field for field, record in TARGETS.items()}
"""The types that can be added to, each with the field of an addition that refers to it."""
BATCH_SIZE = 500
ORDER = "s.day is null, s.day, a.id"
"""The order in which additions apply: by the date of their source, undated ones last, then by id."""
CREATE_SUPPLEMENTED = "create temp table supplemented (type text, id text, primary key (type, id)) without rowid"
"""The temporary table of the records to which additions are applied again."""

CREATE_TOUCHED = "create temp table touched (type text, id text, primary key (type, id)) without rowid"
"""The temporary table of the records that a revision changes only by what is added to them."""


class OwnRecord(NamedTuple):
    """A record as its own bundle has it."""

    id: str
    bundle: str
    revision: int
    text: str


def update_additions(db: Database) -> None:
    """Apply additions again if they or their records have changed, and mark these records."""
    if not (_has_additions(db) or db.execute(f"select 1 from dirty where type = '{ADDITIONS}' limit 1").fetchone()):
        return
    db.execute(CREATE_SUPPLEMENTED)
    for plural, field in FIELDS.items():
        for ids in _supplemented_records(plural, field):
            db.execute(f"insert or ignore into supplemented select '{plural}', id from ({ids})")
        supplemented = f"select id from supplemented where type = '{plural}'"
        add_dirty(db, plural, supplemented)
        cursor = db.execute(supplemented)
        while rows := cursor.fetchmany(BATCH_SIZE):
            _update_records(db, plural, [id for (id,) in rows])
        db.execute(f"delete from {plural}_additions where id in ({supplemented})")
        db.execute(_insert_additions(plural, field, supplemented))
    db.execute("drop table supplemented")


def create_touched(db: Database, revision: int) -> None:
    """Create the table of the records that a revision changed only through their additions.

    The plus sign keeps SQLite from looking up every record among the additions.
    """
    db.execute(CREATE_TOUCHED)
    for plural, field in FIELDS.items():
        for ids in _added_to(plural, field, changed_ids(ADDITIONS)):
            db.execute(
                f"insert or ignore into touched select '{plural}', id from ({ids})"
                f' where +id in (select id from "{plural}") and id not in ({changed_ids(plural)})',
                {"revision": revision},
            )


def _added_to(plural: str, field: str, additions: str) -> Iterator[str]:
    """Yield SELECTs of the records of a type to which some additions add now, or did before."""
    yield f"select id from {plural}_additions where addition in ({additions})"
    yield f'select "{field}" id from {ADDITIONS} where "{field}" is not null and id in ({additions})'


def addition_conflicts(db: Database, changed_in: int | None) -> Iterator[Conflict]:
    """Yield what is wrong with additions, of all records or of those that a revision changed, or added to."""
    if not _has_additions(db):
        return
    for plural, field in FIELDS.items():
        scope = f'id in ({changed_ids(ADDITIONS)}) or "{field}" in ({changed_ids(plural)})'
        scope = scope if changed_in is not None else "true"
        select = f'select distinct "{field}" from {ADDITIONS} where "{field}" is not null and ({scope})'
        cursor = db.execute(select, {"revision": changed_in})
        while rows := cursor.fetchmany(BATCH_SIZE):
            yield from _conflicts(db, plural, [id for (id,) in rows])


def _has_additions(db: Database) -> bool:
    return db.execute(f"select 1 from {ADDITIONS} limit 1").fetchone() is not None


def _supplemented_records(plural: str, field: str) -> Iterator[str]:
    """Yield SELECTs of the records of a type that have changed, or whose additions or their order may have."""
    changed = "select id from dirty where type = '{}'"
    yield from _added_to(plural, field, changed.format(ADDITIONS))
    targets = f'select "{field}" id from {ADDITIONS} where "{field}" is not null and'
    yield f'{targets} "{field}" in ({changed.format(plural)})'
    yield f"{targets} bundle in ({changed.format('sources')})"


def _update_records(db: Database, plural: str, ids: Sequence[str]) -> None:
    """Write records again, with their additions."""
    rows, additions, written = row_mapping(RECORDS[plural]), _read_additions(db, plural, ids), []
    for own in _read_records(db, plural, ids):
        data = with_additions(msgspec.json.decode(own.text), [addition for addition, _ in additions[own.id]])
        text = to_json(data)
        written.append((data, (own.bundle, own.revision, text, "", own.text if text != own.text else None)))
    db.conn.executemany(rows.upsert, [(*rows.values(data), *extra) for data, extra in written])
    for link in rows.links:
        db.conn.executemany(link.delete, [[data["id"]] for data, _ in written])
        db.conn.executemany(link.insert, chain.from_iterable(link.rows(data) for data, _ in written))


def _insert_additions(plural: str, field: str, ids: str) -> str:
    """Return the INSERT of the rows that say what was added to some records of a type."""
    (link,) = (link for link in list_tables(RECORDS[plural]) if link.name == ADDITIONS)
    own = {"addition": "a.id", "source": "a.bundle"}
    columns = [own.get(column.name, f'a."{column.name}"') for column in link.columns]
    bounds = [f"r.{name}" for name in DATE_BOUNDS if "date" in RECORDS[plural].declared()]
    ordinal = f"row_number() over (partition by r.id order by {ORDER}) - 1"
    return (
        f'insert into {link.table} select r.id, {", ".join([ordinal, *columns, *bounds])} from "{plural}" r'
        f' join {ADDITIONS} a on a."{field}" = r.id join sources s on s.id = a.bundle where r.id in ({ids})'
    )


def _conflicts(db: Database, plural: str, ids: Sequence[str]) -> Iterator[Conflict]:
    additions = _read_additions(db, plural, ids)
    for own in _read_records(db, plural, ids):
        target = read_target(msgspec.json.decode(own.text), own.bundle, RECORDS[plural].label)
        read = [read_addition(data, bundle) for data, bundle in additions[own.id]]
        yield from find_conflicts(target, filter(None, read))


def _read_records(db: Database, plural: str, ids: Sequence[str]) -> Iterator[OwnRecord]:
    select = f'select id, bundle, revision, {OWN_JSON} from "{plural}" where id in (select value from json_each(?))'
    for row in db.execute(select, [json.dumps(ids)]).fetchall():
        yield OwnRecord(*row)


def _read_additions(db: Database, plural: str, ids: Sequence[str]) -> dict[str, list[tuple[dict[str, Any], str]]]:
    """Return the additions to each of some records and their bundles, in the order in which they apply."""
    field, additions = FIELDS[plural], defaultdict(list)
    select = f'select a."{field}", a.record, a.bundle from {ADDITIONS} a join sources s on s.id = a.bundle'
    where = f'where a."{field}" in (select value from json_each(?)) order by {ORDER}'
    for id, text, bundle in db.execute(f"{select} {where}", [json.dumps(ids)]):
        additions[id].append((msgspec.json.decode(text), bundle))
    return additions
