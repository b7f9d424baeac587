"""The one writer: brings the database in line with the given bundles and logs every change.

Records are written in batches as they arrive. What has been given is kept in temporary tables, so memory stays
constant.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal, NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.references import RecordRef
from seed.storage.rows import Row, row_mapping
from seed.storage.tables import create_tables
from seed.storage.timeline import update_timeline

Action = Literal["create", "update", "delete"]
TEMP_TABLES = (
    "create temp table given (bundle text primary key) without rowid",
    "create temp table unchanged (type text, key integer, primary key (type, key)) without rowid",
    "create temp table moved (type text, id text, bundle text, primary key (type, id)) without rowid",
    "create temp table gone (type text, id text, bundle text)",
)
"""Temporary tables of a load: given bundles, unchanged records, records found in another bundle, deleted records."""
BATCH_SIZE = 500


class IncomingRecord(NamedTuple):
    """Complete record and its bundle."""

    plural: str
    bundle: str
    data: dict[str, Any]


class Stored(NamedTuple):
    """Stored record; `given` is whether this load has already seen it."""

    key: int
    bundle: str
    text: str
    given: bool


class Change(NamedTuple):
    """Created, updated or deleted record, with its data and JSON after the change, or None if it was deleted."""

    action: Action
    plural: str
    id: str
    bundle: str
    data: dict[str, Any] | None = None
    text: str | None = None


@dataclass(frozen=True)
class LoadResult:
    """Revision of the database after a load, and the number of changes by action."""

    revision: int
    changes: Mapping[Action, int]


def to_json(data: Mapping[str, Any]) -> str:
    """Serialize a record as stored: UTF-8 JSON, unescaped, without white space."""
    return msgspec.json.encode(data).decode()


def digest_input(action: str, plural: str, id: str, text: str | None) -> bytes:
    """Return what a change adds to its revision's digest, which begins with the previous digest."""
    return msgspec.json.encode([action, plural, id, text])


