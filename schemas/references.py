"""References of a record to others, in data that may be invalid."""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

from marshmallow import fields

from schemas import RECORDS
from schemas.errors import json_pointer
from schemas.fields import MAX_CODE_LENGTH, MAX_LIST_LENGTH, SLUG, Reference

ID = re.compile(SLUG)


class RecordReference(NamedTuple):
    """A reference: its JSON pointer within the record, and the type and id of its target."""

    pointer: str
    plural: str
    id: str


def references(plural: str, data: dict[str, Any]) -> Iterator[RecordReference]:
    """Yield the references of a record whose ids are well formed; the fields report the others."""
    for name, field in _reference_fields(plural).items():
        if name in data:
            yield from _references(field, data[name], (name,))


def redirect(plural: str, data: dict[str, Any], old: tuple[str, str], new: str) -> dict[str, Any]:
    """Return a record in which the references to a type and id lead to another id of the type.

    If this makes items of a list equal, the first remains.
    """
    pointers = [one.pointer for one in references(plural, data) if one[1:] == old]
    changed = deepcopy(data)
    for pointer in pointers:
        *path, last = (int(step) if step.isdigit() else step for step in pointer.split("/")[1:])
        holder: Any = changed
        for step in path:
            holder = holder[step]
        holder[last] = new
    for name in {pointer.split("/")[1] for pointer in pointers}:
        value = changed[name]
        if isinstance(value, list):
            changed[name] = [item for place, item in enumerate(value) if item not in value[:place]]
    return changed


def self_references(plural: str, record: dict[str, Any]) -> Iterator[RecordReference]:
    """Yield the references of a valid record to itself."""
    for name, field in _reference_fields(plural, plural).items():
        if record[name]:
            yield from (one for one in _references(field, record[name], (name,)) if one[1:] == (plural, record["id"]))


def is_id(value: object) -> bool:
    """Return whether a value has the form of an id."""
    return isinstance(value, str) and len(value) <= MAX_CODE_LENGTH and ID.fullmatch(value) is not None


@cache
def _reference_fields(plural: str, to: str | None = None) -> dict[str, fields.Field[Any]]:
    """Return the fields of a type that contain references to the type `to`, or to any type if it is None."""
    return {name: field for name, field in RECORDS[plural].declared().items() if _may_refer(field, to)}


def _may_refer(field: fields.Field[Any], to: str | None) -> bool:
    if isinstance(field, fields.List):
        return _may_refer(field.inner, to)
    if isinstance(field, fields.Nested):
        return any(_may_refer(inner, to) for inner in field.schema.fields.values())
    return isinstance(field, Reference) and to in (None, field.to)


def _references(field: fields.Field[Any], value: Any, path: tuple[str | int, ...]) -> Iterator[RecordReference]:
    if isinstance(field, Reference) and is_id(value):
        yield RecordReference(json_pointer(*path), field.to, value)
    elif isinstance(field, fields.List) and isinstance(value, list):
        for place, item in enumerate(value[:MAX_LIST_LENGTH]):
            yield from _references(field.inner, item, (*path, place))
    elif isinstance(field, fields.Nested) and isinstance(value, dict):
        for name, inner in field.schema.fields.items():
            if name in value:
                yield from _references(inner, value[name], (*path, name))
