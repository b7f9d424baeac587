"""A record as one flat row: the header of its table, and how each cell is read from the record.

A reference is two cells, its id and its label. A list is one cell, its items joined with ` | `; of a list of objects,
each field is such a cell, item for item.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import fields

from schemas.fields import Reference
from schemas.record import Record
from seed.storage.mapping import SEPARATOR

LABEL_SUFFIX = "_label"
REVISION_FIELD = fields.Integer(metadata={"description": "The revision that last changed it.", "example": 1})
URL_FIELD = fields.Url(metadata={"description": "Its address.", "example": "http://127.0.0.1:8000/parties/putin"})


@dataclass(frozen=True)
class CsvColumn:
    """One column of the flat table."""

    name: str
    field: fields.Field[Any]
    path: tuple[str, ...]
    several: bool
    """Whether it holds the items of a list."""
    labels: str | None = None
    """The type of record whose labels stand here in place of ids."""

    def of(self, record: dict[str, Any]) -> Any:
        """The value in a record: one, or a list of them."""
        return _get_path(record, self.path)


@cache
def csv_columns(record: type[Record]) -> dict[str, CsvColumn]:
    """The flat header of a type, in the order of its fields."""
    declared = {**record.declared(), "revision": REVISION_FIELD, "url": URL_FIELD}
    return {cell.name: cell for name, field in declared.items() for cell in _columns_for(name, field, (name,))}


def format_value(value: Any) -> str:
    """A value as it stands in a cell; nothing where it is null."""
    if isinstance(value, list):
        return SEPARATOR.join(map(format_value, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _columns_for(
    name: str, field: fields.Field[Any], path: tuple[str, ...], *, several: bool = False
) -> Iterator[CsvColumn]:
    if isinstance(field, fields.List):
        yield from _columns_for(name, field.inner, path, several=True)
    elif isinstance(field, fields.Nested):
        for inner, inner_field in field.schema.fields.items():
            yield from _columns_for(f"{name}_{inner}", inner_field, (*path, inner), several=several)
    else:
        yield CsvColumn(name, field, path, several)
        if isinstance(field, Reference):
            yield CsvColumn(name + LABEL_SUFFIX, field, path, several, labels=field.to)


def _get_path(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_get_path(item, path) for item in value]
    return _get_path(value[path[0]], path[1:]) if path and value is not None else value