class Writer:
    """Writes bundles and deletes the records that they no longer contain.

    Nothing is written if nothing differs. The caller holds the transaction and checks references.
    """

    def __init__(self, db: Database) -> None:
        if "revisions" not in db.table_names():
            create_tables(db)
        for note in TEMP_TABLES:
            db.execute(note)
        last = db.execute("select revision, digest from revisions order by revision desc limit 1").fetchone() or (0, "")
        self.db, self.before = db, last[0]
        self.revision = self.before + 1
        self.digest = hashlib.sha256(last[1].encode())
        self.changes: Counter[Action] = Counter()
        self.in_timeline = 0
        """Number of changes that the timeline already reflects."""

    def put(self, batch: Sequence[IncomingRecord]) -> list[int]:
        """Write the records that differ; return the positions in the batch of ids that were given before."""
        stored = self._stored(batch)
        repeated: list[int] = []
        changes: list[Change] = []
        for place, given in enumerate(batch):
            before = stored.get((given.plural, given.data["id"]))
            if before is not None and before.given:
                repeated.append(place)
                continue
            text = to_json(given.data)
            stored[given.plural, given.data["id"]] = Stored(0, given.bundle, text, given=True)
            changes += self._differences(given, text, before)
        sources = [[given.bundle] for given in batch if given.plural == "sources"]
        self.db.conn.executemany("insert or ignore into given values (?)", sources)
        self._write(changes)
        return repeated

    def moved_from_elsewhere(self) -> Iterator[tuple[RecordRef, str]]:
        """Yield records that belong to a bundle that was not given, with that bundle."""
        elsewhere = "select type, id, bundle from moved where bundle not in (select bundle from given)"
        for plural, id, bundle in self.db.execute(elsewhere):
            yield RecordRef(plural, id), bundle

    def finish(self) -> LoadResult:
        """Delete what the bundles no longer contain, and write the revision if there was any change."""
        if self.before:
            self._delete_what_is_gone()
        if not self.changes:
            return LoadResult(self.before, {})
        self.renew_timeline()
        revision = [self.revision, self._recorded_at(), self.digest.hexdigest()]
        self.db.execute("insert into revisions values (?, ?, ?)", revision)
        return LoadResult(self.revision, dict(self.changes))

    def renew_timeline(self) -> None:
        """Update the timeline with the changes written so far."""
        update_timeline(self.db, self.revision, self.in_timeline)
        self.in_timeline = self.changes.total()

    def _recorded_at(self) -> str:
        """Return the time, at least one second after the last revision.

        Last-Modified has a resolution of one second (RFC 9110, section 8.8.2.2): two revisions within one, or a clock
        that was set back, would make caches keep old data.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        (last,) = self.db.execute("select max(recorded_at) from revisions").fetchone()
        least = datetime.fromisoformat(last) + timedelta(seconds=1) if last else now
        return max(now, least).isoformat()

    def _stored(self, batch: Sequence[IncomingRecord]) -> dict[tuple[str, str], Stored]:
        found = {}
        for plural in {given.plural for given in batch}:
            ids = json.dumps([given.data["id"] for given in batch if given.plural == plural])
            known = "exists (select 1 from unchanged u where u.type = :plural and u.key = r.key)"
            select = f'select id, key, bundle, record, revision = :revision or {known} from "{plural}" r'
            bound = {"plural": plural, "revision": self.revision, "ids": ids}
            for id, *row in self.db.execute(f"{select} where id in (select value from json_each(:ids))", bound):
                found[plural, id] = Stored(*row)
        return found

    def _differences(self, given: IncomingRecord, text: str, before: Stored | None) -> Iterator[Change]:
        plural, bundle, data = given
        if before is None:
            yield Change("create", plural, data["id"], bundle, data, text)
        elif before.bundle != bundle:
            # Whether the other bundle is given, too, is known only at the end.
            self.db.execute("insert into moved values (?, ?, ?)", [plural, data["id"], before.bundle])
            yield Change("delete", plural, data["id"], before.bundle)
            yield Change("create", plural, data["id"], bundle, data, text)
        elif before.text != text:
            yield Change("update", plural, data["id"], bundle, data, text)
        else:
            self.db.execute("insert into unchanged values (?, ?)", [plural, before.key])

    def _delete_what_is_gone(self) -> None:
        for plural in RECORDS:
            left = "r.revision < ? and not exists (select 1 from unchanged u where u.type = ? and u.key = r.key)"
            given = "bundle in (select bundle from given)"
            select = f'select ?, id, bundle from "{plural}" r where {given} and {left} order by key'
            self.db.execute(f"insert into gone {select}", [plural, self.revision, plural])
        gone = self.db.execute("select type, id, bundle from gone order by rowid")
        while rows := gone.fetchmany(BATCH_SIZE):
            self._write([Change("delete", *row) for row in rows])

    def _write(self, changes: Sequence[Change]) -> None:
        self._keep_what_stood(changes)
        self._log(changes)
        for plural, record in RECORDS.items():
            of_type = [change for change in changes if change.plural == plural]
            rows = row_mapping(record)
            replaced = [[change.id] for change in of_type if change.action != "create"]
            deleted = [[change.id] for change in of_type if change.action == "delete"]
            held = [(change, change.data) for change in of_type if change.data is not None]
            for link in rows.links:
                self._execute(link.delete, replaced)
            self._execute(rows.delete, deleted)
            self._execute(rows.upsert, [(*rows.values(data), *self._extras(change)) for change, data in held])
            for link in rows.links:
                self._execute(link.insert, chain.from_iterable(link.of(data) for _, data in held))

    def _execute(self, statement: str, rows: Iterable[Row | list[str]]) -> None:
        self.db.conn.executemany(statement, rows)

    def _extras(self, change: Change) -> Row:
        return change.bundle, self.revision, change.text

    def _keep_what_stood(self, changes: Sequence[Change]) -> None:
        """Copy the current version of each record into the change log before it is overwritten.

        The log stores no copy of the latest version.
        """
        for plural in RECORDS:
            before = f'(select record from "{plural}" where id = :id)'
            last = f"type = '{plural}' and id = :id and record is null and action <> 'delete'"
            replaced = [{"id": one.id} for one in changes if one.plural == plural and one.action != "create"]
            self.db.conn.executemany(f"update changes set record = {before} where {last}", replaced)

    def _log(self, changes: Sequence[Change]) -> None:
        logged = []
        for ordinal, change in enumerate(changes, self.changes.total()):
            self.digest.update(digest_input(change.action, change.plural, change.id, change.text))
            logged.append((self.revision, ordinal, change.action, change.plural, change.id))
        self._execute("insert into changes values (?, ?, ?, ?, ?, null)", logged)
        self.changes.update(change.action for change in changes)
