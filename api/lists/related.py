"""Relations between record types, derived from their references."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from schemas import RECORDS
from schemas.fields import Reference
from schemas.filters import VALUES, AnyOf
from schemas.record import Record
from seed.storage.mapping import Column, tables


@dataclass(frozen=True)
class Related:
    """Related records: their type, how to select them, and the filter that lists them."""

    plural: str
    pairs: str
    """SQL that returns (parent, child) pairs for the parents in :ids."""
    filter: str | None = None
    """Filter of the related type's list, or None if the record itself holds the reference."""


@cache
def related(record: type[Record]) -> dict[str, Related]:
    """Return everything related to a type by name: referrers first, then what it refers to."""
    return {**referrers(record), **dict(_references_out(record))}


@cache
def referrers(record: type[Record]) -> dict[str, Related]:
    """Return what refers to a type: the first list of a type by its plural, others with the filter's name added."""
    found: dict[str, Related] = {}
    for plural, other in RECORDS.items():
        for table, column, to in _references(other):
            if to == record.plural and column.filter:
                name = plural if plural not in found else f"{plural}_{column.filter}"
                found[name] = Related(plural, _pairs_sql(table, f'"{column.name}"', "id"), column.filter)
    return found


@cache
def record_lists(record: type[Record]) -> dict[str, tuple[str, str]]:
    """Return the lists that belong to a record, by name: the listed type and the filter."""
    direct = {name: (kin.plural, kin.filter) for name, kin in referrers(record).items() if kin.filter}
    further = {
        plural: (plural, name)
        for plural, other in RECORDS.items()
        for name, field in other.filters.items()
        if isinstance(field, AnyOf) and field.to == record.plural
    }
    return {**direct, **further}


def _references_out(record: type[Record]) -> Iterator[tuple[str, Related]]:
    for table, column, to in _references(record):
        place = table.removeprefix(record.plural).removeprefix("_")
        name = "_".join(filter(None, (place, *column.path)))
        yield name, Related(to, _pairs_sql(table, "id", f'"{column.name}"'))


def _references(record: type[Record]) -> Iterator[tuple[str, Column, str]]:
    """Yield every column that holds a reference: its table, the column, and the type it refers to."""
    for table, held in tables(record).items():
        for column in held:
            if isinstance(column.field, Reference):
                yield table, column, column.field.to


def _pairs_sql(table: str, parent: str, child: str) -> str:
    values = VALUES.replace("{name}", "ids")
    return f'select distinct {parent} parent, {child} child from "{table}" where {parent} in {values}'
