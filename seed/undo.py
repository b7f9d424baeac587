"""Undo of a revision: a new one that brings its records back to what they were before it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec.json
from sqlite_utils import Database

from seed.life import Edit, InvalidChange, Revision, open_built, remove, write_revision
from seed.storage.references import RecordRef
from seed.storage.referrers import StoredRecord, read_record
from seed.storage.retired_ids import Removal
from seed.storage.tables import CHANGES_SELECT
from seed.storage.writer import Authorship, Change, last_revision

BEFORE_SELECT = f"""
select action, source, record from ({CHANGES_SELECT}) where type = ? and id = ? and revision < ?
order by revision desc, ordinal desc limit 1
"""
LATER_SELECT = """
select later.type, later.id, min(later.revision) from changes c
join changes later on (later.type, later.id) = (c.type, c.id) and later.revision > c.revision
where c.revision = ? group by later.type, later.id order by later.type, later.id
"""
PURGED_SELECT = """
select distinct purge.type, purge.id, purge.revision from changes c
join changes purge on (purge.type, purge.id) = (c.type, c.id) and purge.removal = 'purged'
where c.revision = ? order by purge.type, purge.id
"""


class Undone(NamedTuple):
    """A record that a revision changed, as its bundle had it before and as it is; None if there was or is none."""

    ref: RecordRef
    before: StoredRecord | None
    after: StoredRecord | None

    @property
    def moved(self) -> bool:
        """Whether another bundle had it before."""
        return bool(self.before and self.after and self.before.bundle != self.after.bundle)

    @property
    def returns(self) -> bool:
        """Whether its bundle is to have it again."""
        return self.before is not None and (self.after is None or self.moved)


def undo(database: Path, revision: int, authorship: Authorship) -> Revision:
    """Undo a revision. Raise InvalidChange if a later one changed the same records, or what results is invalid."""
    with open_built(database) as db:
        return undo_in(db, revision, authorship)


def undo_in(db: Database, revision: int, authorship: Authorship) -> Revision:
    """Undo a revision in the caller's transaction. Raise InvalidChange."""
    _require_latest(db, revision)
    records = [_undone(db, ref, revision) for ref in _changed_records(db, revision)]
    old_ids = _old_ids(db, revision)
    removals = [change for one in records if (change := _removal(one, old_ids))]
    edits = [Edit(one.before, one.returns) for one in records if one.before and one.before != one.after]
    if not removals and not edits:
        raise InvalidChange([f"Revision {revision} changed nothing that could be undone: others added to its records."])
    return write_revision(db, authorship, removals, edits, {one.ref for one in records if one.returns})


def _require_latest(db: Database, revision: int) -> None:
    """Raise InvalidChange if there is no such revision, or a later one changed one of its records."""
    last = last_revision(db)
    if not 1 <= revision <= last:
        raise InvalidChange([f"There is no revision {revision}. The latest is {last}."])
    if purged := db.execute(PURGED_SELECT, [revision]).fetchall():
        advice = f"Revision {revision} cannot be undone, because the content of its records was purged:"
        raise InvalidChange([advice, *(f"{plural}/{id} in revision {number}" for plural, id, number in purged)])
    later = db.execute(LATER_SELECT, [revision]).fetchall()
    if later:
        advice = f"Revision {revision} cannot be undone, because its records were changed later. Undo that first:"
        raise InvalidChange([advice, *(f"{plural}/{id} in revision {number}" for plural, id, number in later)])


def _changed_records(db: Database, revision: int) -> Iterator[RecordRef]:
    """Yield each record that a revision changed, in the order of its changes."""
    select = "select type, id from changes where revision = ? group by type, id order by min(ordinal)"
    for row in db.execute(select, [revision]).fetchall():
        yield RecordRef(*row)


def _undone(db: Database, ref: RecordRef, revision: int) -> Undone:
    row = db.execute(BEFORE_SELECT, [*ref, revision]).fetchone()
    existed = row and row[0] != "delete"
    before = StoredRecord(ref, row[1], msgspec.json.decode(row[2])) if existed else None
    return Undone(ref, before, read_record(db, ref))


def _old_ids(db: Database, revision: int) -> dict[RecordRef, str]:
    """Return the records to which a revision gave another id, with the one that they had before."""
    select = "select type, successor, id from changes where revision = ? and removal = 'renamed'"
    return {RecordRef(plural, new): old for plural, new, old in db.execute(select, [revision])}


def _removal(one: Undone, old_ids: dict[RecordRef, str]) -> Change | None:
    """Return the deletion of a record that the revision created, or moved from another bundle."""
    if one.after is None:
        return None
    if one.moved:
        return remove(one.after, None)
    if one.before:
        return None
    return remove(one.after, Removal("renamed", old_ids[one.ref]) if one.ref in old_ids else Removal("withdrawn"))
