"""The filters of a record type, derived from its declaration."""

from collections.abc import Iterator
from functools import cache

from schemas.fields import AccountId, Reference, StrictBoolean, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import (
    BooleanFilter,
    ColumnFilter,
    DateFilter,
    Filter,
    FullText,
    NotFilter,
    PrincipalFilter,
)
from schemas.full_text import SYNTAX
from schemas.record import Dated, Record
from seed.storage.mapping import Column, columns, fts_columns, list_tables

MAX_RANKED = 5000
"""Maximum number of matches that are sorted by rank; more are listed in the order in which they were loaded."""
FACET_FIELDS = (Reference, AccountId, VocabularyTerm, StrictBoolean)
"""The kinds of field whose values are counted by a facet."""
UNSELECTIVE = {"as_of", "dated"}
"""The filters that most records match, so that SQLite rightly scans."""


@cache
def filters(record: type[Record]) -> dict[str, Filter]:
    """Return the filters of a type by parameter: those of its columns, then shared ones, then `…__not`."""
    selecting: dict[str, Filter] = {}
    opposites: dict[str, Filter] = {}
    for column, table in _filter_columns(record):
        name, filter = str(column.filter), _column_filter(record, column, table)
        selecting[name] = filter
        opposites[f"{name}__not"] = NotFilter(filter, description="None of these.")
        if isinstance(column.field, Reference) and column.field.is_actor:
            selecting["principal"] = PrincipalFilter(filter)
    if fts_columns(record):
        selecting["q"] = _full_text(record)
    if issubclass(record, Dated):
        selecting |= DATE_FILTERS
    return {**selecting, **record.filters, **opposites}


def is_selective(name: str) -> bool:
    """Return whether SQLite answers a filter from an index, since only some of the records match."""
    return name not in UNSELECTIVE and not name.endswith("__not")


def facets(record: type[Record]) -> dict[str, ColumnFilter]:
    """Return the filters of a type whose values a facet can count: terms, booleans and ids of other records."""
    return {
        name: filter
        for name, filter in filters(record).items()
        if isinstance(filter, ColumnFilter) and isinstance(filter.item, FACET_FIELDS)
    }


def _filter_columns(record: type[Record]) -> Iterator[tuple[Column, str | None]]:
    """Yield every column that a filter compares, with its list table or None."""
    yield from ((column, None) for column in columns(record) if column.filter)
    for link in list_tables(record):
        yield from ((column, link.table) for column in link.columns if column.filter)


def _column_filter(record: type[Record], column: Column, table: str | None) -> ColumnFilter:
    if isinstance(column.field, AccountId):
        return ColumnFilter(column.field, column.name, table, description="On the account of any of these.")
    if column.filter == "id":
        about = {"description": "Any of these ids.", "to": record.plural, "example": record.example}
        return ColumnFilter(column.field, column.name, table, **about)
    description = f"{_about(column)}: any of these{', or `null`' if column.nullable else ''}."
    return ColumnFilter(column.field, column.name, table, description=description)


def _about(column: Column) -> str:
    return str(column.field.metadata["description"]).rstrip(".")


def _full_text(record: type[Record]) -> FullText:
    return FullText(
        f"Full text. {SYNTAX} The best match comes first; if more than {MAX_RANKED} records match, they come in the"
        " order in which they were loaded.",
        lambda context: f'"{record.plural}_fts" match :{context.parameter}',
        needs_record=False,
    )


def _since(context: FilterContext) -> str:
    # `day >= ''` adds nothing, but lets SQLite use the index on (day, starts, ends).
    row = context.row
    return f"{row}.day >= '' and coalesce({row}.ends, {row}.day) >= :{context.parameter} ->> 0"


def _until(context: FilterContext) -> str:
    # In the timeline, `day` continues after the date with characters that sort before "~".
    row = context.row
    return f"{row}.day >= '' and coalesce({row}.starts, {row}.day) <= (:{context.parameter} ->> 1) || '~'"


DATE_FILTERS: dict[str, Filter] = {
    "since": DateFilter(_since, "The date is, or may be, this day or later.", needs_record=False),
    "until": DateFilter(_until, "The date is, or may be, this day or earlier.", needs_record=False),
    "on": DateFilter(
        lambda context: f"{_since(context)} and {_until(context)}",
        "The date is, or may be, this day, or within this month or year.",
        needs_record=False,
    ),
    "dated": BooleanFilter(
        lambda context: f"{context.row}.day is not null",
        lambda context: f"{context.row}.day is null",
        "Whether the record has a date.",
        needs_record=False,
    ),
}
