"""The records of the database, written again into a temporary file by the one writer, and compared with it.

The temporary file is as large as the database without its indexes. Nothing grows in memory with the number of records.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.record import Record
from schemas.strict_json import read_json
from schemas.timeline import DATED, Timeline
from seed.doctor.results import Finding, error, info
from seed.parallel import CHUNK_SIZE, process_map
from seed.progress import Progress
from seed.storage.mapping import columns, list_tables, tables
from seed.storage.stored_json import to_json
from seed.storage.tables import OWN_JSON
from seed.storage.writer import IncomingRecord, Writer
from seed.validation import validate_record

PARALLEL_THRESHOLD = 20_000
"""The number of records below which one process is faster than starting several."""
NOT_COMPARED = {"key", "revision"}
"""Columns that the rebuild numbers again. Other checks cover revisions."""
DERIVED = {plural: record.declared().keys() - record.written().keys() for plural, record in RECORDS.items()}
"""The fields of a record that its schema derives and does not accept."""


class StoredRecord(NamedTuple):
    """A record as it is stored: type, id, bundle and JSON."""

    plural: str
    id: str
    bundle: str
    text: str


class ComparedRows(NamedTuple):
    """Rows of a table in the file, as `f`, and in the copy, as `r`, and the SQL for "both have the same key"."""

    table: str
    file: str
    copy: str
    same_key: str


def check_records(db: Database, copy: Path, progress: Progress) -> Iterator[Finding]:
    """Check that the JSON of every record is valid, and that the tables hold what the writer makes of it."""
    yield from map(error, _rebuild(db, copy, progress))
    for (id,) in db.execute("select id from sources where bundle is not id"):
        yield error(f"sources/{id} belongs to the bundle of another source")
    with_derived = not _has_invalid_records(db)
    for plural, record in RECORDS.items():
        valid = f'f.id in (select id from rebuilt."{plural}")'
        yield from (error(f"{plural}/{text}") for text in _differences(db, record, valid, with_derived=with_derived))
    yield info(f"{_count(db)}, stored as the writer stores them")


def check_timeline(db: Database) -> Iterator[Finding]:
    """Check that the timeline has the entries that are derived from the records, if all of these are valid."""
    if _has_invalid_records(db):
        yield info("not compared, because it depends on records that are invalid")
        return
    yield from map(error, _differences(db, Timeline, "true"))
    for plural in DATED:
        same_record = f"t.id = '{plural}/' || r.id and t.revision is not r.revision"
        for (id,) in db.execute(f'select t.id from main."{plural}" r join main.timeline t on {same_record}'):
            yield error(f"{id}: timeline.revision is not that of the record")
    (count,) = db.execute("select count(*) from main.timeline").fetchone()
    yield info(f"{count} entries, as derived from the records")


def _rebuild(db: Database, copy: Path, progress: Progress) -> Iterator[str]:
    """Write every valid record into the copy, and yield what is wrong with the others."""
    chunks = chain.from_iterable(_read(db, plural, progress) for plural in RECORDS)
    validated = process_map(_validate, chunks) if _count(db) > PARALLEL_THRESHOLD else map(_validate, chunks)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.execute("begin")
        writer = Writer(Database(connection))
        for records, errors in validated:
            yield from errors
            writer.put(records)
        writer.finish()
        connection.execute("commit")


def _has_invalid_records(db: Database) -> bool:
    """Return whether the copy lacks a record, on which derived data of others may depend."""
    missing = (
        f'exists (select 1 from main."{plural}" where id not in (select id from rebuilt."{plural}"))'
        for plural in RECORDS
    )
    (found,) = db.execute(f"select {' or '.join(missing)}").fetchone()
    return bool(found)


def _count(db: Database) -> int:
    return sum(db.execute(f'select count(*) from main."{plural}"').fetchone()[0] for plural in RECORDS)


def _read(db: Database, plural: str, progress: Progress) -> Iterator[list[StoredRecord]]:
    rows = db.execute(f'select id, bundle, {OWN_JSON} from main."{plural}" order by key')
    while chunk := rows.fetchmany(CHUNK_SIZE):
        yield [StoredRecord(plural, *row) for row in chunk]
        progress.read(len(chunk))


def _validate(chunk: Sequence[StoredRecord]) -> tuple[list[IncomingRecord], list[str]]:
    """Return the valid records of a chunk, and the errors."""
    records, errors = [], []
    for stored in chunk:
        try:
            data = _parse(stored)
        except (TypeError, ValueError) as reason:
            errors.append(f"{stored.plural}/{stored.id}: its JSON {reason}")
            continue
        record, invalid = validate_record(
            stored.plural, {key: data[key] for key in data if key not in DERIVED[stored.plural]}
        )
        errors += [f"{stored.plural}/{stored.id}: its JSON at {one}" for one in invalid]
        if not invalid:
            records.append(IncomingRecord(stored.plural, stored.bundle, record))
            if to_json(record) != stored.text:
                names = ", ".join(sorted(key for key in record | data if record.get(key, ...) != data.get(key, ...)))
                errors.append(f"{stored.plural}/{stored.id}: its JSON is not canonical: {names or 'order or format'}")
    return records, errors


def _parse(stored: StoredRecord) -> dict[str, Any]:
    try:
        data = read_json(stored.text)
    except (TypeError, ValueError) as reason:
        raise ValueError(f"cannot be parsed: {reason}") from reason
    if not isinstance(data, dict):
        raise TypeError("is not an object")
    if data.get("id") != stored.id:
        raise ValueError(f"has the id {data.get('id')!r}")
    return data


def _differences(db: Database, record: type[Record], scope: str, *, with_derived: bool = True) -> Iterator[str]:
    """Yield id and text for each row that differs, is missing, or is extra among the rows `f` within the scope."""
    left_out = set() if with_derived else {link.table for link in list_tables(record) if link.derived}
    for table in (name for name in tables(record) if name not in left_out):
        rows = _compared_rows(record, table, with_derived=with_derived)
        yield from _differing_rows(db, rows, _compared_columns(db, record, table, with_derived=with_derived))
        missing = f"not exists (select 1 from {rows.file} where {rows.same_key})"
        for (id,) in db.execute(f"select r.id from {rows.copy} where {missing}"):
            yield f"{id}: a row is missing in {table}"
        extra = f"{scope} and not exists (select 1 from {rows.copy} where {rows.same_key})"
        for (id,) in db.execute(f"select f.id from {rows.file} where {extra}"):
            yield f"{id}: an extra row in {table}"


def _compared_rows(record: type[Record], table: str, *, with_derived: bool) -> ComparedRows:
    """Return the rows of a table to compare: without derived columns, only those of records without additions."""
    key = ("id",) if table == record.plural else ("id", "ordinal")
    same_key = " and ".join(f"f.{name} = r.{name}" for name in key)
    file, copy = f'main."{table}"', f'rebuilt."{table}"'
    if not with_derived:
        own_records = f'select id from main."{record.plural}" where original is null'
        file, copy = (f"(select * from {one} where id in ({own_records}))" for one in (file, copy))
    return ComparedRows(table, f"{file} f", f"{copy} r", same_key)


def _compared_columns(db: Database, record: type[Record], table: str, *, with_derived: bool) -> dict[str, str]:
    """Return the columns of a table to compare, each with the SQL for "it is equal"."""
    derived = {column.name for column in columns(record) if column.derived} | {"derived", "original", "record"}
    skipped = NOT_COMPARED if with_derived else NOT_COMPARED | derived
    names = [name for (name,) in db.execute("select name from pragma_table_xinfo(?, 'rebuilt')", [table])]
    return {name: _is_equal(record, name) for name in names if name not in skipped}


def _differing_rows(db: Database, rows: ComparedRows, compared: Mapping[str, str]) -> Iterator[str]:
    """Yield id and text for each row that differs from its copy in one of some columns."""
    differing = " || ".join(f"iif({is_equal}, '', ', {rows.table}.{name}')" for name, is_equal in compared.items())
    both = f"{rows.copy} join {rows.file} on {rows.same_key}"
    for id, different in db.execute(
        f"select r.id, {differing} from {both} where not ({' and '.join(compared.values())})"
    ):
        yield f"{id}: {different[2:]} differs"


def _is_equal(record: type[Record], name: str) -> str:
    """Return the SQL for "a column is equal". JSON without additions is not compared, as it has been validated."""
    if name == "record" and record.stored:
        return "iif(f.original is null, null, f.record) is iif(r.original is null, null, r.record)"
    return f'f."{name}" is r."{name}"'
