"""The life of a record after it was loaded: withdraw, rename and merge, each in one transaction.

References follow a renamed or merged record. What results is validated by the rules that bundles are validated by.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.references import redirect
from seed.batches import batches
from seed.errors import CHOOSE_ACCOUNT
from seed.reference_errors import reference_errors
from seed.storage.mapping import singular
from seed.storage.references import ACCOUNT_TYPES, RecordRef
from seed.storage.referrers import StoredRecord, read_bundle, read_record, read_referrers
from seed.storage.retired_ids import Removal, current_id, find_retired, reused_ids
from seed.storage.sqlite_file import require_built, write_transaction
from seed.storage.stored_json import to_json
from seed.storage.tables import Action
from seed.storage.writer import BATCH_SIZE, Authorship, Change, Writer
from seed.validation import validate_record

MAX_SHOWN = 100
"""Number of errors that a message contains."""


class InvalidChange(Exception):
    """A change that cannot be made, with the reasons."""

    def __init__(self, errors: Iterable[str]) -> None:
        listed = list(errors)
        more = [f"… and {len(listed) - MAX_SHOWN} more"] if len(listed) > MAX_SHOWN else []
        super().__init__("\n".join([*listed[:MAX_SHOWN], *more]))


class StillReferenced(InvalidChange):
    """A removal of a record to which others refer: pairs of a referrer and what it refers to."""

    def __init__(self, ref: RecordRef, referrers: list[tuple[RecordRef, RecordRef]]) -> None:
        self.ref, self.referrers = ref, referrers
        detail = f"{_name(ref)} cannot be removed while other records refer to it. Withdraw or change these first:"
        super().__init__([detail, *(f"{_name(one)} refers to {_name(target)}" for one, target in referrers)])


class Revision(NamedTuple):
    """What a change did: the revision, the number of changes by action, and the bundles in which they are."""

    number: int
    changes: Mapping[Action, int]
    bundles: list[str]


class Edit(NamedTuple):
    """A record to be written, new or not."""

    record: StoredRecord
    is_new: bool = False


def withdraw(database: Path, ref: RecordRef, authorship: Authorship) -> Revision:
    """Delete a record, or a source with all that its bundle gave. Raise InvalidChange if others refer to it."""
    with open_built(database) as db:
        return withdraw_in(db, ref, authorship)


def withdraw_in(db: Database, ref: RecordRef, authorship: Authorship) -> Revision:
    """Withdraw a record in the caller's transaction. Raise InvalidChange; StillReferenced if others refer to it."""
    _require(db, ref)
    targets = list(read_bundle(db, ref.id)) if ref.plural == "sources" else [ref]
    require_no_referrers(db, ref, targets)
    removed = filter(None, (read_record(db, target) for target in targets))
    return write_revision(db, authorship, [remove(record, Removal("withdrawn")) for record in removed], ())


def rename(database: Path, ref: RecordRef, new: str, authorship: Authorship) -> Revision:
    """Give a record another id, to which all references lead from then on. Raise InvalidChange if it is not free."""
    with open_built(database) as db:
        return rename_in(db, ref, new, authorship)


def rename_in(db: Database, ref: RecordRef, new: str, authorship: Authorship) -> Revision:
    """Rename a record in the caller's transaction. Raise InvalidChange."""
    record = _require(db, ref)
    _require_free(db, ref, new)
    renamed = record._replace(ref=RecordRef(ref.plural, new), data=record.data | {"id": new})
    created = Edit(redirect_record(renamed, ref, new), is_new=True)
    return write_revision(
        db, authorship, [remove(record, Removal("renamed", new))], chain([created], _followers(db, ref, new))
    )


def merge(database: Path, ref: RecordRef, into: str, authorship: Authorship) -> Revision:
    """Delete a record that is the same as another of its type, to which all references lead from then on.

    Raise InvalidChange if they cannot.
    """
    with open_built(database) as db:
        return merge_in(db, ref, into, authorship)


def merge_in(db: Database, ref: RecordRef, into: str, authorship: Authorship) -> Revision:
    """Merge a record into another in the caller's transaction. Raise InvalidChange."""
    record = _require(db, ref)
    _require(db, RecordRef(ref.plural, into))
    if into == ref.id:
        raise InvalidChange([f"{_name(ref)} is the same record. Name another one."])
    if ref.plural == "sources":
        raise InvalidChange([f"{_name(ref)} has paragraphs of its own, which records cite. Withdraw it instead."])
    return write_revision(db, authorship, [remove(record, Removal("merged", into))], _followers(db, ref, into))


