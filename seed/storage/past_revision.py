"""A past revision of the database, restored from the change log into a separate file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from schemas.timeline import DATED
from seed.storage.tables import CHANGES_SELECT, create_indexes
from seed.storage.writer import BATCH_SIZE, IncomingRecord, Writer

IS_LAST = """
not exists (
    select 1 from changes later where (later.type, later.id) = (c.type, c.id) and later.revision <= :revision
    and (later.revision, later.ordinal) > (c.revision, c.ordinal)
)
"""
"""The SQL of "no later change of the record was made up to the revision"."""
MAX_CHANGES = 7_500
"""Maximum number of changes up to a revision that is restored. Each takes 0.25 ms and 7 kB, and a request has two
seconds.
"""
COUNT_SELECT = f"select count(*) from (select 1 from changes where revision <= :revision limit {MAX_CHANGES + 1})"
"""SELECT of the number of changes up to a revision, at most one above the maximum."""
LAST_PURGE_SELECT = "select coalesce(max(revision), 0) from changes where removal = 'purged'"
"""SELECT of the last revision that removed a record for good. It reads the whole log."""
RECORDS_SELECT = f"""
select type, source, record from (
    select type, id, source, record, (
        select max(printf('%019d %019d', created.revision, created.ordinal)) from changes created
        where (created.type, created.id) = (c.type, c.id) and created.action = 'create'
        and created.revision <= :revision
    ) created
    from ({CHANGES_SELECT}) c where revision <= :revision and action <> 'delete' and record is not null and {IS_LAST}
) order by created
"""
"""SELECT of the records at the revision, in the order of their creation, except those purged since."""
REVISIONS_SELECT = "select * from revisions where revision <= :revision"
LOGGED_COLUMNS = "revision, ordinal, action, type, id, source, removal, successor, sha256, purged"
"""The columns of the log, except the record."""
CHANGES_AS_THEN = f"select {LOGGED_COLUMNS}, iif({IS_LAST}, null, record) from changes c where revision <= :revision"
"""SELECT of the change log as it was at the revision, which had no copy of the latest version of each record."""


class PastRevision(NamedTuple):
    """A revision: the fields that identify it in any database, and the last purge in the log, or 0."""

    number: int
    recorded_at: str
    checksum: str
    last_purge: int

    @property
    def purge(self) -> int:
        """The last purge after the revision, or 0."""
        return self.last_purge if self.last_purge > self.number else 0


def read_past_revision(present: sqlite3.Connection, number: int, last_purge: int) -> PastRevision:
    """Return an existing revision; `last_purge` is the result of LAST_PURGE_SELECT."""
    select = "select revision, recorded_at, checksum from revisions where revision = ?"
    revision, recorded_at, checksum = present.execute(select, [number]).fetchone()
    return PastRevision(revision, recorded_at, checksum, last_purge)


def write_past_revision(present: sqlite3.Connection, revision: int, copy: Path) -> None:
    """Write a past revision into a new database file.

    The same writer is used as for a load, so that all derived data is derived again. Memory does not grow with the
    number of records.
    """
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.execute("begin")
        db = Database(connection)
        writer = Writer(db)
        for batch in _read_records(present, revision):
            writer.put(batch)
        writer.finish()
        _restore_log(db, present, revision)
        create_indexes(db)
        connection.execute("commit")


def _read_records(present: sqlite3.Connection, revision: int) -> Iterator[list[IncomingRecord]]:
    rows = present.execute(RECORDS_SELECT, {"revision": revision})
    while batch := rows.fetchmany(BATCH_SIZE):
        yield [IncomingRecord(plural, source, msgspec.json.decode(text)) for plural, source, text in batch]


def _restore_log(db: Database, present: sqlite3.Connection, revision: int) -> None:
    """Replace the change log of the writer, which has a single revision, and the references to it."""
    db.execute("delete from changes")
    db.execute("delete from revisions")
    _copy(db, present, "revisions", REVISIONS_SELECT, revision)
    _copy(db, present, f"changes ({LOGGED_COLUMNS}, record)", CHANGES_AS_THEN, revision)
    for plural in RECORDS:
        last = f"select max(revision) from changes where type = '{plural}' and id = \"{plural}\".id"
        db.execute(f'update "{plural}" set revision = ({last})')
    for plural in DATED:
        db.execute(
            f"update timeline set revision = r.revision from \"{plural}\" r where timeline.id = '{plural}/' || r.id"
        )


def _copy(db: Database, present: sqlite3.Connection, table: str, select: str, revision: int) -> None:
    rows = present.execute(select, {"revision": revision})
    places = ", ".join("?" * len(rows.description))
    while batch := rows.fetchmany(BATCH_SIZE):
        db.conn.executemany(f"insert into {table} values ({places})", [tuple(row) for row in batch])
