"""The one writer: replaces bundles in the database and logs every change.

Records are written in batches as they arrive. The state of a load is kept in temporary tables, so memory use does not
grow with its size.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple, get_args

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.additions import create_touched
from seed.storage.derived import update_derived
from seed.storage.references import RecordRef
from seed.storage.retired_ids import DROPPED, Removal
from seed.storage.rows import RecordRows, Row, row_mapping
from seed.storage.stored_json import to_json
from seed.storage.tables import OWN_JSON, Action, create_tables
from seed.storage.word_bitmaps import update_word_bitmaps

TEMP_TABLES = (
    "create temp table loaded_bundles (bundle text primary key) without rowid",
    "create temp table unchanged (type text, key integer, primary key (type, key)) without rowid",
    "create temp table moved (type text, id text, bundle text, primary key (type, id)) without rowid",
    "create temp table absent (type text, id text, bundle text)",
    "create temp table deleted (type text, key integer)",
)
"""State of a load: its bundles; its records that equal the stored ones; its records that are stored in another bundle,
named by `bundle`; stored records of its bundles that it does not contain; and keys of deleted records."""
BATCH_SIZE = 500


class Authorship(NamedTuple):
    """Who makes the changes of a revision, and why."""

    author: str | None = None
    reason: str | None = None


class IncomingRecord(NamedTuple):
    """A complete, valid record and its bundle."""

    plural: str
    bundle: str
    data: dict[str, Any]


ANONYMOUS = Authorship()
"""Nobody says who or why."""


class StoredRecord(NamedTuple):
    """A stored record; `in_load` is whether an earlier record of this load had the same id."""

    key: int
    bundle: str
    text: str
    in_load: bool


class Change(NamedTuple):
    """A record that is created, updated or deleted; data and JSON are those after the change, None if deleted."""

    action: Action
    plural: str
    id: str
    bundle: str
    data: dict[str, Any] | None = None
    text: str | None = None
    removal: Removal | None = None
    """How it is deleted; None if another bundle has it from now on."""

    @property
    def logged(self) -> tuple[str | None, ...]:
        """What the log says of the change, except for the record."""
        return (self.action, self.plural, self.id, self.bundle, *(self.removal or (None, None)))


@dataclass(frozen=True)
class LoadResult:
    """The revision of the database after a load, and the number of changes by action."""

    revision: int
    changes: Mapping[Action, int]
    not_loaded: Sequence[str] = ()
    """The stored bundles that were not part of a load of files."""


def count_by_action(changes: Mapping[Action, int]) -> dict[Action, int]:
    """Return the number of changes by action, including zeros."""
    return {action: changes.get(action, 0) for action in get_args(Action)}


def last_revision(db: Database) -> int:
    """Return the number of the latest revision."""
    (revision,) = db.execute("select max(revision) from revisions").fetchone()
    return int(revision)


def record_sha256(text: str | None) -> bytes | None:
    """Return the SHA-256 of a record's JSON, or None if it is deleted."""
    return None if text is None else hashlib.sha256(text.encode()).digest()


def digest_input(logged: Sequence[str | None], sha256: bytes | None) -> bytes:
    """Return what a change adds to its revision's digest, which begins with the previous digest.

    It has the SHA-256 of the record and not the record, so that digests can be verified after that was purged.
    """
    return msgspec.json.encode([*logged, sha256])


def revision_checksum(previous: str, recorded_at: str, authorship: Authorship, digest: str) -> str:
    """Return the checksum of a revision, which shows whether its time, author or reason was changed later.

    The digest does not cover them, because databases with equal data have equal digests.
    """
    return hashlib.sha256(msgspec.json.encode([previous, recorded_at, *authorship, digest])).hexdigest()


def not_loaded(db: Database) -> list[str]:
    """Return the stored bundles that were not part of the load in a transaction."""
    select = "select id from sources where id not in (select bundle from loaded_bundles) order by id"
    return [id for (id,) in db.execute(select)]


