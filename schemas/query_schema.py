"""The query of an endpoint as a marshmallow schema."""

import re
from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.errors import FieldMessage
from schemas.record import Strict


class NameList(fields.Field[list[str]]):
    """One or more of the names there are, joined by commas, none of them twice."""

    def __init__(self, names: Iterable[str], description: str, *, example: str, signed: bool = False) -> None:
        super().__init__(metadata={"description": description, "example": example})
        self.names, self.signed = tuple(names), signed

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str]:
        given = str(value).split(",")
        plain = [name.removeprefix("-") if self.signed else name for name in given]
        for place, name in enumerate(plain):
            if name not in self.names:
                raise ValidationError(FieldMessage(f"{name!r} is not one of these.", name, self.names))
            if name in plain[:place]:
                raise ValidationError(f"{name!r} stands there twice.")
        return given


class IntegerParameter(fields.Integer):
    """An integer in decimal digits. Stricter than `int()`, which also accepts "1_000" and " 1"."""

    def __init__(self, description: str, *, least: int, most: int, default: int, example: int) -> None:
        super().__init__(
            load_default=default,
            validate=validate.Range(least, most),
            metadata={"description": description, "example": example},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"-?[0-9]{1,16}", str(value)):
            raise self.make_error("invalid", input=value)
        return int(value)


class QuerySchema(Strict):
    """The query of an endpoint; by itself, of one that takes no parameters."""

    error_messages = {"unknown": "There is no such parameter."}
