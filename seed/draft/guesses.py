"""Guesses: values that begin with `?`. No id, date or term does, so a guess is never valid.

A text is never a guess: it is copied exactly, or left to write.
"""

from collections.abc import Iterator
from typing import Any

from marshmallow import fields

from schemas.errors import FieldError

MARK = "?"
ID = "/id"
NULL = fields.Field.default_error_messages["null"]
"""Marshmallow's message for a null that is not allowed."""


class Guess(FieldError):
    """The error for a value that nobody has decided yet."""


class Unwritten(FieldError):
    """The error for null in a field that must be written."""


def guess(value: str) -> str:
    """Return a value that is invalid until somebody decides it."""
    return MARK + value


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, without the mark of a guess."""
    if isinstance(value, str):
        yield value.removeprefix(MARK)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def explain_guess(record: dict[str, Any], error: FieldError, description: str = "") -> FieldError:
    """Return the error in a field of a record; if it is a guess or null, the error says what to decide or to write.

    `description` is that of the field, if it is one of the record.
    """
    value = _find(record, error.pointer)
    if error.detail == NULL and description:
        return Unwritten(error.pointer, f"Is null. Write it: {description}", error.allowed)
    if not (isinstance(value, str) and value.startswith(MARK)):
        return error
    guessed = value.removeprefix(MARK)
    if error.pointer == ID:
        detail = f"The record is a guess. If all of it is right, write {guessed!r}; otherwise correct or delete it."
    elif guessed:
        detail = f"{value!r} is a guess. If it is right, write {guessed!r}; otherwise write what is right."
    else:
        detail = f"{value!r} is a guess. Write what is right."
    return Guess(error.pointer, detail, error.allowed)


def _find(data: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer, or None."""
    for step in pointer.split("/")[1:]:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data
