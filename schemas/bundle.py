"""A bundle: one source and the records read from it, validated as a whole."""

from collections.abc import Iterator
from typing import Any, cast

from marshmallow import ValidationError, fields, validates_schema

from schemas import RECORDS
from schemas.errors import FieldError, errors_from_marshmallow, json_pointer
from schemas.fields import MAX_LIST_LENGTH, BoundedList, Reference
from schemas.record import Strict

Records = dict[str, list[dict[str, Any]]]
"""Finished records by the plural of their type, every key present."""


class OneSource(Strict):
    """The rule that makes a bundle: it is named after the one source it holds."""

    @validates_schema
    def holds_one_source(self, data: Records, **kwargs: Any) -> None:
        """A bundle is what was read from one source."""
        if len(data["sources"]) != 1:
            raise ValidationError("A bundle holds exactly one source.", "sources")


Bundle = OneSource.from_dict(
    {
        plural: BoundedList(fields.Nested(record), load_default=list, metadata={"description": record.__doc__})
        for plural, record in RECORDS.items()
    },
    name="Bundle",
)
Outline = OneSource.from_dict(
    {plural: BoundedList(fields.Dict(), load_default=list) for plural in RECORDS},
    name="Outline",
)
"""A bundle but for what stands in its records."""


def validate_bundle(document: Any) -> tuple[Records | None, list[FieldError]]:
    """The document's finished records, or None, and every fault that can be seen without looking beyond it."""
    try:
        records = cast(Records, Bundle().load(document))
    except ValidationError as error:
        return None, list(errors_from_marshmallow(error.messages))
    finished = {
        plural: [{name: item[name] for name in RECORDS[plural].declared()} for item in items]
        for plural, items in records.items()
    }
    return finished, []


def outline_errors(document: Any) -> list[FieldError]:
    """What keeps a document from being a bundle, whatever stands in its records."""
    return list(errors_from_marshmallow(Outline().validate(document)))


def references(document: Any) -> Iterator[tuple[str, str, str]]:
    """Every reference in a document, however malformed the rest: its pointer, the type it points to, and the id."""
    declared = {plural: record.declared() for plural, record in RECORDS.items()}
    for plural, place, item in entries(document):
        for name, field in declared[plural].items():
            if name in item:
                yield from _references(field, item[name], (plural, place, name))


def entries(document: Any) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every record in a document, however malformed the rest: its type, its place, and what it holds.

    A list that is longer than any may be is refused as a whole, and nobody looks at its end.
    """
    for plural in RECORDS:
        items = document.get(plural) if isinstance(document, dict) else None
        for place, item in enumerate(items[:MAX_LIST_LENGTH] if isinstance(items, list) else []):
            if isinstance(item, dict):
                yield plural, place, item


def _references(field: fields.Field[Any], value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str, str, str]]:
    if isinstance(field, Reference) and isinstance(value, str):
        yield json_pointer(*path), field.to, value
    elif isinstance(field, fields.List) and isinstance(value, list):
        for place, item in enumerate(value[:MAX_LIST_LENGTH]):
            yield from _references(field.inner, item, (*path, place))
    elif isinstance(field, fields.Nested) and isinstance(value, dict):
        for name in field.schema.fields.keys() & value.keys():
            yield from _references(field.schema.fields[name], value[name], (*path, name))
