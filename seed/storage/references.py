"""References between stored records, checked in SQL after a load."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import Reference
from schemas.record import Cited
from seed.storage.mapping import tables


class RecordRef(NamedTuple):
    """Type and id of a record."""

    plural: str
    id: str


class DanglingReference(NamedTuple):
    """Reference to a record that does not exist."""

    holder: RecordRef
    target: RecordRef


def dangling_references(db: Database, changed_in: int | None) -> Iterator[DanglingReference]:
    """Yield the dangling references of records changed in a revision, or of all."""
    for plural, table, column, to in reference_columns():
        missing = f'r."{column}" is not null and not exists (select 1 from "{to}" other where other.id = r."{column}")'
        if changed_in is None:
            # Many rows refer to few targets: look each target up once.
            few = f'select r."{column}" from (select distinct "{column}" from "{table}") r where {missing}'
            missing = f'r."{column}" in ({few})'
        else:
            missing += f" and {_changed(plural)}"
        for id, absent in db.execute(
            f'select r.id, r."{column}" from "{table}" r where {missing}', _parameters(changed_in)
        ):
            yield DanglingReference(RecordRef(plural, id), RecordRef(to, absent))


def paragraphs_out_of_range(db: Database, changed_in: int | None) -> Iterator[RecordRef]:
    """Yield the records that cite a paragraph their source does not have, of those changed in a revision, or of all."""
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            beyond = f'from "{plural}_citations" r join sources s on s.id = r.source where r.paragraph > s.paragraphs'
            if changed_in is not None:
                beyond += f" and ({_changed(plural)} or {_changed('sources', 's')})"
            for (id,) in db.execute(f"select distinct r.id {beyond}", _parameters(changed_in)):
                yield RecordRef(plural, id)


@cache
def reference_columns() -> list[tuple[str, str, str, str]]:
    """Return every column with references: its type, table, name, and the type it refers to."""
    return [
        (plural, table, column.name, column.field.to)
        for plural, record in RECORDS.items()
        for table, columns in tables(record).items()
        for column in columns
        if isinstance(column.field, Reference)
    ]


def _changed(plural: str, table: str = "r") -> str:
    return f"{table}.id in (select id from changes where revision = :revision and type = '{plural}')"


def _parameters(changed_in: int | None) -> dict[str, int | None]:
    return {"revision": changed_in}
