"""Mapping of a record's fields to tables and columns, derived from its declaration.

A plain field is a column. A nested object is a column per field, `place_name` for `name` in `place`. A list of
references, accounts or objects is a table of its own, `events_participants`, with one row per item. A list of plain
values is one column with its items joined by ` | `.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeGuard

from marshmallow import fields

from schemas import RECORDS
from schemas.derived import derived_fields
from schemas.fields import AccountId, Code, PositiveInteger, Reference, StrictBoolean, VocabularyTerm
from schemas.record import Dated, Record

SEPARATOR = " | "
DATE_BOUNDS = ("day", "starts", "ends")
"""Columns of a dated type for sorting and for range filters; null if there is no date.

`day`, by which lists are sorted, is the first day that is known: the last one if the start is open. `starts` and `ends`
are null if the date starts or ends on `day`, as most do, which saves a quarter of the file. Otherwise they are
`date_earliest` and `date_latest`, but an open end is "" or "~", which sort before and after every day. List tables
repeat these columns, so that they can be read in date order.
"""
REPEATS = "repeats"
"""The column of list tables that is 1 if an earlier item of the record names the same party, so that records are
counted without `distinct`."""
SEARCH_FORMS = "search_forms"
"""The column with the other forms of a record's texts, as `schemas.word_forms` returns them; null without any."""
TOKENIZER = "porter unicode61 remove_diacritics 2"
"""The FTS5 tokenizer. It ignores case and accents and stems English words, so that "suspended" matches "suspends".

Titles, summaries and notes are in English whatever the language of the source.
"""
TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Boolean, "integer"),
    (fields.Integer, "integer"),
    (fields.Float, "real"),
)
FILTERABLE = (VocabularyTerm, Code, StrictBoolean, PositiveInteger)
"""Field types that are filters by default; in a list, only those with `filter`."""


@dataclass(frozen=True)
class Column:
    """Column: name, SQLite type, field, and path from the record."""

    name: str
    type: str
    field: fields.Field[Any]
    path: tuple[str, ...]
    nullable: bool
    filter: str | None
    """Query parameter that filters by this column, or None."""
    derived: bool = False
    """Whether its value is derived after the record has been written."""

    @property
    def simple(self) -> bool:
        """Return whether the value is stored under one key as it is."""
        return len(self.path) == 1 and not isinstance(self.field, fields.List)

    def of(self, item: Any) -> Any:
        """Return the value in a record, or in an item of a list."""
        for step in self.path:
            item = item[step] if item is not None else None
        return SEPARATOR.join(item) if isinstance(item, list) else item


@dataclass(frozen=True)
class ListTable:
    """Table of a list: one row per item, by record id and position."""

    table: str
    name: str
    columns: tuple[Column, ...]
    field: fields.List[Any]
    derived: bool = False
    """Whether its rows are derived after the record has been written."""

    @property
    def actor(self) -> str | None:
        """The column with the party that acts, or None."""
        names = (
            column.name for column in self.columns if isinstance(column.field, Reference) and column.field.is_actor
        )
        return next(names, None)

    @property
    def may_repeat_actor(self) -> bool:
        """Whether several items of a record may name the same party: then REPEATS marks all but the first."""
        return self.actor is not None and len(self.columns) > 1


