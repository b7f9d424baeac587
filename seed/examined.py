"""Records held against their schemas one by one, whoever asks and in whichever process."""

from typing import Any, NamedTuple

from marshmallow import ValidationError

from schemas import RECORDS
from schemas.faults import Fault, faults_in
from seed.stream import Line, NoRecord, record_in

SCHEMAS = {plural: (record(), tuple(record.declared())) for plural, record in RECORDS.items()}
"""One schema a type for all its records, and the names of what is finished."""


class Examined(NamedTuple):
    """What a line holds: a finished record, or one with faults, or with no type at all no record."""

    number: int
    plural: str
    record: dict[str, Any]
    faults: list[Fault]


def examined(lines: list[Line]) -> list[Examined]:
    """The records on lines of a stream."""
    return [_examined(*line) for line in lines]


def finished(plural: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """A record with every key present; where it is not sound, as it is given, and its faults."""
    schema, names = SCHEMAS[plural]
    try:
        record = schema.load(given)
    except ValidationError as error:
        return given, list(faults_in(error.messages))
    return {name: record[name] for name in names}, []


def _examined(number: int, text: bytes) -> Examined:
    try:
        plural, given = record_in(text)
    except NoRecord as error:
        return Examined(number, "", {}, [error.fault])
    return Examined(number, plural, *finished(plural, given))
