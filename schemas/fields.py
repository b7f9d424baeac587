"""The kinds of field a record is made of. Each knows what it accepts; where it is stored is read off its kind."""

import json
import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.dates import date_span
from schemas.errors import FieldMessage
from schemas.terms import Vocabulary

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
RESERVED = {"null", "source", "unattributed"}
"""What would be mistaken for an id: `null` in a query, and whose word a record is where no party's is."""
MAX_CODE_LENGTH = 100
MAX_TEXT_LENGTH = 2000
MAX_LIST_LENGTH = 10_000
MAX_INVALID_ITEMS = 100
"""How many items of a list are told to be at fault before the rest of it is left unread."""
MAX_INTEGER = 2**53 - 1  # the largest that every JSON reader holds exactly


def required_or_nullable(nullable: bool) -> dict[str, Any]:
    """Whether a field must be given, or may be null and is null when it is not given."""
    return {"allow_none": True, "load_default": None} if nullable else {"required": True}


class Text(fields.String):
    """One line of text, never empty: `null` is how the unknown is written."""

    # Control characters and line ends have no place in a line; lone surrogates are not text at all.
    LINE = re.compile(
        r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*\S)?"
    )

    def __init__(self, description: str, *, example: str, nullable: bool = False, search: bool = False) -> None:
        super().__init__(
            **required_or_nullable(nullable),
            validate=validate.Length(max=MAX_TEXT_LENGTH),
            metadata={"description": description, "example": example, "search": search},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if not self.LINE.fullmatch(text):
            raise ValidationError("Must be one line of text, with no white space around it; write null for unknown.")
        return text


class Code(fields.String):
    """A short text of one fixed form."""

    def __init__(
        self,
        description: str,
        *,
        pattern: str,
        form: str,
        example: str,
        nullable: bool = False,
        filter: str | None = None,
    ) -> None:
        super().__init__(
            **required_or_nullable(nullable),
            validate=validate.Length(max=MAX_CODE_LENGTH),
            metadata={"description": description, "example": example, "filter": filter},
        )
        self.pattern, self.form = re.compile(pattern), form

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(f"Must be {self.form}.")
        return text


class Slug(Code):
    """A readable id: words of lower-case letters and digits, joined by hyphens."""

    def __init__(self, description: str, *, example: str, nullable: bool = False, filter: str | None = None) -> None:
        super().__init__(
            description,
            pattern=SLUG,
            form="lower-case words of a-z and 0-9 joined by hyphens, as in 'energy-strikes-halt'",
            example=example,
            nullable=nullable,
            filter=filter,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        slug = super()._deserialize(value, *args, **kwargs)
        if slug in RESERVED:
            raise ValidationError(f"Must not be {slug!r}, which means something else where ids stand.")
        return slug


class Reference(Slug):
    """The id of a record of another type, or of the same."""

    def __init__(
        self,
        to: str,
        description: str,
        *,
        example: str,
        nullable: bool = False,
        filter: str | None = None,
        is_actor: bool = False,
    ) -> None:
        super().__init__(description, example=example, nullable=nullable, filter=filter)
        self.to = to
        self.is_actor = is_actor
        """Whether this is the party that acts, for which the parameter `principal` asks on whose behalf."""


class VocabularyTerm(fields.String):
    """A term of a closed vocabulary."""

    def __init__(
        self, vocabulary: Vocabulary, description: str, *, nullable: bool = False, filter: str | None = None
    ) -> None:
        super().__init__(
            **required_or_nullable(nullable),
            metadata={"description": description, "example": next(iter(vocabulary)), "filter": filter},
        )
        self.vocabulary = vocabulary

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, *args, **kwargs)
        if name not in self.vocabulary:
            raise ValidationError(
                FieldMessage(
                    f"{name!r} is not one of the {self.vocabulary.name}.",
                    allowed=self.vocabulary,
                    did_you_mean=self.vocabulary.nearest(name),
                )
            )
        return name


class StrictBoolean(fields.Boolean):
    """True or false, and nothing that merely looks like it."""

    def __init__(self, description: str, *, default: bool | None = None, nullable: bool = False) -> None:
        given = {"load_default": default} if default is not None else required_or_nullable(nullable)
        super().__init__(
            **given, metadata={"description": description, "example": True if default is None else default}
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class PositiveInteger(fields.Integer):
    """A whole number from one up."""

    def __init__(self, description: str, *, example: int, filter: str | None = None) -> None:
        super().__init__(
            required=True,
            strict=True,
            validate=validate.Range(1, MAX_INTEGER),
            metadata={"description": description, "example": example, "filter": filter},
        )


class Coordinate(fields.Float):
    """A coordinate in decimal degrees (WGS 84)."""

    def __init__(self, description: str, *, limit: int, example: float) -> None:
        super().__init__(
            **required_or_nullable(True),
            validate=validate.Range(-limit, limit),
            metadata={"description": description, "example": example},
        )


class EdtfDate(fields.String):
    """A date in EDTF, level 0 or 1."""

    def __init__(self, description: str) -> None:
        super().__init__(
            **required_or_nullable(True),
            validate=validate.Length(max=MAX_CODE_LENGTH),
            metadata={"description": description, "example": "2025-03-18"},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            date_span(text)
        except ValueError as fault:
            raise ValidationError(
                f"{text!r} is {fault}. Write 2025-03-18, 2025-02, 2025-03-10/2025-03-16, ../2025-03-16 or 2025-03-11~."
            ) from None
        return text


class BoundedList(fields.List[Any]):
    """A list that is read up to the item at fault after which nobody would read on."""

    default_error_messages = {"invalid": "Must be a list, in square brackets if it is short: [one, other]."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        sound: list[Any] = []
        faulty: dict[int, Any] = {}
        for place, item in enumerate(value):
            try:
                sound.append(self.inner.deserialize(item, **kwargs))
            except ValidationError as error:
                faulty[place] = error.messages
            if len(faulty) > MAX_INVALID_ITEMS:
                faulty[place] = ["From here on nothing was read, for all the faults before."]
                break
        if faulty:
            raise ValidationError(faulty, valid_data=sound)
        return sound


class UniqueList(BoundedList):
    """A list, without repeats unless they mean something; `[]` says that there are none, as when nothing is given."""

    def __init__(
        self,
        inner: fields.Field[Any],
        description: str,
        *,
        least: int = 0,
        search: bool = False,
        filter: str | None = None,
        distinct: bool = True,
    ) -> None:
        given: dict[str, Any] = {"required": True} if least else {"load_default": list}
        super().__init__(
            inner,
            **given,
            validate=validate.Length(least, MAX_LIST_LENGTH),
            metadata={"description": description, "search": search, "filter": filter},
        )
        self.distinct = distinct

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > MAX_LIST_LENGTH:
            raise ValidationError(f"Holds more than {MAX_LIST_LENGTH} items.")
        items = super()._deserialize(value, *args, **kwargs)
        if self.distinct and len(items) > 1 and _has_duplicates(items):
            raise ValidationError("The same item stands in the list twice.")
        return items


def _has_duplicates(items: list[Any]) -> bool:
    plain = all(isinstance(item, str) for item in items)
    return len(set(items if plain else (json.dumps(item, sort_keys=True) for item in items))) < len(items)
