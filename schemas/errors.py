"""Faults in what someone handed in: what is wrong, what is allowed instead, and where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class FieldMessage(str):
    """A marshmallow error message that also carries the allowed values and the nearest one."""

    allowed: tuple[str, ...]
    did_you_mean: str | None

    def __new__(
        cls, detail: str, given: object = None, allowed: Iterable[str] = (), did_you_mean: str | None = None
    ) -> "FieldMessage":
        """Return a message. Without `did_you_mean` the suggestion is the allowed value spelt most like `given`."""
        complaint = super().__new__(cls, detail)
        complaint.allowed = tuple(allowed)
        complaint.did_you_mean = did_you_mean if given is None else nearest(given, complaint.allowed)
        return complaint


@dataclass(frozen=True, order=True)
class FieldError:
    """One thing wrong: a JSON pointer (RFC 6901), what is wrong there, what is allowed, the nearest allowed value."""

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()
    did_you_mean: str | None = None

    def __str__(self) -> str:
        hint = f" Did you mean {self.did_you_mean!r}?" if self.did_you_mean else ""
        allowed = f" Allowed: {', '.join(self.allowed)}." if self.allowed else ""
        return f"{self.pointer or '/'}: {self.detail}{hint}{allowed}"


def nearest(given: object, allowed: Iterable[str]) -> str | None:
    """The allowed value that looks most like what was given, in whatever case, or None."""
    by_lower = {value.lower(): value for value in allowed}
    close = get_close_matches(str(given).lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def json_pointer(*steps: object) -> str:
    """The JSON pointer that takes these steps from the top."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def errors_from_marshmallow(messages: Any, *path: object) -> Iterator[FieldError]:
    """Every fault in marshmallow's nested messages, each with its pointer."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from errors_from_marshmallow(inner, *path, *(() if key == "_schema" else (key,)))
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
