"""The columns of a type's CSV, derived from its fields.

A reference or a term of a vocabulary is two columns, the id or name and the label; a stance has a third, its side. A
list is one column, its items joined with ` | `. A list of objects is one such column for each of their fields, with the
items in the same order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import fields, validate

from schemas.derived import served_fields
from schemas.fields import Reference, Slug, VocabularyTerm
from schemas.record import Record
from schemas.terms import SIDES
from seed.storage.mapping import SEPARATOR

LABEL_SUFFIX = "_label"
SIDE_SUFFIX = "_side"
REVISION_FIELD = fields.Integer(metadata={"description": "The revision that last changed the record.", "example": 1})
URL_FIELD = fields.Url(
    metadata={"description": "The URL of the record.", "example": "http://127.0.0.1:8000/parties/putin"}
)


@dataclass(frozen=True)
class CsvColumn:
    """A column of a CSV file."""

    name: str
    field: fields.Field[Any]
    path: tuple[str, ...]
    """The keys that lead to its value in a record."""
    several: bool
    """Whether it holds the items of a list."""
    labels: str | None = None
    """The type of record whose labels replace the ids; None if the column holds the value itself."""
    words: Mapping[str, str] | None = None
    """What replaces the terms of a vocabulary; None if the column holds the value itself."""

    @property
    def is_free(self) -> bool:
        """Whether anything may be in it, a formula as well: not if it holds ids, terms or the words for terms."""
        is_closed = self.words is not None or isinstance(self.field, Slug | VocabularyTerm)
        return self.labels is not None or not is_closed


@cache
def csv_columns(record: type[Record]) -> dict[str, CsvColumn]:
    """Return the columns of a type by name, in the order of its fields."""
    declared = {**served_fields(record), "revision": REVISION_FIELD, "url": URL_FIELD}
    return {column.name: column for name, field in declared.items() for column in _columns_for(name, field, (name,))}


def format_value(value: Any) -> str:
    """Return a value as the text of a cell; empty for null. A list in a list is joined with commas."""
    if isinstance(value, list):
        try:
            return SEPARATOR.join(value)
        except TypeError:  # a list of something other than text, which is rare
            items = [", ".join(map(format_value, item)) if isinstance(item, list) else item for item in value]
            return SEPARATOR.join(map(format_value, items))
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
        if isinstance(field, VocabularyTerm):
            yield from _term_columns(CsvColumn(name, field, path, several), field)


def _term_columns(column: CsvColumn, field: VocabularyTerm) -> Iterator[CsvColumn]:
    """Yield the columns that describe a term: its label and, if the terms have sides, the side."""
    name, terms = column.name, field.vocabulary.terms
    label = fields.String(allow_none=field.allow_none, metadata={"description": f"`{name}` in words."})
    labels = {term.name: term.label for term in terms.values()}
    yield CsvColumn(name + LABEL_SUFFIX, label, column.path, column.several, words=labels)
    if sides := {term.name: term.side for term in terms.values() if term.side}:
        side = fields.String(
            allow_none=field.allow_none,
            validate=validate.OneOf(SIDES),
            metadata={"description": "The side of the proposal that the stance is on."},
        )
        yield CsvColumn(name + SIDE_SUFFIX, side, column.path, column.several, words=sides)
