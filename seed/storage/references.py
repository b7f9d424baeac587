"""Whether what the file refers to is there, asked of the file itself when all is written."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.fields import Reference
from schemas.record import Cited
from seed.storage.mapping import tables


class RecordRef(NamedTuple):
    """Which record it is."""

    plural: str
    id: str


class DanglingReference(NamedTuple):
    """A record that refers to one that is not there."""

    holder: RecordRef
    target: RecordRef


def dangling_references(db: Database, changed_in: int | None) -> Iterator[DanglingReference]:
    """The references that lead nowhere, of the records changed in a revision, or of all."""
    for plural, table, column, to in _references():
        missing = f'r."{column}" is not null and not exists (select 1 from "{to}" other where other.id = r."{column}")'
        if changed_in is None:
            # Many refer to few: each is looked for once.
            few = f'select r."{column}" from (select distinct "{column}" from "{table}") r where {missing}'
            missing = f'r."{column}" in ({few})'
        else:
            missing += f" and {_changed(plural)}"
        for id, absent in db.execute(
            f'select r.id, r."{column}" from "{table}" r where {missing}', _parameters(changed_in)
        ):
            yield DanglingReference(RecordRef(plural, id), RecordRef(to, absent))


def paragraphs_out_of_range(db: Database, changed_in: int | None) -> Iterator[RecordRef]:
    """The records that cite a paragraph that their source does not have, of those changed in a revision, or of all."""
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            beyond = f'from "{plural}_citations" r join sources s on s.id = r.source where r.paragraph > s.paragraphs'
            if changed_in is not None:
                beyond += f" and ({_changed(plural)} or {_changed('sources', 's')})"
            for (id,) in db.execute(f"select distinct r.id {beyond}", _parameters(changed_in)):
                yield RecordRef(plural, id)


@cache
def _references() -> list[tuple[str, str, str, str]]:
    """Every column that refers: its type, its table, itself, and the type it refers to."""
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
