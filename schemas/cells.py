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
from schemas.layout import SEPARATOR
from schemas.record import Record

LABEL = "_label"
SERVED = fields.Integer(metadata={"description": "The revision that last changed it.", "example": 1})
ADDRESS = fields.Url(metadata={"description": "Its address.", "example": "http://127.0.0.1:8000/parties/putin"})


@dataclass(frozen=True)
class Cell:
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
        return _walk(record, self.path)


@cache
def cells(record: type[Record]) -> dict[str, Cell]:
    """The flat header of a type, in the order of its fields."""
    declared = {**record.declared(), "revision": SERVED, "url": ADDRESS}
    return {cell.name: cell for name, field in declared.items() for cell in _cells(name, field, (name,))}


def text(value: Any) -> str:
    """A value as it stands in a cell; nothing where it is null."""
    if isinstance(value, list):
        return SEPARATOR.join(map(text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _cells(name: str, field: fields.Field[Any], path: tuple[str, ...], *, several: bool = False) -> Iterator[Cell]:
    if isinstance(field, fields.List):
        yield from _cells(name, field.inner, path, several=True)
    elif isinstance(field, fields.Nested):
        for inner, inner_field in field.schema.fields.items():
            yield from _cells(f"{name}_{inner}", inner_field, (*path, inner), several=several)
    else:
        yield Cell(name, field, path, several)
        if isinstance(field, Reference):
            yield Cell(name + LABEL, field, path, several, labels=field.to)


def _walk(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_walk(item, path) for item in value]
    return _walk(value[path[0]], path[1:]) if path and value is not None else value