def date_bounds(data: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Return the values of DATE_BOUNDS for a record."""
    if data["date"] is None:
        return None, None, None
    earliest, latest = data["date_earliest"], data["date_latest"]
    day, ends = earliest or latest, latest or "~"
    return day, None if earliest else "", None if ends == day else ends


def singular(plural: str) -> str:
    """Return the singular of a type's name, as used in keys that refer to it."""
    return re.sub(r"ies$", "y", plural).removesuffix("s")


@cache
def columns(record: type[Record]) -> tuple[Column, ...]:
    """Return the columns of a type's table."""
    derived = (replace(column, nullable=True, derived=True) for column in _columns(derived_fields(record)))
    return (*_columns(record.declared()), *derived)


@cache
def list_tables(record: type[Record]) -> tuple[ListTable, ...]:
    """Return the list tables of a type."""
    return tuple(
        ListTable(f"{record.plural}_{name}", name, tuple(_item_columns(name, field)), field, derived)
        for declared, derived in ((record.declared(), False), (derived_fields(record), True))
        for name, field in declared.items()
        if has_list_table(field)
    )


@cache
def stored_columns(record: type[Record]) -> tuple[Column, ...]:
    """Return the columns of the table of a type. The timeline has only those that filter and sort its entries."""
    if record.stored:
        return columns(record)
    return tuple(column for column in columns(record) if column.filter or column.name in ("date", "date_latest"))


@cache
def stored_lists(record: type[Record]) -> tuple[str, ...]:
    """Return the lists that the table of a type also stores as JSON: only the timeline has any."""
    return () if record.stored else tuple(link.name for link in list_tables(record))


def tables(record: type[Record]) -> dict[str, tuple[Column, ...]]:
    """Return the columns of every table of a type by name, its own table first."""
    return {record.plural: columns(record), **{link.table: link.columns for link in list_tables(record)}}


def reference_columns(record: type[Record]) -> Iterator[tuple[str, Column, str]]:
    """Yield every column of a type that is a reference: its table, the column, and the type it refers to."""
    for table, table_columns in tables(record).items():
        for column in table_columns:
            if isinstance(column.field, Reference):
                yield table, column, column.field.to


def has_list_table(field: fields.Field[Any]) -> TypeGuard[fields.List[Any]]:
    """Return whether a field is a list with its own table."""
    return isinstance(field, fields.List) and isinstance(field.inner, (Reference, AccountId, fields.Nested))


@cache
def searched_columns(record: type[Record]) -> tuple[Column, ...]:
    """Return the columns with the texts that are searched."""
    return tuple(column for column in columns(record) if column.field.metadata.get("search"))


@cache
def fts_columns(record: type[Record]) -> tuple[str, ...]:
    """Return the columns in the full-text index: the texts, and their other forms."""
    texts = tuple(column.name for column in searched_columns(record))
    return (*texts, SEARCH_FORMS) if record.stored and texts else ()


@cache
def searched_types() -> tuple[str, ...]:
    """Return the record types that have a full-text index."""
    return tuple(plural for plural, record in RECORDS.items() if fts_columns(record))


def searched_texts(record: type[Record], data: Mapping[str, Any]) -> list[str | None]:
    """Return the texts of a record that are searched, in the order of the columns."""
    return [column.of(data) for column in searched_columns(record)]


@cache
def sortable(record: type[Record]) -> dict[str, str]:
    """Return what a list can be sorted by, and the column for each."""
    names = {column.name: column.name for column in columns(record) if column.filter or column.name == record.label}
    dates = {"date": DATE_BOUNDS[0]} if issubclass(record, Dated) else {}
    return {**names, record.label: sort_column(record), **dates, "revision": "revision"}


def sort_column(record: type[Record]) -> str:
    """Return the column with the sort key of the label."""
    return f"{record.label}_sort"


def default_sort(record: type[Record]) -> str:
    """Return the default sort: the date, or the label."""
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
    elif isinstance(field.inner, AccountId):
        yield Column("account", "text", field.inner, (), False, field.metadata["filter"])
    elif isinstance(field.inner, fields.Nested):
        for column in _columns(field.inner.schema.fields):
            yield replace(column, filter=column.field.metadata.get("filter"))


def _filter(name: str, field: fields.Field[Any], path: tuple[str, ...]) -> str | None:
    default = name if isinstance(field, FILTERABLE) and not path else None
    named: str | None = field.metadata.get("filter")
    return named or default


def _type(field: fields.Field[Any]) -> str:
    return next((name for kind, name in TYPES if isinstance(field, kind)), "text")
