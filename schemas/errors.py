"""Validation errors: where they are, what is wrong, what is allowed, and the nearest allowed value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from marshmallow.exceptions import SCHEMA
from rapidfuzz import process
from rapidfuzz.distance import OSA

MAX_SUGGESTED_LENGTH = 100
"""Longer texts are not compared with allowed values; ids and codes are no longer than this."""
MAX_CANDIDATES = 5000
"""Number of allowed values that are compared."""


class FieldMessage(str):
    """A marshmallow error message that also carries the allowed values and the nearest one."""

    allowed: tuple[str, ...]
    did_you_mean: str | None

    def __new__(
        cls, detail: str, value: str | None = None, allowed: Iterable[str] = (), did_you_mean: str | None = None
    ) -> "FieldMessage":
        """Return a message. If there is a value, the allowed one that it probably misspells is suggested."""
        message = super().__new__(cls, detail)
        message.allowed = tuple(allowed)
        message.did_you_mean = did_you_mean if value is None else nearest(value, message.allowed)
        return message


class UnknownField(FieldMessage):
    """The message about a field that its schema does not have."""


@dataclass(frozen=True, order=True)
class FieldError:
    """One error: JSON pointer (RFC 6901), message, allowed values, and the nearest of them."""

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()
    did_you_mean: str | None = None

    def __str__(self) -> str:
        hint = f" Did you mean {self.did_you_mean!r}?" if self.did_you_mean else ""
        allowed = f" Allowed: {', '.join(self.allowed)}." if self.allowed else ""
        return f"{self.pointer or '/'}: {self.detail}{hint}{allowed}"


def nearest(value: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed value that a value probably misspells, in any case, or None.

    Up to one typing error in three characters counts as a misspelling, but no more than two, or one in four characters
    of a long word, so that a word of another meaning is seldom suggested; a single character never does. The cost is
    bounded, whatever the value is.
    """
    if not isinstance(value, str) or len(value) > MAX_SUGGESTED_LENGTH:
        return None
    text = value.lower()
    by_lower = {candidate.lower(): candidate for candidate in islice(allowed, MAX_CANDIDATES)}
    errors = min(max(min((len(text) + 2) // 3, 2), len(text) // 4), max(len(text) - 1, 0))
    match = process.extractOne(text, by_lower.keys(), scorer=OSA.distance, score_cutoff=errors)
    return by_lower[match[0]] if match else None


def json_pointer(*steps: object) -> str:
    """Return the JSON pointer with these steps from the root."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def errors_from_marshmallow(messages: Any, *path: object) -> Iterator[FieldError]:
    """Yield every error in marshmallow's nested messages, with its pointer."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            is_field = key != SCHEMA or isinstance(inner[0], UnknownField)
            yield from errors_from_marshmallow(inner, *path, *((key,) if is_field else ()))
    elif isinstance(messages, list):
        for message in messages:
            yield from errors_from_marshmallow(message, *path)
    else:
        yield FieldError(
            json_pointer(*path),
            str(messages),
            getattr(messages, "allowed", ()),
            getattr(messages, "did_you_mean", None),
        )
