"""Related records: which types refer to which, derived from the references in their declarations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from schemas import RECORDS
from schemas.filter_sql import json_values
from schemas.filters import AnyOf
from schemas.record import Record
from seed.storage.mapping import reference_columns


@dataclass(frozen=True)
class Relation:
    """A relation of a type to another: which records are related, and where they are listed."""

    plural: str
    """The related type."""
    pairs_sql: str
    """A SELECT of (parent, child): the records whose ids are bound as `:ids`, and the ids related to each."""
    filter: str | None = None
    """The parameter of the related type's list that selects those that refer to a record; None if it refers to them."""


@cache
def relations(record: type[Record]) -> dict[str, Relation]:
    """Return the relations of a type by name: first those of types that refer to it, then of those it refers to."""
    return {**referrers(record), **dict(_references_out(record))}


@cache
def referrers(record: type[Record]) -> dict[str, Relation]:
    """Return the relations of the types that refer to a type.

    The first relation of each is named after the type, further ones after the type and the filter.
    """
    relations: dict[str, Relation] = {}
    for plural, other in RECORDS.items():
        for table, column, to in reference_columns(other):
            if to == record.plural and column.filter:
                name = plural if plural not in relations else f"{plural}_{column.filter}"
                relations[name] = Relation(plural, _pairs_sql(table, f'"{column.name}"', "id"), column.filter)
    return relations


@cache
def record_lists(record: type[Record]) -> dict[str, tuple[str, str]]:
    """Return the lists that a record of a type links to, by name: the listed type and the parameter for its id."""
    direct = {
        name: (relation.plural, relation.filter) for name, relation in referrers(record).items() if relation.filter
    }
    indirect = {
        plural: (plural, name)
        for plural, other in RECORDS.items()
        for name, filter in other.filters.items()
        if isinstance(filter, AnyOf) and filter.to == record.plural
    }
    return {**direct, **indirect}


def _references_out(record: type[Record]) -> Iterator[tuple[str, Relation]]:
    for table, column, to in reference_columns(record):
        place = table.removeprefix(record.plural).removeprefix("_")
        name = "_".join(filter(None, (place, *column.path)))
        yield name, Relation(to, _pairs_sql(table, "id", f'"{column.name}"'))


def _pairs_sql(table: str, parent: str, child: str) -> str:
    return f'select distinct {parent} parent, {child} child from "{table}" where {parent} in {json_values("ids")}'
