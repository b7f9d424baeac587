"""The one writer: bring the file to hold exactly what the given bundles hold, and log every change."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

import orjson
from sqlite_utils import Database

from schemas import RECORDS
from schemas.bundle import Records
from schemas.layout import SPAN, columns, links, span_of
from schemas.record import Dated, Record
from seed.tables import create, index
from seed.timeline import renew

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Change:
    """One record created, updated or deleted; `data` is the record after it, None where it is gone."""

    action: Action
    plural: str
    id: str
    bundle: str
    data: dict[str, Any] | None

    @cached_property
    def text(self) -> str | None:
        """The finished JSON of the record, None where it is gone."""
        return finished(self.data) if self.data is not None else None


@dataclass(frozen=True)
class Applied:
    """The revision at which the file now stands, and the changes that brought it there; none where nothing differed."""

    revision: int
    changes: list[Change]


class StillReferred(Exception):
    """A record that would be deleted is referred to by others."""


def finished(data: Mapping[str, Any]) -> str:
    """A record as it is stored: JSON in UTF-8, unescaped, without white space."""
    return orjson.dumps(data).decode()


def apply(db: Database, bundles: Mapping[str, Records]) -> Applied:
    """Make the file hold these bundles, by source id, and no other record of theirs; say what that changed.

    Nothing is written when nothing differs. The caller holds the transaction. StillReferred where a record that the
    bundles no longer hold is referred to from a bundle that is not given.
    """
    is_new = "revisions" not in db.table_names()
    if is_new:
        create(db)
    changes = [change for bundle, records in bundles.items() for change in _differences(db, bundle, records)]
    # A record that moves to another bundle is deleted from the one before it is created in the other.
    changes.sort(key=lambda change: change.action != "delete")
    if changes:
        revision = _next_revision(db, changes)
        for plural, record in RECORDS.items():
            _write(db, record, [change for change in changes if change.plural == plural], revision)
        _log(db, changes, revision)
        renew(db)
        if any(change.action == "delete" for change in changes):
            _check_references(db)
    if is_new:
        index(db)
    return Applied(db.execute("select coalesce(max(revision), 0) from revisions").fetchone()[0], changes)


def _differences(db: Database, bundle: str, records: Records) -> Iterable[Change]:
    for plural in RECORDS:
        stored = dict(db.execute(f'select id, record from "{plural}" where bundle = ?', [bundle]).fetchall())
        for data in records[plural]:
            before = stored.pop(data["id"], None)
            change = Change("create" if before is None else "update", plural, data["id"], bundle, data)
            if change.text != before:
                yield change
        for gone in stored:
            yield Change("delete", plural, gone, bundle, None)


def _next_revision(db: Database, changes: Iterable[Change]) -> int:
    before = db.execute("select digest from revisions order by revision desc limit 1").fetchone()
    digest = hashlib.sha256(before[0].encode() if before else b"")
    for change in changes:
        digest.update(json.dumps([change.action, change.plural, change.id, change.text]).encode())
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = {"recorded_at": now, "digest": digest.hexdigest()}
    return int(db.table("revisions").insert(row).last_pk)  # type: ignore[arg-type]


def _write(db: Database, record: type[Record], changes: list[Change], revision: int) -> None:
    table = record.plural
    replaced = [[change.id] for change in changes if change.action != "create"]
    for link in links(record):
        db.conn.executemany(f'delete from "{link.table}" where id = ?', replaced)
    deleted = [[change.id] for change in changes if change.action == "delete"]
    db.conn.executemany(f'delete from "{table}" where id = ?', deleted)
    held = [change for change in changes if change.data is not None]
    db.table(table).upsert_all((_row(record, change, revision) for change in held), pk="id")
    for link in links(record):
        db.table(link.table).insert_all(
            {"id": change.id, "ordinal": place, **{column.name: column.of(item) for column in link.columns}, **spanned}
            for change in held
            for spanned in [_spanned(record, change)]
            for place, item in enumerate((change.data or {})[link.name])
        )


def _row(record: type[Record], change: Change, revision: int) -> dict[str, Any]:
    own = {column.name: column.of(change.data) for column in columns(record)}
    return {**own, "bundle": change.bundle, "revision": revision, "record": change.text}


def _spanned(record: type[Record], change: Change) -> dict[str, str | None]:
    """The days that a record spans, as its lists repeat them."""
    return dict(zip(SPAN, span_of(change.data or {}), strict=True)) if issubclass(record, Dated) else {}


def _log(db: Database, changes: list[Change], revision: int) -> None:
    db.table("changes").insert_all(
        {
            "revision": revision,
            "ordinal": place,
            "action": change.action,
            "type": change.plural,
            "id": change.id,
            "record": change.text,
        }
        for place, change in enumerate(changes)
    )


def _check_references(db: Database) -> None:
    """Refuse by name what the commit would refuse as a whole."""
    dangling = db.execute("pragma foreign_key_check").fetchall()
    holders = {
        (table.partition("_")[0], db.execute(f'select id from "{table}" where rowid = ?', [row]).fetchone()[0], parent)
        for table, row, parent, _ in dangling
    }
    if holders:
        raise StillReferred(
            "\n".join(
                f"{plural}/{id} refers to one of the {parent} that would be gone."
                for plural, id, parent in sorted(holders)
            )
        )
