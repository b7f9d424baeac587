"""The query parameters of a type's endpoints, read off its declaration."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from schemas.cells import cells
from schemas.faults import Complaint
from schemas.fields import OneOf, Reference, Truth
from schemas.filters import VALUES, AnyOf, Flag, Number, Period, Selecting, Words
from schemas.layout import Column, columns, links, searched
from schemas.record import Dated, Record, Strict
from schemas.related import related

DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 500
LONGEST_CURSOR = 4000
MOST_RANKED = 5000
"""How many matches of a search are put in order of rank; more have no best, and come as they were loaded."""
MOST_EMBEDDED = 5000
"""How many related records of one name an answer holds; more are to be fetched by the page."""
MOST_COUNTED = 1000
"""How many values of a field are counted, the most frequent of them."""
EXTRAS = ("revision", "url", "links")
"""What is served with every record beside its own fields."""


class Listed(fields.Field[list[str]]):
    """One or more of the names there are, joined by commas, none of them twice."""

    def __init__(self, names: Iterable[str], description: str, *, example: str, signed: bool = False) -> None:
        super().__init__(metadata={"description": description, "example": example})
        self.names, self.signed = tuple(names), signed

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str]:
        given = str(value).split(",")
        plain = [name.removeprefix("-") if self.signed else name for name in given]
        for place, name in enumerate(plain):
            if name not in self.names:
                raise ValidationError(Complaint(f"{name!r} is not one of these.", name, self.names))
            if name in plain[:place]:
                raise ValidationError(f"{name!r} stands there twice.")
        return given


class Parameters(Strict):
    """The query of an endpoint; by itself, of one that takes no parameters."""

    error_messages = {"unknown": "There is no such parameter."}


@cache
def list_query(record: type[Record]) -> Schema:
    """The query of a type's list: what matches, in which order, which page, and how much of it."""
    shape = {"fields": _fields(served(record), record), **_embedding(record), "facet": _facet(record)}
    return _query(record, "List", {**filters(record), **_order(record), **_paging(), **shape})


@cache
def record_query(record: type[Record]) -> Schema:
    """The query of a single record."""
    return _query(record, "Record", {"fields": _fields(served(record), record), **_embedding(record)})


@cache
def lines_query(record: type[Record]) -> Schema:
    """The query of all the records that match, one on a line."""
    return _query(record, "Lines", {**filters(record), **_order(record), "fields": _fields(served(record), record)})


@cache
def rows_query(record: type[Record]) -> Schema:
    """The query of all the records that match, one in a row."""
    return _query(record, "Rows", {**filters(record), **_order(record), "fields": _fields(cells(record), record)})


@cache
def table_query(record: type[Record]) -> Schema:
    """The query of a page of records as a table to be read."""
    shape = {"fields": _fields(cells(record), record)}
    return _query(record, "Table", {**filters(record), **_order(record), **_paging(), **shape})


@cache
def calendar_query(record: type[Record]) -> Schema:
    """The query of all the records that match, as entries of a calendar."""
    return _query(record, "Calendar", filters(record))


def served(record: type[Record]) -> list[str]:
    """The keys of a record as it is served."""
    return [*record.declared(), *EXTRAS]


@cache
def sortable(record: type[Record]) -> dict[str, str]:
    """What a list can be sorted by, and the column that holds it."""
    names = {column.name: column.name for column in columns(record) if column.filter or column.name == record.label}
    return {**names, **({"date": "starts"} if issubclass(record, Dated) else {}), "revision": "revision"}


def default_sort(record: type[Record]) -> str:
    """The order of a list that is not asked for another: by date, or by what the records are called."""
    return "date" if issubclass(record, Dated) else record.label


def facets(record: type[Record]) -> dict[str, AnyOf]:
    """What a list can be counted by: every filter whose values are terms, truths or ids, its own id aside."""
    counted = (Reference, OneOf, Truth)
    return {
        name: field
        for name, field in filters(record).items()
        if isinstance(field, AnyOf) and field.operand and field.where == "{among}" and isinstance(field.item, counted)
    }


