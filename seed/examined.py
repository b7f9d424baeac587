"""Records held against their schemas one by one, whoever asks and in whichever process."""

from typing import Any, NamedTuple

from marshmallow import ValidationError

from schemas import RECORDS
from schemas.errors import FieldError, errors_from_marshmallow
from seed.ndjson import InvalidLine, Line, parse_line

SCHEMAS = {plural: (record(), tuple(record.declared())) for plural, record in RECORDS.items()}
"""One schema a type for all its records, and the names of what is finished."""


class Examined(NamedTuple):
    """What a line holds: a finished record, or one with faults, or with no type at all no record."""

    number: int
    plural: str
    record: dict[str, Any]
    faults: list[FieldError]


def examined(lines: list[Line]) -> list[Examined]:
    """The records on lines of a stream."""
    return [_examined(*line) for line in lines]


def finished(plural: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """A record with every key present; where it is not sound, as it is given, and its faults."""
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
