"""Undo of a revision: a new one that brings its records back to what they were before it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from schemas.references import references
from seed.life import Edit, InvalidChange, Revision, open_built, redirect_record, remove, write_revision
from seed.storage.references import RecordRef
from seed.storage.referrers import StoredRecord, read_record
from seed.storage.retired_ids import Removal, find_retired
from seed.storage.tables import CHANGES_SELECT
from seed.storage.writer import Authorship, Change, last_revision

STATE_SELECT = f"""
select action, source, record from ({CHANGES_SELECT}) where type = ? and id = ? and revision <= ?
order by revision desc, ordinal desc limit 1
"""
LATER_SELECT = """
select distinct later.type, later.id, later.revision from changes c
join changes later on (later.type, later.id) = (c.type, c.id) and later.revision > c.revision
where c.revision = ? order by later.type, later.id, later.revision
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
    """Undo a revision. Raise InvalidChange if its records were changed since, or what results is invalid."""
    with open_built(database) as db:
        return undo_in(db, revision, authorship)


def undo_in(db: Database, revision: int, authorship: Authorship) -> Revision:
    """Undo a revision in the caller's transaction. Raise InvalidChange.

    References of what returns follow the renames and merges since, as those of all other records did.
    """
    _require_content(db, revision)
    records = [
        Undone(ref, before, read_record(db, ref))
        for ref in _changed_records(db, revision)
        if (before := _read_state(db, ref, revision - 1)) != _read_state(db, ref, revision)
    ]
    records = _with_current_ids(db, records)
    _require_as_left(db, records, revision)
    old_ids = _old_ids(db, revision)
    removals = [change for one in records if (change := _removal(one, old_ids))]
    edits = [Edit(one.before, one.returns) for one in records if one.before and one.before != one.after]
    return write_revision(db, authorship, removals, edits, {one.ref for one in records if one.returns})


def _require_content(db: Database, revision: int) -> None:
    """Raise InvalidChange if there is no such revision, or one of its records was purged."""
    last = last_revision(db)
    if not 1 <= revision <= last:
        raise InvalidChange([f"There is no revision {revision}. The latest is {last}."])
    if purged := db.execute(PURGED_SELECT, [revision]).fetchall():
        advice = f"Revision {revision} cannot be undone, because the content of its records was purged:"
        raise InvalidChange([advice, *(f"{plural}/{id} in revision {number}" for plural, id, number in purged)])


def _require_as_left(db: Database, records: Iterable[Undone], revision: int) -> None:
    """Raise InvalidChange if a record is not as the revision left it, unless all are as they were before it."""
    if all(one.before == one.after for one in records):
        raise InvalidChange([f"Revision {revision} cannot be undone: its records are as they were before it."])
    if changed := list(_changed_since(db, records, revision)):
        advice = f"Revision {revision} cannot be undone, because its records were changed later. Undo that first:"
        raise InvalidChange([advice, *(f"{ref.plural}/{ref.id} in revision {number}" for ref, number in changed)])


def _changed_since(db: Database, records: Iterable[Undone], revision: int) -> Iterator[tuple[RecordRef, int]]:
    """Yield each record that is not as the revision left it, with the first revision that left it as it is now.

    Its latest revision may be an undo: to undo that would only bring back what is to be undone first.
    """
    later = defaultdict[RecordRef, list[int]](list)
    for plural, id, number in db.execute(LATER_SELECT, [revision]):
        later[RecordRef(plural, id)].append(number)
    for one in (one for one in records if one.ref in later):
        numbers = [revision, *later[one.ref]]
        first = next((number for number in numbers if _read_state(db, one.ref, number) == one.after), numbers[-1])
        if first != revision:
            yield one.ref, first


def _changed_records(db: Database, revision: int) -> Iterator[RecordRef]:
    """Yield each record that a revision changed, itself or by an addition, in the order of its changes."""
    select = "select type, id from changes where revision = ? group by type, id order by min(ordinal)"
    for row in db.execute(select, [revision]).fetchall():
        yield RecordRef(*row)


def _read_state(db: Database, ref: RecordRef, revision: int) -> StoredRecord | None:
    """Return a record as it was after a revision, or None if it did not exist."""
    row = db.execute(STATE_SELECT, [*ref, revision]).fetchone()
    return StoredRecord(ref, row[1], msgspec.json.decode(row[2])) if row and row[0] != "delete" else None


def _with_current_ids(db: Database, records: Sequence[Undone]) -> list[Undone]:
    """Return records that refer, as they were before, to what was renamed or merged since by its current id."""
    successors = _successors(db, records)
    return [one._replace(before=one.before and _follow(one.before, successors)) for one in records]


def _follow(record: StoredRecord, successors: Mapping[RecordRef, str]) -> StoredRecord:
    for ref in _targets(record) & successors.keys():
        record = redirect_record(record, ref, successors[ref])
    return record


def _successors(db: Database, records: Sequence[Undone]) -> dict[RecordRef, str]:
    """Return the targets of records that were renamed or merged, and do not return themselves, with the current id."""
    returning = {one.ref for one in records if one.returns}
    targets = set[RecordRef]().union(*(_targets(one.before) for one in records if one.before)) - returning
    retired = (
        one
        for plural in RECORDS
        for one in find_retired(db, plural, [ref.id for ref in targets if ref.plural == plural]).values()
    )
    return {
        RecordRef(one.plural, one.id): one.successor
        for one in retired
        if one.successor and read_record(db, RecordRef(one.plural, one.successor))
    }


def _targets(record: StoredRecord) -> set[RecordRef]:
    """Return what a record refers to, and the source of its bundle."""
    found = {RecordRef(one.plural, one.id) for one in references(record.ref.plural, record.data)}
    return found | {RecordRef("sources", record.bundle)}


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
