"""Indexes for every filter and sort of a type's list, derived from its declaration.

The index of a filter continues with the default sort, so that a page can be read from its start, and then with all
other filterable columns, so that matches can be counted from the index alone. For a date range, the few records with
a wide date have a separate index: all others are in the range if their `day` is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.fields import Reference
from schemas.record import Dated, Record
from seed.storage.mapping import DATE_BOUNDS, REPEATS, Column, columns, default_sort, list_tables, sortable


class Index(NamedTuple):
    """Index of a table over columns, in order."""

    table: str
    columns: tuple[str, ...]
    is_wide: bool = False
    """Whether it contains only the records with a wide date."""

    @property
    def name(self) -> str:
        """Return the name of the index."""
        return f"{self.table}{'_wide' * self.is_wide}_by_{'_'.join(self.columns[:2])}"

    @property
    def sql(self) -> str:
        """Return the SQL that creates the index. Why not `create_index` of sqlite-utils: it has no WHERE."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        return f'create index "{self.name}" on "{self.table}" ({columns})' + f" where {wide_date()}" * self.is_wide


def wide_date(prefix: str = "") -> str:
    """Return the SQL condition for a wide date, which starts before `day` or ends after it.

    `prefix` is the alias of the table with a dot. SQLite uses the index only for the same condition.
    """
    return f"({prefix}starts = '' or {prefix}ends is not null)"


def indexes(record: type[Record]) -> Iterator[Index]:
    """Yield the indexes of a type's table and of its list tables."""
    order = sortable(record)[default_sort(record)]
    last = DATE_BOUNDS[1:] if issubclass(record, Dated) else ()
    own = [column.name for column in columns(record) if column.name != "id" and _is_filterable(column)]
    for name in dict.fromkeys((order, *own)):
        yield Index(record.plural, _distinct((name, order, "id", *last, *own)))
    for name in sorted(set(sortable(record).values()) - {"id", order}):
        yield Index(record.plural, (name, "id"))
    if last:
        yield Index(record.plural, (order, "id", *last), is_wide=True)
    if record.stored:  # others are never read by bundle
        yield Index(record.plural, ("bundle", "id"))
    for link in list_tables(record):
        listed = [column.name for column in link.columns if _is_filterable(column)]
        first = DATE_BOUNDS[:1] if last else ()
        repeats = [REPEATS] * link.may_repeat_actor
        for name in listed:
            yield Index(
                link.table, _distinct((name, *first, "id", *last, *listed, *(repeats if name == link.actor else ())))
            )
        if last and link.actor:
            yield Index(link.table, (link.actor, *first, "id", *last, *repeats), is_wide=True)


def _is_filterable(column: Column) -> bool:
    return bool(column.filter) or isinstance(column.field, Reference)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
