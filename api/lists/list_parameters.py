"""The query schemas of a record type's endpoints: its filters, and what orders, pages and shapes the response."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from api.lists.csv_columns import csv_columns
from api.lists.csv_dialect import with_dialect
from api.lists.filters import facets, filters
from api.lists.related import relations
from schemas.derived import served_fields
from schemas.query_schema import DataQuery, IntegerParameter, NameList
from schemas.record import Record
from seed.storage.mapping import default_sort, sortable

DEFAULT_LIMIT = 50
DEFAULT_TEXT_LIMIT = 200
DEFAULT_WIDTH = 100
MIN_WIDTH = 60
MAX_WIDTH = 400
MAX_LIMIT = 500
DEFAULT_ENTRIES = 50
MAX_ENTRIES = 100
"""Maximum number of entries on a page of a feed."""
MAX_CURSOR_LENGTH = 4000
MAX_EMBEDDED = 5000
"""Maximum number of related records of one name in a response."""
MAX_FACET_VALUES = 1000
"""Maximum number of values of a field that a facet counts."""
EXTRA_KEYS = ("revision", "url", "links")
"""The keys that are served with every record in addition to its own fields."""

Parameters = dict[str, fields.Field[Any]]


@cache
def json_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as JSON."""
    shape = {"fields": _fields(output_keys(record), record), **_include(record), **_facet(record)}
    return _schema(record, "List", {**_selection(record), **_paging(), **shape})


@cache
def record_query(record: type[Record]) -> Schema:
    """Return the query schema of a single record."""
    return _schema(record, "Record", {"fields": _fields(output_keys(record), record), **_include(record)})


@cache
def record_text_query(record: type[Record]) -> Schema:
    """Return the query schema of a single record as text."""
    return _schema(record, "RecordText", {"width": width_parameter()})


@cache
def ndjson_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as NDJSON."""
    return _schema(record, "Lines", {**_selection(record), "fields": _fields(output_keys(record), record)})


@cache
def csv_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as CSV."""
    return with_dialect(xlsx_query(record))


@cache
def xlsx_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a spreadsheet."""
    return _schema(record, "Rows", {**_selection(record), "fields": _fields(csv_columns(record), record)})


@cache
def text_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a text table."""
    shape: Parameters = {"fields": _fields(csv_columns(record), record), "width": width_parameter()}
    return _schema(record, "Table", {**_selection(record), **_paging(default=DEFAULT_TEXT_LIMIT), **shape})


@cache
def page_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a page for a browser."""
    return _schema(record, "Page", {**_selection(record), **_paging()})


@cache
def calendar_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a calendar."""
    return _schema(record, "Calendar", filters(record))


@cache
def feed_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a feed, which has an order of its own."""
    return _schema(record, "Feed", {**filters(record), **feed_paging()})


def feed_paging() -> Parameters:
    """Return the parameters that page a feed."""
    return _paging(default=DEFAULT_ENTRIES, most=MAX_ENTRIES)


def picture_query(record: type[Record]) -> Schema:
    """Return the query schema of a list as a picture."""
    return _schema(record, "Picture", {**filters(record), "width": width_parameter()})


def width_parameter() -> IntegerParameter:
    """Return the parameter for the number of columns of a text or a picture."""
    return IntegerParameter(
        "The number of columns of a text; in a picture, a column is 7.6 pixels wide.",
        least=MIN_WIDTH,
        most=MAX_WIDTH,
        default=DEFAULT_WIDTH,
        example=80,
    )


def output_keys(record: type[Record]) -> list[str]:
    """Return the keys of a record as it is served."""
    return [*served_fields(record), *EXTRA_KEYS]


def _schema(record: type[Record], name: str, parameters: Mapping[str, fields.Field[Any]]) -> Schema:
    return DataQuery.from_dict(dict(parameters), name=f"{record.__name__}{name}Query")()


def _selection(record: type[Record]) -> Parameters:
    """Return the parameters that say which records are listed, and in which order."""
    description = "The order; a hyphen reverses it. Null comes last, and the id breaks ties."
    sort = NameList(sortable(record), description, example=f"-{default_sort(record)}", signed=True)
    return {**filters(record), "sort": sort}


def _paging(default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> Parameters:
    limit = IntegerParameter("Records per page.", least=1, most=most, default=default, example=10)
    cursor = fields.String(
        validate=validate.Length(1, MAX_CURSOR_LENGTH),
        metadata={
            "description": "Where the page begins: the `cursor` in the `next` or `previous` URL of another page.",
            "example": "WyIwZWEzZDM4OTdlNTAiLGZhbHNlLCIyMDI1LTAzLTE4Iiwia3JlbWxpbi1yZWFkb3V0Il0",
        },
    )
    return {"limit": limit, "cursor": cursor}


def _fields(names: Iterable[str], record: type[Record]) -> NameList:
    return NameList(names, "Only these fields.", example=f"id,{record.label}")


def _include(record: type[Record]) -> Parameters:
    names = relations(record)
    description = f"Related records to embed under `included`, at most {MAX_EMBEDDED} of each name."
    return {"include": NameList(names, description, example=next(iter(names)))} if names else {}


def _facet(record: type[Record]) -> Parameters:
    names = facets(record)
    description = f"Count matches by these: the {MAX_FACET_VALUES} most frequent values."
    return {"facet": NameList(names, description, example=next(iter(names)))} if names else {}