@contextmanager
def open_built(database: Path) -> Iterator[Database]:
    """Open a transaction on a database that exists. Raise DatabaseUnavailable if it does not."""
    require_built(database)
    with write_transaction(database) as db:
        yield db


def _require(db: Database, ref: RecordRef) -> StoredRecord:
    """Return a record. Raise InvalidChange if it does not exist."""
    if record := read_record(db, ref):
        return record
    retired = find_retired(db, ref.plural, [ref.id]).get(ref.id)
    raise InvalidChange([str(retired or f"There is no {singular(ref.plural)} {ref.id!r}.")])


def require_no_referrers(db: Database, ref: RecordRef, targets: list[RecordRef]) -> None:
    """Raise StillReferenced if other records refer to some that are to be removed."""
    removed = set(targets)
    referrers = [pair for pair in read_referrers(db, removed) if pair[0] not in removed]
    if referrers:
        raise StillReferenced(ref, referrers)


def _require_free(db: Database, ref: RecordRef, new: str) -> None:
    """Raise InvalidChange if an id is in use, or retired and not one that the record had before."""
    if new == ref.id:
        raise InvalidChange([f"{_name(ref)} has this id already. Choose a different one."])
    if read_record(db, RecordRef(ref.plural, new)):
        or_merge = "" if ref.plural == "sources" else ", or merge one into the other"
        raise InvalidChange([f"There is already a {singular(ref.plural)} {new!r}. Choose a different id{or_merge}."])
    retired = find_retired(db, ref.plural, [new]).get(new)
    if retired and current_id(db, ref.plural, new) != ref.id:
        raise InvalidChange([f"{retired} Choose a different id."])
    for other in ACCOUNT_TYPES if ref.plural in ACCOUNT_TYPES else ():
        if other != ref.plural and (taken := find_retired(db, other, [new]).get(new)):
            raise InvalidChange([f"{taken} {CHOOSE_ACCOUNT}"])


def _followers(db: Database, ref: RecordRef, new: str) -> Iterator[Edit]:
    """Yield the records that refer to another, or belong to its bundle if it is a source, with its new id."""
    followers = dict.fromkeys(one for one, _ in read_referrers(db, {ref}))
    if ref.plural == "sources":
        followers |= dict.fromkeys(read_bundle(db, ref.id))
    for record in filter(None, (read_record(db, one) for one in followers if one != ref)):
        yield Edit(redirect_record(record, ref, new))


def redirect_record(record: StoredRecord, ref: RecordRef, new: str) -> StoredRecord:
    """Return a record that refers to another by its new id, and is in its bundle if it is a source."""
    bundle = new if ref == RecordRef("sources", record.bundle) else record.bundle
    return record._replace(bundle=bundle, data=redirect(record.ref.plural, record.data, ref, new))


def write_revision(
    db: Database,
    authorship: Authorship,
    removals: Iterable[Change],
    edits: Iterable[Edit],
    returning: Collection[RecordRef] = (),
) -> Revision:
    """Write a revision. Raise InvalidChange if a record, or what it refers to, is invalid.

    `returning` are new records that were there before: they alone may have a retired id, their own.
    """
    writer = Writer(db, authorship)
    errors: list[str] = []
    changes = chain(removals, (_change(edit, errors) for edit in edits))
    for batch in batches(changes, BATCH_SIZE):
        if not errors:
            writer.apply(batch)
    if not errors:
        result = writer.finish()
        errors += (f"After the change, {error}" for error in reference_errors(db, None))
        reused = (one for one in reused_ids(db, result.revision) if one not in returning)
        errors += (f"{_name(one)} has an id that is retired." for one in reused)
    if errors:
        raise InvalidChange(errors)
    bundles = db.execute("select distinct source from changes where revision = ? order by 1", [result.revision])
    return Revision(result.revision, result.changes, [source for (source,) in bundles])


def _change(edit: Edit, errors: list[str]) -> Change:
    """Return the change that writes a record, and add what is wrong with the record to the errors."""
    (plural, id), bundle, data = edit.record
    record, found = validate_record(plural, {name: data[name] for name in RECORDS[plural].written()})
    errors += (f"{_name(edit.record.ref)} at {error}" for error in found)
    return Change("create" if edit.is_new else "update", plural, id, bundle, record, to_json(record))


def remove(record: StoredRecord, removal: Removal | None) -> Change:
    """Return the change that deletes a record; without a removal, another bundle has it from then on."""
    return Change("delete", *record.ref, record.bundle, removal=removal)


def _name(ref: RecordRef) -> str:
    return f"{ref.plural}/{ref.id}"
