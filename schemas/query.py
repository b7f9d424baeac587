"""The query parameters of a type's list, read off its declaration."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from schemas import RECORDS
from schemas.faults import Complaint
from schemas.fields import Reference
from schemas.filters import VALUES, AnyOf, Flag, Period, Words
from schemas.layout import Column, columns, links, searched
from schemas.record import Dated, Record, Strict

DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 500
LONGEST_CURSOR = 4000
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


class Paged(Parameters):
    """What every list takes."""

    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, HIGHEST_LIMIT),
        metadata={"description": "How many records a page holds.", "example": 10},
    )
    cursor = fields.String(
        validate=validate.Length(max=LONGEST_CURSOR),
        metadata={"description": "Where the page begins: what the last one's `next` or `previous` holds."},
    )


@cache
def parameters(record: type[Record]) -> Schema:
    """The schema that reads the query of a type's list."""
    return Paged.from_dict({**dict(_filters(record)), **_listing(record)}, name=f"{record.__name__}List")()


@cache
def selection(record: type[Record]) -> Schema:
    """The schema that reads the query of a single record."""
    return Parameters.from_dict({"fields": _fields(record)}, name=f"{record.__name__}Selection")()


@cache
def linked_from(record: type[Record]) -> dict[str, tuple[str, str]]:
    """The lists of what refers to a record of this type: a name for each, the type that is listed, and the filter."""
    found: dict[str, tuple[str, str]] = {}
    for plural, other in RECORDS.items():
        for name, field in parameters(other).fields.items():
            if not isinstance(field, AnyOf) or field.to != record.plural or name == "id" or name.endswith("__not"):
                continue
            if plural not in found or name != "principal":
                found[plural if plural not in found else f"{plural}_{name}"] = (plural, name)
    return found


def sortable(record: type[Record]) -> dict[str, str]:
    """What a list can be sorted by, and the column that holds it."""
    names = {column.name: column.name for column in columns(record) if column.filter or column.name == record.label}
    return {**names, **({"date": "date_earliest"} if issubclass(record, Dated) else {}), "revision": "revision"}


def default_sort(record: type[Record]) -> str:
    """The order of a list that is not asked for another: by date, or by what the records are called."""
    return "date" if issubclass(record, Dated) else record.label


def _filters(record: type[Record]) -> Iterator[tuple[str, fields.Field[Any]]]:
    """A parameter for every field that selects, with its opposite, and what else the type declares."""
    for column in columns(record):
        if column.filter:
            yield from _any_of(record, column, f'r."{column.name}"')
    for link in links(record):
        for column in link.columns:
            if column.filter:
                yield from _any_of(record, column, f'link."{column.name}"', link.table)
    if issubclass(record, Dated):
        yield from _DATES.items()
    yield from record.filters.items()


def _any_of(
    record: type[Record], column: Column, operand: str, link: str | None = None
) -> Iterator[tuple[str, fields.Field[Any]]]:
    name, item = str(column.filter), column.field
    to = record.plural if name == "id" else None
    about = str(item.metadata["description"]).rstrip(".")
    among, apart = f"{operand} in {VALUES}", f"({operand} is null or {operand} not in {VALUES})"
    if link:
        apart = f'not exists (select 1 from "{link}" link where link.id = r.id and {among})'
    yield name, AnyOf(item, among, link=link, to=to, description=f"{about}: any of these.")
    yield f"{name}__not", AnyOf(item, apart, to=to, description=f"{about}: none of these.")
    if isinstance(item, Reference) and item.acts:
        where = f"{operand} in (select id from parties where id in {VALUES} or principal in {VALUES})"
        yield (
            "principal",
            AnyOf(item, where, link=link, description="On whose behalf, or the party itself: any of these."),
        )


_DATES: dict[str, fields.Field[Any]] = {
    "since": Period("r.date is not null and coalesce(r.date_latest, '~') >= :{name} ->> 0", "On this day or later."),
    "until": Period("r.date is not null and coalesce(r.date_earliest, '') <= :{name} ->> 1", "On this day or earlier."),
    "on": Period(
        "r.date is not null and coalesce(r.date_latest, '~') >= :{name} ->> 0"
        " and coalesce(r.date_earliest, '') <= :{name} ->> 1",
        "On this day, or within this month or year, as far as the date tells.",
    ),
    "dated": Flag("(r.date is not null) = (:{name} = 'true')", "Whether the record has a date."),
}


def _listing(record: type[Record]) -> dict[str, fields.Field[Any]]:
    order = Listed(
        sortable(record),
        "In which order; a hyphen in front turns it around.",
        example=f"-{default_sort(record)}",
        signed=True,
    )
    words = Words("Full text: every word must occur; the best match comes first.")
    return {**({"q": words} if searched(record) else {}), "sort": order, "fields": _fields(record)}


def _fields(record: type[Record]) -> Listed:
    return Listed([*record.declared(), *EXTRAS], "Only these fields.", example=f"id,{record.label}")
