"""Guesses: values that begin with `?`, which no id, date or term of a vocabulary does, so that none is ever valid.

A text is never a guess: it is copied exactly, or left to write.
"""

from typing import Any

from schemas.errors import FieldError

MARK = "?"


class Guess(FieldError):
    """The error for a value that nobody has decided yet."""


def guess(value: str) -> str:
    """Return a value that is invalid until somebody decides it."""
    return MARK + value


def explain_guess(record: dict[str, Any], error: FieldError) -> FieldError:
    """Return the error in a field of a record; if the value is a guess, the error says what to decide."""
    value = _find(record, error.pointer)
    if not (isinstance(value, str) and value.startswith(MARK)):
        return error
    guessed = value.removeprefix(MARK)
    keep = f"If it is right, write {guessed!r}; otherwise write what is right." if guessed else "Write what is right."
    return Guess(error.pointer, f"{value!r} is a guess. {keep}", error.allowed)


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
