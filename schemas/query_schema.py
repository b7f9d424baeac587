"""The query of an endpoint as a marshmallow schema."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.errors import FieldMessage
from schemas.filters import split_values
from schemas.record import Strict


class NameList(fields.Field[list[str]]):
    """Comma-separated list of distinct names from a closed set, each optionally with a leading hyphen.

    A function returns names that are not known yet when the field is declared.
    """

    def __init__(
        self,
        names: Iterable[str] | Callable[[], Iterable[str]],
        description: str,
        *,
        example: str,
        signed: bool = False,
    ) -> None:
        super().__init__(metadata={"description": description, "example": example})
        self._names, self.signed = names if callable(names) else tuple(names), signed

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it takes."""
        return tuple(self._names() if callable(self._names) else self._names)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str]:
        items = split_values(str(value))
        names = [item.removeprefix("-") if self.signed else item for item in items]
        for place, name in enumerate(names):
            if name not in self.names:
                raise ValidationError(FieldMessage(f"Unknown name {name!r}.", name, self.names))
            if name in names[:place]:
                raise ValidationError(f"{name!r} is repeated.")
        return items


class IntegerParameter(fields.Integer):
    """An integer in decimal digits; required if it has no default.

    Stricter than `int()`, which also accepts "1_000" and " 1".
    """

    def __init__(self, description: str, *, least: int, most: int, example: int, default: int | None = None) -> None:
        presence: dict[str, Any] = {"required": True} if default is None else {"load_default": default}
        super().__init__(
            **presence,
            validate=validate.Range(least, most),
            error_messages={"invalid": f"Must be a whole number from {least} to {most}, as in {example}."},
            metadata={"description": description, "example": example},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,16}", str(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


class BooleanParameter(fields.Boolean):
    """`true` or `false`, which is the default."""

    def __init__(self, description: str) -> None:
        super().__init__(
            load_default=False,
            truthy={"true"},
            falsy={"false"},
            error_messages={"invalid": "Must be true or false."},
            metadata={"description": description, "example": True},
        )


class QuerySchema(Strict):
    """Query of an endpoint. Used directly for endpoints without parameters."""

    error_messages = {"unknown": "Unknown parameter."}


KNOWN_AT = "known_at"
REVISION_OR_TIME = (
    r"^([0-9]{1,16}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[ +-][0-9]{2}:[0-9]{2}))?)$"
)
"""The number of a revision, a day, or a time with its offset. An unencoded plus sign arrives as a space."""
MAX_KNOWN_AT_LENGTH = len("2025-03-20T12:00:00.000000+00:00")


class DataQuery(QuerySchema):
    """Query of an endpoint that serves data. Used directly for endpoints without other parameters."""

    known_at = fields.String(
        validate=[validate.Regexp(REVISION_OR_TIME), validate.Length(1, MAX_KNOWN_AT_LENGTH)],
        metadata={
            "description": "The data as this revision left it, or the latest one recorded by this day or time (UTC).",
            "example": "1",
        },
    )
