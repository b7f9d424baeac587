"""CSV columns of a record type, and how each is read from a record.

A reference gives two columns, its id and its label. A list is one cell with its items joined by ` | `; in a list of
objects, each field is such a column.
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
    """One CSV column."""

    name: str
    field: fields.Field[Any]
    path: tuple[str, ...]
    several: bool
    """Whether it holds the items of a list."""
    labels: str | None = None
    """Record type whose labels replace the ids, or None."""

    def of(self, record: dict[str, Any]) -> Any:
        """Return the value in a record: a value, or a list."""
        return _get_path(record, self.path)


@cache
def csv_columns(record: type[Record]) -> dict[str, CsvColumn]:
    """Return the columns of a type by name, in the order of its fields."""
    declared = {**record.declared(), "revision": REVISION_FIELD, "url": URL_FIELD}
    return {cell.name: cell for name, field in declared.items() for cell in _columns_for(name, field, (name,))}


def format_value(value: Any) -> str:
    """Return a value as the text of a cell; null is empty."""
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
