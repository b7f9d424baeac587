"""Stored records and their referrers, as their own bundles have them: without the additions of other bundles."""

import json
from collections.abc import Iterator, Set
from typing import Any, NamedTuple

import msgspec.json
from sqlite_utils import Database

from schemas import RECORDS
from schemas.references import references
from seed.storage.references import RecordRef, all_reference_columns
from seed.storage.tables import OWN_JSON


class StoredRecord(NamedTuple):
    """A record as its own bundle has it."""

    ref: RecordRef
    bundle: str
    data: dict[str, Any]


def read_record(db: Database, ref: RecordRef) -> StoredRecord | None:
    """Return a record, or None if it does not exist."""
    select = f'select bundle, {OWN_JSON} from "{ref.plural}" where id = ?'
    row = db.execute(select, [ref.id]).fetchone()
    return StoredRecord(ref, row[0], msgspec.json.decode(row[1])) if row else None


def read_bundle(db: Database, source: str) -> Iterator[RecordRef]:
    """Yield type and id of every record of a bundle."""
    for plural in RECORDS:
        for (id,) in db.execute(f'select id from "{plural}" where bundle = ? order by key', [source]).fetchall():
            yield RecordRef(plural, id)


def read_referrers(db: Database, targets: Set[RecordRef]) -> Iterator[tuple[RecordRef, RecordRef]]:
    """Yield every record that refers to any of the targets, with the first target that it refers to."""
    for ref in _candidates(db, targets):
        record = read_record(db, ref)
        found = (RecordRef(one.plural, one.id) for one in references(ref.plural, record.data if record else {}))
        if target := next((one for one in found if one in targets), None):
            yield ref, target


def _candidates(db: Database, targets: Set[RecordRef]) -> list[RecordRef]:
    """Return the records that refer to the targets, directly or through their additions or derived fields."""
    candidates: dict[RecordRef, None] = {}
    for plural, table, column, to in all_reference_columns():
        if ids := [id for type, id in targets if type == to]:
            select = (
                f'select distinct id from "{table}" where "{column}" in (select value from json_each(?)) order by id'
            )
            candidates |= dict.fromkeys(RecordRef(plural, id) for (id,) in db.execute(select, [json.dumps(ids)]))
    return list(candidates)