class Writer:
    """Writes bundles and deletes the records that they no longer contain.

    Nothing is written if nothing differs. The caller holds the transaction and checks references.
    """

    def __init__(self, db: Database, authorship: Authorship = ANONYMOUS) -> None:
        if "revisions" not in db.table_names():
            create_tables(db)
        for statement in TEMP_TABLES:
            db.execute(statement)
        last = db.execute("select revision, digest, checksum from revisions order by revision desc limit 1").fetchone()
        self.db, self.authorship = db, authorship
        self.last_revision: int = last[0] if last else 0
        self.last_checksum: str = last[2] if last else ""
        self.revision = self.last_revision + 1
        self.digest = hashlib.sha256(last[1].encode() if last else b"")
        self.changes: Counter[Action] = Counter()

    def put(self, batch: Sequence[IncomingRecord]) -> list[int]:
        """Write the records that differ from the stored ones.

        Returns the positions in the batch of records that were left out because their id occurred before in the load.
        """
        stored = self._read_stored(batch)
        duplicates: list[int] = []
        changes: list[Change] = []
        for position, incoming in enumerate(batch):
            current = stored.get((incoming.plural, incoming.data["id"]))
            if current is not None and current.in_load:
                duplicates.append(position)
                continue
            text = to_json(incoming.data)
            stored[incoming.plural, incoming.data["id"]] = StoredRecord(0, incoming.bundle, text, in_load=True)
            changes += self._changes(incoming, text, current)
        sources = [[incoming.bundle] for incoming in batch if incoming.plural == "sources"]
        self.db.conn.executemany("insert or ignore into loaded_bundles values (?)", sources)
        self._write(changes)
        return duplicates

    def apply(self, changes: Sequence[Change]) -> None:
        """Write changes of single records, each of another one."""
        self._write(changes)

    def moved_from_other_bundles(self) -> Iterator[tuple[RecordRef, str]]:
        """Yield records that belong to a bundle that is not part of the load, with that bundle."""
        moved = "select type, id, bundle from moved where bundle not in (select bundle from loaded_bundles)"
        for plural, id, bundle in self.db.execute(moved):
            yield RecordRef(plural, id), bundle

    def finish(self) -> LoadResult:
        """Delete the records that the bundles no longer contain, derive what depends on them and write the revision.

        Nothing is written if there was no change.
        """
        if self.last_revision:
            self._delete_absent()
        if not self.changes:
            return LoadResult(self.last_revision, {})
        self._update_touched()
        update_derived(self.db, self.revision)
        update_word_bitmaps(self.db, self.revision)
        recorded_at, digest = self._recorded_at(), self.digest.hexdigest()
        checksum = revision_checksum(self.last_checksum, recorded_at, self.authorship, digest)
        row = [self.revision, recorded_at, *self.authorship, digest, checksum]
        self.db.execute("insert into revisions values (?, ?, ?, ?, ?, ?)", row)
        return LoadResult(self.revision, dict(self.changes))

    def _recorded_at(self) -> str:
        """Return the time, at least a millisecond after the last revision, even if the clock was set back."""
        now = datetime.now(UTC)
        (last,) = self.db.execute("select max(recorded_at) from revisions").fetchone()
        earliest = datetime.fromisoformat(last) + timedelta(milliseconds=1) if last else now
        return max(now, earliest).isoformat(timespec="milliseconds")

    def _read_stored(self, batch: Sequence[IncomingRecord]) -> dict[tuple[str, str], StoredRecord]:
        stored = {}
        for plural in {incoming.plural for incoming in batch}:
            ids = json.dumps([incoming.data["id"] for incoming in batch if incoming.plural == plural])
            unchanged = "exists (select 1 from unchanged u where u.type = :plural and u.key = r.key)"
            select = f'select id, key, bundle, {OWN_JSON}, revision = :revision or {unchanged} from "{plural}" r'
            bound = {"plural": plural, "revision": self.revision, "ids": ids}
            for id, *row in self.db.execute(f"{select} where id in (select value from json_each(:ids))", bound):
                stored[plural, id] = StoredRecord(*row)
        return stored

    def _changes(self, incoming: IncomingRecord, text: str, current: StoredRecord | None) -> Iterator[Change]:
        plural, bundle, data = incoming
        if current is None:
            yield Change("create", plural, data["id"], bundle, data, text)
        elif current.bundle != bundle:
            # Only the end of the load shows whether it contains the other bundle, too.
            self.db.execute("insert into moved values (?, ?, ?)", [plural, data["id"], current.bundle])
            yield Change("delete", plural, data["id"], current.bundle)
            yield Change("create", plural, data["id"], bundle, data, text)
        elif current.text != text:
            yield Change("update", plural, data["id"], bundle, data, text)
        else:
            self.db.execute("insert into unchanged values (?, ?)", [plural, current.key])

    def _delete_absent(self) -> None:
        for plural in RECORDS:
            in_bundles = "bundle in (select bundle from loaded_bundles)"
            absent = "r.revision < ? and not exists (select 1 from unchanged u where u.type = ? and u.key = r.key)"
            select = f'select ?, id, bundle from "{plural}" r where {in_bundles} and {absent} order by key'
            self.db.execute(f"insert into absent {select}", [plural, self.revision, plural])
        absent_records = self.db.execute("select type, id, bundle from absent order by rowid")
        while rows := absent_records.fetchmany(BATCH_SIZE):
            self._write([Change("delete", plural, id, bundle, removal=DROPPED) for plural, id, bundle in rows])

    def _update_touched(self) -> None:
        """Write the records again that gain or lose additions, since their JSON as served changes.

        The change log gets the JSON of their own bundle again; the addition is a change of its own.
        """
        create_touched(self.db, self.revision)
        for plural in RECORDS:
            select = (
                f'select r.id, r.bundle, {OWN_JSON} from touched t join "{plural}" r on r.id = t.id where t.type = ?'
            )
            touched = self.db.execute(f"{select} order by t.id", [plural])
            while rows := touched.fetchmany(BATCH_SIZE):
                self._write(
                    [Change("update", plural, id, bundle, msgspec.json.decode(text), text) for id, bundle, text in rows]
                )
        self.db.execute("drop table touched")

    def _write(self, changes: Sequence[Change]) -> None:
        self._archive_previous(changes)
        self._log(changes)
        for plural, record in RECORDS.items():
            self._write_rows(row_mapping(record), [change for change in changes if change.plural == plural])

    def _write_rows(self, rows: RecordRows, changes: Sequence[Change]) -> None:
        """Write the rows of one type: in its own table, and in the tables of its lists."""
        previous = [[change.id] for change in changes if change.action != "create"]
        deleted = [[change.id] for change in changes if change.action == "delete"]
        current = [(change, change.data) for change in changes if change.data is not None]
        for link in rows.links:
            self._execute(link.delete, previous)
        self._execute(rows.keep_key, deleted)
        self._execute(rows.delete, deleted)
        self._execute(rows.upsert, [(*rows.values(data), *self._extra_values(change)) for change, data in current])
        for link in rows.links:
            self._execute(link.insert, chain.from_iterable(link.rows(data) for _, data in current))

    def _execute(self, statement: str, rows: Iterable[Row | list[str]]) -> None:
        self.db.conn.executemany(statement, rows)

    def _extra_values(self, change: Change) -> Row:
        """Return the values of EXTRA_COLUMNS."""
        return change.bundle, self.revision, change.text, "", None

    def _archive_previous(self, changes: Sequence[Change]) -> None:
        """Copy the current version of each record into the change log before it is overwritten.

        The log stores no copy of the latest version.
        """
        for plural in RECORDS:
            current = f'(select {OWN_JSON} from "{plural}" where id = :id)'
            latest = f"type = '{plural}' and id = :id and record is null and action <> 'delete'"
            ids = [{"id": change.id} for change in changes if change.plural == plural and change.action != "create"]
            self.db.conn.executemany(f"update changes set record = {current} where {latest}", ids)

    def _log(self, changes: Sequence[Change]) -> None:
        rows = []
        for ordinal, change in enumerate(changes, self.changes.total()):
            sha256 = record_sha256(change.text)
            self.digest.update(digest_input(change.logged, sha256))
            rows.append((self.revision, ordinal, *change.logged, sha256))
        self._execute("insert into changes values (?, ?, ?, ?, ?, ?, ?, ?, null, ?, null)", rows)
        self.changes.update(change.action for change in changes)
