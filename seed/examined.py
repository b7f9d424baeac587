"""Validation of single records against their schemas."""

from typing import Any, NamedTuple

from marshmallow import ValidationError

from schemas import RECORDS
from schemas.errors import FieldError, errors_from_marshmallow
from seed.ndjson import InvalidLine, Line, parse_line

SCHEMAS = {plural: (record(), tuple(record.declared())) for plural, record in RECORDS.items()}
"""One schema instance per type, and the names of its fields in order."""


class Examined(NamedTuple):
    """Validated line: a complete record, or an invalid one with its errors; without a type, no record."""

    number: int
    plural: str
    record: dict[str, Any]
    faults: list[FieldError]


def examined(lines: list[Line]) -> list[Examined]:
    """Validate the records on lines of a stream."""
    return [_examined(*line) for line in lines]


def finished(plural: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the complete record and no errors, or the record as given and its errors."""
    schema, names = SCHEMAS[plural]
    try:
        record = schema.load(given)
    except ValidationError as error:
        return given, list(errors_from_marshmallow(error.messages))
    return {name: record[name] for name in names}, []


def _examined(number: int, text: bytes) -> Examined:
    try:
        plural, given = parse_line(text)
    except InvalidLine as error:
        return Examined(number, "", {}, [error.error])
    return Examined(number, plural, *finished(plural, given))
