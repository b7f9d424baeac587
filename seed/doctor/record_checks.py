"""Checks of records, references and the timeline."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.strict_json import read_json
from schemas.timeline import DATED, Timeline
from seed import examined
from seed.doctor.results import Mismatch, fault, told
from seed.loader import CHUNK_SIZE, Progress
from seed.parallel import process_map
from seed.storage import writer
from seed.storage.mapping import columns, tables
from seed.storage.references import dangling_references, paragraphs_out_of_range
from seed.storage.rows import EXTRA_COLUMNS, Row, row_mapping
from seed.storage.timeline import CREATE_DIRTY, insert_dirty
from seed.storage.writer import BATCH_SIZE

ALONE = 20_000
"""Number of records below which one process is faster than starting several."""
OWN_REFERENCES = """
select k."table", f."from", k.parent, count(*)
from pragma_foreign_key_check k join pragma_foreign_key_list(k."table") f on f.id = k.fkid
where f."from" in ('id', 'bundle', 'revision') group by 1, 2, 3
"""
"""Foreign keys between our own tables that have no target. References between records are checked separately."""
DERIVED = {
    plural: {name for name, field in record.declared().items() if field.dump_only} for plural, record in RECORDS.items()
}
"""Keys of a record that are derived."""


class Held(NamedTuple):
    """Stored record: its row and the rows of its lists."""

    plural: str
    row: Row
    lists: tuple[list[Row], ...]


def references(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that every reference has a target and every cited paragraph exists."""
    for holder, target in dangling_references(db, None):
        yield fault(f"{holder.plural}/{holder.id} refers to {target.plural}/{target.id}, which is not there")
    for plural, id in paragraphs_out_of_range(db, None):
        yield fault(f"{plural}/{id} cites a paragraph that its source does not have")
    for table, column, parent, count in db.execute(OWN_REFERENCES):
        yield fault(f"{table}.{column} of {count} rows is not among the {parent}")
    yield told("each leads somewhere")


def records(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that each record's JSON is what its schema produces, and that columns and list tables agree with it."""
    count = sum(db.execute(f'select count(*) from "{plural}"').fetchone()[0] for plural in RECORDS)
    chunks = _told_of(chain.from_iterable(_held(db, plural) for plural in RECORDS), progress)
    for faults in process_map(unlike, chunks) if count > ALONE else map(unlike, chunks):
        yield from map(fault, faults)
    for (id,) in db.execute("select id from sources where bundle is not id"):
        yield fault(f"sources/{id} belongs to another bundle than its own")
    yield told(f"{count}, as their schemas and their JSON say")


def _told_of(chunks: Iterator[list[Held]], progress: Progress) -> Iterator[list[Held]]:
    for chunk in chunks:
        yield chunk
        progress.read(len(chunk))


def _held(db: Database, plural: str) -> Iterator[list[Held]]:
    """Yield the records of a type in chunks, with the rows of their lists."""
    rows = row_mapping(RECORDS[plural])
    found = db.execute(rows.select)
    while batch := found.fetchmany(CHUNK_SIZE):
        ids = [_row_as_named(plural, row)["id"] for row in batch]
        lists = [_by_id(db.execute(link.select, [json.dumps(ids, default=str)])) for link in rows.links]
        yield [Held(plural, row, tuple(of.get(id, []) for of in lists)) for id, row in zip(ids, batch, strict=True)]


def _by_id(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _row_as_named(plural: str, row: Row) -> dict[str, Any]:
    return dict(zip((*(column.name for column in columns(RECORDS[plural])), *EXTRA_COLUMNS), row, strict=True))


def unlike(chunk: list[Held]) -> list[str]:
    """Return what is wrong with these records."""
    return [f"{held.plural}/{_row_as_named(*held[:2])['id']}: {wrong}" for held in chunk for wrong in _wrong(held)]


def _wrong(held: Held) -> Iterator[str]:
    plural, row, lists = held
    stored = _row_as_named(plural, row)
    try:
        data = _object(stored["record"])
    except (TypeError, ValueError) as error:
        yield f"its JSON cannot be read: {error}"
        return
    given = {name: value for name, value in data.items() if name not in DERIVED[plural]}
    record, faults = examined.finished(plural, given)
    if faults:
        yield from (f"its JSON at {one}" for one in faults)
        return
    if writer.to_json(record) != stored["record"]:
        named = ", ".join(_differing(record, data))
        yield f"its JSON is not what is made of it in {named or 'its order or its form'}"
    rows = row_mapping(RECORDS[plural])
    columned = dict(zip(stored, rows.values(record), strict=False))
    if named := ", ".join(name for name, value in columned.items() if value != stored[name]):
        yield f"differs from its JSON in the column {named}"
    for link, kept in zip(rows.links, lists, strict=True):
        if list(link.of(record)) != kept:
            yield f"differs from its JSON in the list {link.name}"


def _object(text: str) -> dict[str, Any]:
    data = read_json(text)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _differing(one: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    return (name for name in sorted(one.keys() | other.keys()) if one.get(name, ...) != other.get(name, ...))


def timeline(db: Database, progress: Progress) -> Iterator[Mismatch]:
    """Check that the timeline equals one built again from the records, in batches."""
    made = {table: _columns(db, table) for table in tables(Timeline)}
    db.execute(CREATE_DIRTY)
    # Unqualified names refer to temporary tables first, which the SQL that builds entries relies on.
    for table, listed in made.items():
        db.execute(f'create temp table "{table}" as select {listed} from main."{table}" where false')
        db.execute(f'create index temp."{table}_by_id" on "{table}" (id)')
    for plural in DATED:
        ids = db.execute(f'select id from main."{plural}" order by key')
        while batch := ids.fetchmany(BATCH_SIZE):
            yield from (
                fault(f"{id} is not what is made of the record") for id in _out_of_step(db, plural, batch, made)
            )
            progress.read(len(batch))
    made_of = " union all ".join(f"select '{plural}/' || id from main.\"{plural}\"" for plural in DATED)
    for (id,) in db.execute(f"select id from main.timeline where id not in ({made_of})"):
        yield fault(f"{id} is made of no record")
    (count,) = db.execute("select count(*) from main.timeline").fetchone()
    yield told(f"{count} entries, in step with the records")


def _out_of_step(db: Database, plural: str, batch: list[Row], made: dict[str, str]) -> list[str]:
    """Return the timeline entries of some records that differ from what is built from them."""
    for table in ("touched", *made):
        db.execute(f'delete from temp."{table}"')
    db.conn.executemany("insert into touched values (?, ?)", [(plural, id) for (id,) in batch])
    insert_dirty(db)
    these = "where id in (select type || '/' || id from touched)"
    differing: set[str] = set()
    for table, listed in made.items():
        new, old = f'select {listed} from temp."{table}"', f'select {listed} from main."{table}" {these}'
        for one, other in ((new, old), (old, new)):
            differing.update(id for (id,) in db.execute(f"select id from ({one} except {other})"))
    return sorted(differing)


def _columns(db: Database, table: str) -> str:
    """Return the writable columns of a table, or `*` if it does not exist, so that selecting from it raises."""
    named = db.execute("select name from pragma_table_info(?, 'main') where name <> 'key'", [table])
    return ", ".join(f'"{name}"' for (name,) in named) or "*"