@cache
def filters(record: type[Record]) -> dict[str, Selecting]:
    """A parameter for every field that selects, with its opposite, and what else the type declares."""
    found: dict[str, Selecting] = {}
    for column in columns(record):
        if column.filter:
            found |= _any_of(record, column, f'r."{column.name}"')
    for link in links(record):
        for column in link.columns:
            if column.filter:
                found |= _any_of(record, column, f'{{link}}."{column.name}"', link.table)
    if searched(record):
        hit = f'"{record.plural}_fts" match :{{name}}'
        told = f"the best match comes first, or where more than {MOST_RANKED} match, what was loaded first."
        found["q"] = Words(f"Full text: every word must occur; {told}", hit)
    found |= (_DATES if issubclass(record, Dated) else {}) | record.filters
    return dict(sorted(found.items(), key=lambda item: item[0].endswith("__not")))


def _any_of(record: type[Record], column: Column, operand: str, link: str | None = None) -> dict[str, Selecting]:
    name, item = str(column.filter), column.field
    own = {"to": record.plural, "example": record.example} if name == "id" else {}
    about = str(item.metadata["description"]).rstrip(".")
    any_of = f"{about}: any of these{', or `null` where that is not known' if column.nullable else ''}."
    apart = "not coalesce({among}, false)"
    if link:
        apart = f'not exists (select 1 from "{link}" apart where apart.id = {{at}}.id and {{among}})'
    found: dict[str, Selecting] = {
        name: AnyOf(item, link=link, operand=operand, description=any_of, **own),
        f"{name}__not": AnyOf(
            item, apart, operand=operand.replace("{link}", "apart"), description=f"{about}: none of these.", **own
        ),
    }
    if isinstance(item, Reference) and item.acts:
        where = f"{operand} in (select id from parties where id in {VALUES} or principal in {VALUES})"
        found["principal"] = AnyOf(
            item, where, link=link, description="Acts on behalf of any of these, or is one of them."
        )
    return found


# That what has an end has a beginning, too, is said for SQLite, which then reads an index that holds both.
_SINCE = "{at}.starts >= '' and {at}.ends >= :{name} ->> 0"
_UNTIL = "{at}.starts <= :{name} ->> 1"
_DATES: dict[str, Selecting] = {
    "since": Period(_SINCE, "The date is, or may be, this day or later."),
    "until": Period(_UNTIL, "The date is, or may be, this day or earlier."),
    "on": Period(f"{_SINCE} and {_UNTIL}", "The date is, or may be, this day, or within this month or year."),
    "dated": Flag("{at}.starts is not null", "{at}.starts is null", "Whether the record has a date."),
}


def _query(record: type[Record], name: str, declared: Mapping[str, fields.Field[Any]]) -> Schema:
    return Parameters.from_dict(dict(declared), name=f"{record.__name__}{name}Query")()


def _order(record: type[Record]) -> dict[str, fields.Field[Any]]:
    described = "In which order; a hyphen in front turns it around. Null comes last, and the id breaks ties."
    return {"sort": Listed(sortable(record), described, example=f"-{default_sort(record)}", signed=True)}


def _paging() -> dict[str, fields.Field[Any]]:
    limit = Number("How many records a page holds.", least=1, most=HIGHEST_LIMIT, default=DEFAULT_LIMIT, example=10)
    cursor = fields.String(
        validate=validate.Length(1, LONGEST_CURSOR),
        metadata={
            "description": "Where the page begins: as it stands in the `next` or `previous` of another page.",
            "example": "WyIwZWEzZDM4OTdlNTAiLGZhbHNlLCIyMDI1LTAzLTE4Iiwia3JlbWxpbi1yZWFkb3V0Il0",
        },
    )
    return {"limit": limit, "cursor": cursor}


def _fields(names: Iterable[str], record: type[Record]) -> Listed:
    return Listed(names, "Only these fields.", example=f"id,{record.label}")


def _embedding(record: type[Record]) -> dict[str, fields.Field[Any]]:
    names = related(record)
    described = (
        f"Records to embed under `included`: those it refers to, or those that refer to it; up to {MOST_EMBEDDED}."
    )
    return {"include": Listed(names, described, example=next(iter(names)))} if names else {}


def _facet(record: type[Record]) -> Listed:
    names = facets(record)
    described = f"Count what matches by these, under `facets`: the {MOST_COUNTED} most frequent values of each."
    return Listed(names, described, example=next(name for name in names))
