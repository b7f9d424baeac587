"""Indexes for every filter and sort of a type's list, derived from its declaration.

The index of a filter continues with the default sort, so that a page can be read from its start, and then with all
other filterable columns, so that matches can be counted from the index alone.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.fields import Reference
from schemas.record import Dated, Record
from seed.storage.mapping import DATE_BOUNDS, Column, columns, default_sort, list_tables, sortable


class Index(NamedTuple):
    """Index of a table over columns, in order."""

    table: str
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name of the index."""
        return f"{self.table}_by_{'_'.join(self.columns[:2])}"


def indexes(record: type[Record]) -> Iterator[Index]:
    """Yield the indexes of a type's table and of its list tables."""
    order = sortable(record)[default_sort(record)]
    last = DATE_BOUNDS[1:] if issubclass(record, Dated) else ()
    own = [column.name for column in columns(record) if column.name != "id" and _is_filterable(column)]
    for name in dict.fromkeys((order, *own)):
        yield Index(record.plural, _distinct((name, order, "id", *last, *own)))
    for name in sorted(set(sortable(record).values()) - {"id", order}):
        yield Index(record.plural, (name, "id"))
    if record.stored:  # others are never read by bundle
        yield Index(record.plural, ("bundle", "id"))
    for link in list_tables(record):
        listed = [column.name for column in link.columns if _is_filterable(column)]
        first = DATE_BOUNDS[:1] if last else ()
        yield from (Index(link.table, _distinct((name, *first, "id", *last, *listed))) for name in listed)


def _is_filterable(column: Column) -> bool:
    return bool(column.filter) or isinstance(column.field, Reference)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
