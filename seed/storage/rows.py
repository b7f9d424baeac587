"""Rows of a record: the statements that write and read them, and their values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from schemas.record import Dated, Record
from seed.storage.mapping import DATE_BOUNDS, Column, ListTable, columns, date_bounds, list_tables

Row = tuple[Any, ...]
EXTRA_COLUMNS = ("bundle", "revision", "record")
"""Columns of a type's table next to the record's fields."""


@dataclass(frozen=True)
class LinkRows:
    """Rows of one list of a record."""

    name: str
    insert: str
    delete: str
    select: str
    """SELECT for the records whose ids are bound as one JSON array, in the order of writing."""
    values: Callable[[Any], Row]
    dated: bool

    def of(self, data: dict[str, Any]) -> Iterator[Row]:
        """Yield a row per item: record id, position, columns of the item, and date bounds."""
        span = date_bounds(data) if self.dated else ()
        for place, item in enumerate(data[self.name]):
            yield (data["id"], place, *self.values(item), *span)


@dataclass(frozen=True)
class RecordRows:
    """Row of a record in its type's table, and the rows of its lists."""

    upsert: str
    delete: str
    select: str
    """SELECT for all records with their extra columns, in key order."""
    values: Callable[[Any], Row]
    links: tuple[LinkRows, ...]


@cache
def row_mapping(record: type[Record]) -> RecordRows:
    """Return the row mapping of a type."""
    own = columns(record)
    names = [*(column.name for column in own), *EXTRA_COLUMNS]
    kept = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    dated = issubclass(record, Dated)
    span = DATE_BOUNDS if dated else ()
    linked = tuple(
        _link_rows(link, ["id", "ordinal", *(column.name for column in link.columns), *span], dated)
        for link in list_tables(record)
    )
    upsert = f"{_insert(record.plural, names)} on conflict (id) do update set {kept}"
    select = f"{_select(record.plural, names)} order by key"
    return RecordRows(upsert, f'delete from "{record.plural}" where id = ?', select, _values(own), linked)


def _link_rows(link: ListTable, names: Sequence[str], dated: bool) -> LinkRows:
    these = "where id in (select value from json_each(?)) order by id, ordinal"
    return LinkRows(
        link.name,
        _insert(link.table, names),
        f'delete from "{link.table}" where id = ?',
        f"{_select(link.table, names)} {these}",
        _values(link.columns),
        dated,
    )


def _select(table: str, names: Sequence[str]) -> str:
    return f'select {_column_list(names)} from "{table}"'


def _insert(table: str, names: Sequence[str]) -> str:
    return f'insert into "{table}" ({_column_list(names)}) values ({", ".join("?" * len(names))})'


def _column_list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _values(held: Sequence[Column]) -> Callable[[Any], Row]:
    """Return a function that reads the values of columns; a plain itemgetter if possible."""
    if len(held) > 1 and all(column.simple for column in held):
        return itemgetter(*(column.path[0] for column in held))
    return lambda item: tuple([column.of(item) for column in held])
