"""Query parameters of a type's endpoints, derived from its declaration."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from api.lists.csv_columns import csv_columns
from api.lists.related import related
from schemas.fields import Reference, StrictBoolean, VocabularyTerm
from schemas.filters import VALUES, AnyOf, BooleanFilter, DateFilter, Filter, FullText, IntegerParameter
from schemas.query_schema import NameList, QuerySchema
from schemas.record import Dated, Record
from seed.storage.mapping import Column, columns, default_sort, fts_columns, list_tables, sortable

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_CURSOR_LENGTH = 4000
MAX_RANKED = 5000
"""Number of search matches up to which they are ranked; more are returned in load order."""
MAX_EMBEDDED = 5000
"""Maximum number of embedded records per name; more are available page by page."""
MAX_FACET_VALUES = 1000
"""Maximum number of values per facet, the most frequent first."""
EXTRA_KEYS = ("revision", "url", "links")
"""Keys that are served with every record next to its own fields."""


@cache
def list_query(record: type[Record]) -> Schema:
    """Return the query of a list: filters, sort, page, and output."""
    shape = {"fields": _fields(output_keys(record), record), **_embedding(record), "facet": _facet(record)}
    return _query(record, "List", {**filters(record), **_order(record), **_paging(), **shape})


@cache
def record_query(record: type[Record]) -> Schema:
    """Return the query of a single record."""
    return _query(record, "Record", {"fields": _fields(output_keys(record), record), **_embedding(record)})


@cache
def lines_query(record: type[Record]) -> Schema:
    """Return the query of an NDJSON list."""
    return _query(
        record, "Lines", {**filters(record), **_order(record), "fields": _fields(output_keys(record), record)}
    )


@cache
def rows_query(record: type[Record]) -> Schema:
    """Return the query of a CSV list."""
    return _query(record, "Rows", {**filters(record), **_order(record), "fields": _fields(csv_columns(record), record)})


@cache
def table_query(record: type[Record]) -> Schema:
    """Return the query of a page as a text table."""
    shape = {"fields": _fields(csv_columns(record), record)}
    return _query(record, "Table", {**filters(record), **_order(record), **_paging(), **shape})


@cache
def calendar_query(record: type[Record]) -> Schema:
    """Return the query of a calendar."""
    return _query(record, "Calendar", filters(record))


def output_keys(record: type[Record]) -> list[str]:
    """Return the keys of a served record."""
    return [*record.declared(), *EXTRA_KEYS]


def facets(record: type[Record]) -> dict[str, AnyOf]:
    """Return the filters that can be facets: those over terms, booleans and ids, except the type's own id."""
    counted = (Reference, VocabularyTerm, StrictBoolean)
    return {
        name: field
        for name, field in filters(record).items()
        if isinstance(field, AnyOf) and field.operand and field.where == "{among}" and isinstance(field.item, counted)
    }


@cache
def filters(record: type[Record]) -> dict[str, Filter]:
    """Return every filter of a type: fields and their negations, dates, full text, and declared ones."""
    found: dict[str, Filter] = {}
    for column in columns(record):
        if column.filter:
            found |= _filters_for(record, column, f'r."{column.name}"')
    for link in list_tables(record):
        for column in link.columns:
            if column.filter:
                found |= _filters_for(record, column, f'{{link}}."{column.name}"', link.table)
    if fts_columns(record):
        hit = f'"{record.plural}_fts" match :{{name}}'
        told = f"the best match comes first, or where more than {MAX_RANKED} match, what was loaded first."
        found["q"] = FullText(f"Full text: every word must occur; {told}", hit)
    found |= (_DATES if issubclass(record, Dated) else {}) | record.filters
    return dict(sorted(found.items(), key=lambda item: item[0].endswith("__not")))


def _filters_for(record: type[Record], column: Column, operand: str, link: str | None = None) -> dict[str, Filter]:
    name, item = str(column.filter), column.field
    own = {"to": record.plural, "example": record.example} if name == "id" else {}
    about = str(item.metadata["description"]).rstrip(".")
    any_of = f"{about}: any of these{', or `null` where that is not known' if column.nullable else ''}."
    apart = "not coalesce({among}, false)"
    if link:
        apart = f'not exists (select 1 from "{link}" apart where apart.id = {{at}}.id and {{among}})'
    found: dict[str, Filter] = {
        name: AnyOf(item, link=link, operand=operand, description=any_of, **own),
        f"{name}__not": AnyOf(
            item, apart, operand=operand.replace("{link}", "apart"), description=f"{about}: none of these.", **own
        ),
    }
    if isinstance(item, Reference) and item.is_actor:
        where = f"{operand} in (select id from parties where id in {VALUES} or principal in {VALUES})"
        found["principal"] = AnyOf(
            item, where, link=link, description="Acts on behalf of any of these, or is one of them."
        )
    return found


# `starts >= ''` is redundant; it lets SQLite use the index on (starts, ends).
_SINCE = "{at}.starts >= '' and {at}.ends >= :{name} ->> 0"
_UNTIL = "{at}.starts <= :{name} ->> 1"
_DATES: dict[str, Filter] = {
    "since": DateFilter(_SINCE, "The date is, or may be, this day or later."),
    "until": DateFilter(_UNTIL, "The date is, or may be, this day or earlier."),
    "on": DateFilter(f"{_SINCE} and {_UNTIL}", "The date is, or may be, this day, or within this month or year."),
    "dated": BooleanFilter("{at}.starts is not null", "{at}.starts is null", "Whether the record has a date."),
}


def _query(record: type[Record], name: str, declared: Mapping[str, fields.Field[Any]]) -> Schema:
    return QuerySchema.from_dict(dict(declared), name=f"{record.__name__}{name}Query")()


def _order(record: type[Record]) -> dict[str, fields.Field[Any]]:
    described = "In which order; a hyphen in front turns it around. Null comes last, and the id breaks ties."
    return {"sort": NameList(sortable(record), described, example=f"-{default_sort(record)}", signed=True)}


def _paging() -> dict[str, fields.Field[Any]]:
    limit = IntegerParameter(
        "How many records a page holds.", least=1, most=MAX_LIMIT, default=DEFAULT_LIMIT, example=10
    )
    cursor = fields.String(
        validate=validate.Length(1, MAX_CURSOR_LENGTH),
        metadata={
            "description": "Where the page begins: as it stands in the `next` or `previous` of another page.",
            "example": "WyIwZWEzZDM4OTdlNTAiLGZhbHNlLCIyMDI1LTAzLTE4Iiwia3JlbWxpbi1yZWFkb3V0Il0",
        },
    )
    return {"limit": limit, "cursor": cursor}


def _fields(names: Iterable[str], record: type[Record]) -> NameList:
    return NameList(names, "Only these fields.", example=f"id,{record.label}")


def _embedding(record: type[Record]) -> dict[str, fields.Field[Any]]:
    names = related(record)
    described = (
        f"Records to embed under `included`: those it refers to, or those that refer to it; up to {MAX_EMBEDDED}."
    )
    return {"include": NameList(names, described, example=next(iter(names)))} if names else {}


def _facet(record: type[Record]) -> NameList:
    names = facets(record)
    described = f"Count what matches by these, under `facets`: the {MAX_FACET_VALUES} most frequent values of each."
    return NameList(names, described, example=next(name for name in names))
