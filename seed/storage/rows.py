"""Rows of a record: the statements that write and read them, and their values."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from schemas.record import Dated, Record
from schemas.word_forms import search_forms
from seed.storage.collation import sort_key
from seed.storage.mapping import (
    DATE_BOUNDS,
    REPEATS,
    SEARCH_FORMS,
    Column,
    ListTable,
    columns,
    date_bounds,
    fts_columns,
    list_tables,
    searched_texts,
    sort_column,
)

Row = tuple[Any, ...]
EXTRA_COLUMNS = ("bundle", "revision", "record", "derived", "original")
"""Columns of a type's table next to the record's fields."""


@dataclass(frozen=True)
class LinkRows:
    """Rows of one list of a record."""

    name: str
    insert: str
    delete: str
    values: Callable[[Any], Row]
    dated: bool
    actor: int | None
    """The place of the party in the columns of an item, if several items may name the same one."""

    def rows(self, data: dict[str, Any]) -> Iterator[Row]:
        """Yield a row per item: record id, position, columns of the item, date bounds, and REPEATS."""
        items = data[self.name]
        if not items:
            return
        bounds = date_bounds(data) if self.dated else ()
        actors = set()
        for position, item in enumerate(items):
            values = self.values(item)
            if self.actor is None:
                yield (data["id"], position, *values, *bounds)
            else:
                actor = values[self.actor]
                yield (data["id"], position, *values, *bounds, 1 if actor in actors else None)
                actors.add(actor)


@dataclass(frozen=True)
class RecordRows:
    """Row of a record in its type's table, and the rows of its lists."""

    upsert: str
    keep_key: str
    """Keeps the key of a record in the temporary table `deleted`."""
    delete: str
    values: Callable[[Any], Row]
    links: tuple[LinkRows, ...]


@cache
def row_mapping(record: type[Record]) -> RecordRows:
    """Return the row mapping of a type."""
    own = [column for column in columns(record) if not column.derived]
    computed = (sort_column(record), *([SEARCH_FORMS] * bool(fts_columns(record))))
    names = [*(column.name for column in own), *computed, *EXTRA_COLUMNS]
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    bounds = DATE_BOUNDS if issubclass(record, Dated) else ()
    links = tuple(_link_rows(link, bounds) for link in list_tables(record) if not link.derived)
    upsert = f"{_insert(record.plural, names)} on conflict (id) do update set {updates}"
    keep_key = f"insert into deleted select '{record.plural}', key from \"{record.plural}\" where id = ?"
    delete = f'delete from "{record.plural}" where id = ?'
    return RecordRows(upsert, keep_key, delete, _with_computed(record, _values(own)), links)


def _link_rows(link: ListTable, bounds: Sequence[str]) -> LinkRows:
    names = [column.name for column in link.columns]
    return LinkRows(
        link.name,
        _insert(link.table, ["id", "ordinal", *names, *bounds, *[REPEATS] * link.may_repeat_actor]),
        f'delete from "{link.table}" where id = ?',
        _values(link.columns),
        bool(bounds),
        names.index(str(link.actor)) if link.may_repeat_actor else None,
    )


def _insert(table: str, names: Sequence[str]) -> str:
    return f'insert into "{table}" ({_column_list(names)}) values ({", ".join("?" * len(names))})'


def _column_list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _with_computed(record: type[Record], values: Callable[[Any], Row]) -> Callable[[Any], Row]:
    """Return a function that adds the sort key of the label and the forms for search to the values of a record."""
    if not fts_columns(record):
        return lambda data: (*values(data), sort_key(data[record.label]))
    return lambda data: (
        *values(data),
        sort_key(data[record.label]),
        search_forms(filter(None, searched_texts(record, data))),
    )


def _values(columns: Sequence[Column]) -> Callable[[Any], Row]:
    """Return a function that reads the values of columns; a plain itemgetter if possible."""
    if len(columns) > 1 and all(column.simple for column in columns):
        return itemgetter(*(column.path[0] for column in columns))
    getters = [itemgetter(column.path[0]) if column.simple else column.of for column in columns]
    return lambda item: tuple([get(item) for get in getters])
