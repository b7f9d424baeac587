"""Where a record's fields are stored, read off its declaration.

A plain field is a column. A nested object is a column for each of its fields, `place_name` for the name in `place`.
A list of references or of objects is a table of its own, `events_participants`, with a row an item. A list of plain
values is one column, its items joined with ` | `.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeGuard

from marshmallow import fields

from schemas.fields import Code, PositiveInteger, Reference, StrictBoolean, VocabularyTerm
from schemas.record import Dated, Record

SEPARATOR = " | "
DATE_BOUNDS = ("starts", "ends")
"""The columns of a dated type that hold the days from which and to which its date may run.

As `date_earliest` and `date_latest`, but `""` and `"~"`, which come before and after every day, where the date is open;
null where there is none. The tables of its lists repeat them, so that a list can be read in the order of the dates.
"""
TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Boolean, "integer"),
    (fields.Integer, "integer"),
    (fields.Float, "real"),
)
FILTERABLE = (VocabularyTerm, Code, StrictBoolean, PositiveInteger)
"""The kinds of field that select records when they stand in the record itself; in a list, those that say so."""


@dataclass(frozen=True)
class Column:
    """A column: its name, its SQLite type, the field it holds, and how to get there from the record."""

    name: str
    type: str
    field: fields.Field[Any]
    path: tuple[str, ...]
    nullable: bool
    filter: str | None
    """The query parameter that selects by this column, None where there is none."""

    @property
    def simple(self) -> bool:
        """Whether its value is what stands under its one key, as it stands there."""
        return len(self.path) == 1 and not isinstance(self.field, fields.List)

    def of(self, item: Any) -> Any:
        """This column's value in a record, or in an item of a list."""
        for step in self.path:
            item = item[step] if item is not None else None
        return SEPARATOR.join(item) if isinstance(item, list) else item


@dataclass(frozen=True)
class ListTable:
    """The table of one list: a row an item, by the id of the record and the place in the list."""

    table: str
    name: str
    columns: tuple[Column, ...]
    field: fields.List[Any]


def date_bounds(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The values of SPAN for a record."""
    if data["date"] is None:
        return None, None
    return data["date_earliest"] or "", data["date_latest"] or "~"


def singular(plural: str) -> str:
    """What one record of a type is called, as a key that refers to it."""
    return re.sub(r"ies$", "y", plural).removesuffix("s")


@cache
def columns(record: type[Record]) -> tuple[Column, ...]:
    """The columns of the type's own table."""
    return tuple(_columns(record.declared()))


@cache
def list_tables(record: type[Record]) -> tuple[ListTable, ...]:
    """The tables of the type's lists."""
    return tuple(
        ListTable(f"{record.plural}_{name}", name, tuple(_item_columns(name, field)), field)
        for name, field in record.declared().items()
        if has_list_table(field)
    )


def tables(record: type[Record]) -> dict[str, tuple[Column, ...]]:
    """The columns of every table that holds the type, by its name: the type's own first, then those of its lists."""
    return {record.plural: columns(record), **{link.table: link.columns for link in list_tables(record)}}


def has_list_table(field: fields.Field[Any]) -> TypeGuard[fields.List[Any]]:
    """Whether a field is a list that has a table of its own."""
    return isinstance(field, fields.List) and isinstance(field.inner, (Reference, fields.Nested))


def fts_columns(record: type[Record]) -> tuple[str, ...]:
    """The columns whose text is searched."""
    return tuple(column.name for column in columns(record) if column.field.metadata.get("search"))


@cache
def sortable(record: type[Record]) -> dict[str, str]:
    """What a list can be sorted by, and the column that holds it."""
    names = {column.name: column.name for column in columns(record) if column.filter or column.name == record.label}
    return {**names, **({"date": "starts"} if issubclass(record, Dated) else {}), "revision": "revision"}


def default_sort(record: type[Record]) -> str:
    """The order of a list that is not asked for another: by date, or by what the records are called."""
    return "date" if issubclass(record, Dated) else record.label


def _columns(
    declared: Mapping[str, fields.Field[Any]], path: tuple[str, ...] = (), nullable: bool = False
) -> Iterator[Column]:
    for name, field in declared.items():
        here = (*path, name)
        optional = nullable or bool(field.allow_none) or field.dump_only
        if isinstance(field, fields.Nested):
            yield from _columns(field.schema.fields, here, optional)
        elif not has_list_table(field):
            yield Column("_".join(here), _type(field), field, here, optional, _filter(name, field, path))


def _item_columns(name: str, field: fields.List[Any]) -> Iterator[Column]:
    if isinstance(field.inner, Reference):
        yield Column(singular(field.inner.to), "text", field.inner, (), False, field.metadata.get("filter") or name)
    elif isinstance(field.inner, fields.Nested):
        for column in _columns(field.inner.schema.fields):
            yield replace(column, filter=column.field.metadata.get("filter"))


def _filter(name: str, field: fields.Field[Any], path: tuple[str, ...]) -> str | None:
    default = name if isinstance(field, FILTERABLE) and not path else None
    named: str | None = field.metadata.get("filter")
    return named or default


def _type(field: fields.Field[Any]) -> str:
    return next((name for kind, name in TYPES if isinstance(field, kind)), "text")
