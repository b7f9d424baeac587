"""Which records refer to which: read off the references that the types declare."""

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
    """Records related to those of a type: their type, how to select them, and where they are listed."""

    plural: str
    pairs: str
    """SQL that gives (parent, child): the ids of the records at hand that stand in :ids, and of those related."""
    filter: str | None = None
    """The parameter of their list that selects those that refer to one record; None where they are referred to."""


@cache
def related(record: type[Record]) -> dict[str, Related]:
    """Everything related to a type by name: first what refers to it, then what it refers to."""
    return {**referrers(record), **dict(_references_out(record))}


@cache
def referrers(record: type[Record]) -> dict[str, Related]:
    """What refers to records of a type: a type's first list by its plural, further ones with the filter as well."""
    found: dict[str, Related] = {}
    for plural, other in RECORDS.items():
        for table, column, to in _references(other):
            if to == record.plural and column.filter:
                name = plural if plural not in found else f"{plural}_{column.filter}"
                found[name] = Related(plural, _pairs_sql(table, f'"{column.name}"', "id"), column.filter)
    return found


@cache
def record_lists(record: type[Record]) -> dict[str, tuple[str, str]]:
    """The lists of what belongs to a record of a type, by name: the type that is listed, and the parameter."""
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
    """Every column of a type that refers: its table, the column, and the type it refers to."""
    for table, held in tables(record).items():
        for column in held:
            if isinstance(column.field, Reference):
                yield table, column, column.field.to


def _pairs_sql(table: str, parent: str, child: str) -> str:
    values = VALUES.replace("{name}", "ids")
    return f'select distinct {parent} parent, {child} child from "{table}" where {parent} in {values}'
