"""How a record becomes rows: the statements that write them, and the values they take, in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from schemas.layout import SPAN, Column, columns, links, span_of
from schemas.record import Dated, Record

Row = tuple[Any, ...]
EXTRAS = ("bundle", "revision", "record")
"""What a type's own table holds beside the record's fields."""


@dataclass(frozen=True)
class LinkRows:
    """The rows of one list of a record."""

    name: str
    insert: str
    delete: str
    values: Callable[[Any], Row]
    dated: bool

    def of(self, data: dict[str, Any]) -> Iterator[Row]:
        """A row an item: the record's id, the place in the list, the item's columns, the days that the record spans."""
        span = span_of(data) if self.dated else ()
        for place, item in enumerate(data[self.name]):
            yield (data["id"], place, *self.values(item), *span)


@dataclass(frozen=True)
class RecordRows:
    """The row of a record in its type's own table, and those of its lists."""

    upsert: str
    delete: str
    values: Callable[[Any], Row]
    links: tuple[LinkRows, ...]


@cache
def rows_of(record: type[Record]) -> RecordRows:
    """How records of a type become rows."""
    own = columns(record)
    names = [*(column.name for column in own), *EXTRAS]
    kept = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    dated = issubclass(record, Dated)
    span = SPAN if dated else ()
    linked = tuple(
        LinkRows(
            link.name,
            _insert(link.table, ["id", "ordinal", *(column.name for column in link.columns), *span]),
            f'delete from "{link.table}" where id = ?',
            _values(link.columns),
            dated,
        )
        for link in links(record)
    )
    upsert = f"{_insert(record.plural, names)} on conflict (id) do update set {kept}"
    return RecordRows(upsert, f'delete from "{record.plural}" where id = ?', _values(own), linked)


def _insert(table: str, names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    return f'insert into "{table}" ({listed}) values ({", ".join("?" * len(names))})'


def _values(held: Sequence[Column]) -> Callable[[Any], Row]:
    """Gets the values of columns; in one step where each is simply a key of the item, as in most lists."""
    if len(held) > 1 and all(column.simple for column in held):
        return itemgetter(*(column.path[0] for column in held))
    return lambda item: tuple([column.of(item) for column in held])
