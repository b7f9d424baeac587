"""The query of an endpoint as a marshmallow schema."""

from collections.abc import Iterable
from typing import Any

from marshmallow import ValidationError, fields

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


class QuerySchema(Strict):
    """The query of an endpoint; by itself, of one that takes no parameters."""

    error_messages = {"unknown": "There is no such parameter."}
