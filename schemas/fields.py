"""Field types of records: what each accepts. Where a field is stored follows from its type."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from schemas.characters import character_error
from schemas.dates import UnsupportedDate, date_span, suggest_date
from schemas.errors import FieldMessage
from schemas.named_ids import as_id
from schemas.terms import Vocabulary

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
UNATTRIBUTED = "unattributed"
"""The account of what a source reports as said or done by others without naming anybody."""
UNATTRIBUTED_NAME = "account not stated"
"""The name of that account, where those of parties and sources are shown."""
ACCOUNTS_VIEW = "accounts"
"""The SQL view of the ids that can be accounts."""
RESERVED = {"null", UNATTRIBUTED}
"""Words that mean something else where ids are expected: `null` in a query, the other as an account."""
MAX_CODE_LENGTH = 100
MAX_TEXT_LENGTH = 2000
MAX_NAME_LENGTH = 200
MAX_LIST_LENGTH = 10_000
MAX_INVALID_ITEMS = 100
"""Number of invalid items after which the rest of a list is not checked."""
MAX_INTEGER = 2**53 - 1  # the largest that every JSON reader represents exactly


def required_or_nullable(nullable: bool) -> dict[str, Any]:
    """Return the arguments of a field that is required, or nullable with null as default."""
    return {"allow_none": True, "load_default": None} if nullable else {"required": True}


class String(fields.String):
    """A text. What is not text is rejected with what to write instead."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool | int | float):
            raise ValidationError(f'Must be text. Put it in quotes: "{json.dumps(value)}".')
        if not isinstance(value, str):
            raise ValidationError("Must be a text, not a list or an object.")
        return super()._deserialize(value, *args, **kwargs)


class Text(String):
    """One line of text in Unicode NFC, never empty: `null` stands for unknown."""

    # Control characters and line separators have no place in a line; lone surrogates are not text.
    NOT_IN_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
    LINE = re.compile(rf"[^\s{NOT_IN_A_LINE}](?:[^{NOT_IN_A_LINE}]*[^\s{NOT_IN_A_LINE}])?")

    def __init__(
        self,
        description: str,
        *,
        example: str,
        nullable: bool = False,
        search: bool = False,
        most: int = MAX_TEXT_LENGTH,
    ) -> None:
        super().__init__(
            **required_or_nullable(nullable),
            validate=validate.Length(max=most),
            metadata={"description": description, "example": example, "search": search},
        )
        self.most = most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if len(text) > self.most:
            raise ValidationError(f"Longer than maximum length {self.most}.")
        if not self.LINE.fullmatch(text):
            raise ValidationError("Must be one line of text, not empty and without white space at either end.")
        composed = unicodedata.normalize("NFC", text)
        if detail := character_error(composed):
            raise ValidationError(detail)
        return composed


class Code(String):
    """A short text of a fixed form."""

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
        self.pattern, self.form = re.compile(pattern, re.ASCII), form

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(f"Must be {self.form}.")
        return text


class Duration(Code):
    """How long something lasts: an ISO 8601 duration in years, months, weeks or days, or null."""

    UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}

    def __init__(self, description: str) -> None:
        super().__init__(
            description,
            pattern=r"P(?:[1-9]\d{0,3}W|(?=\d)(?:[1-9]\d{0,3}Y)?(?:[1-9]\d{0,3}M)?(?:[1-9]\d{0,3}D)?)",
            form="an ISO 8601 duration in years, months, weeks or days, as in 'P30D'",
            example="P30D",
            nullable=True,
        )

    @classmethod
    def in_words(cls, duration: str) -> str:
        """Return a valid duration in English, as in "30 days"."""
        parts = re.findall(r"(\d+)([YMWD])", duration)
        return ", ".join(f"{number} {cls.UNITS[unit]}{'' if number == '1' else 's'}" for number, unit in parts)


class CountryCode(Code):
    """A country: ISO 3166-1 alpha-2, or XK for Kosovo, which has no official code."""

    UNOFFICIAL = {"XK"}

    def __init__(self, description: str, *, example: str, filter: str | None = None) -> None:
        super().__init__(
            description,
            pattern="[A-Z]{2}",
            form="an ISO 3166-1 code of two capital letters, as in 'RU'",
            example=example,
            nullable=True,
            filter=filter,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        # Reading the list takes 30 ms, and a server without a filter by country never needs it.
        from schemas.countries import country_exists, suggest_country

        try:
            code: str = super()._deserialize(value, *args, **kwargs)
        except ValidationError as error:
            hint = suggest_country(value) if isinstance(value, str) else None
            raise ValidationError([FieldMessage(str(text), did_you_mean=hint) for text in error.messages]) from None
        if code not in self.UNOFFICIAL and not country_exists(code):
            detail = f"{code!r} is not an ISO 3166-1 country code."
            raise ValidationError(FieldMessage(detail, did_you_mean=suggest_country(code)))
        return code


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
        try:
            slug = super()._deserialize(value, *args, **kwargs)
        except ValidationError as error:
            hint = as_id(value) if isinstance(value, str) and len(value) <= MAX_CODE_LENGTH else ""
            suggested = hint if self.pattern.fullmatch(hint) else None
            raise ValidationError(
                [FieldMessage(str(text), did_you_mean=suggested) for text in error.messages]
            ) from None
        if slug in RESERVED:
            raise ValidationError(f"{slug!r} is reserved and cannot be an id.")
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
        """Whether this is the acting party, so that the filter `principal` applies to it."""


class AccountId(Slug):
    """The id of whoever gives an account: a party, a source, or `unattributed`."""

    to = ACCOUNTS_VIEW

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value if value == UNATTRIBUTED else super()._deserialize(value, *args, **kwargs)


class VocabularyTerm(String):
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
            detail = f"{name[:MAX_CODE_LENGTH]!r} is not a term of the vocabulary {self.vocabulary.name!r}."
            suggestion = self.vocabulary.nearest(name) if len(name) <= MAX_CODE_LENGTH else None
            raise ValidationError(FieldMessage(detail, allowed=self.vocabulary, did_you_mean=suggestion))
        return name


class StrictBoolean(fields.Boolean):
    """True or false, and no other value that Python treats as such."""

    def __init__(self, description: str, *, default: bool | None = None, nullable: bool = False) -> None:
        presence = {"load_default": default} if default is not None else required_or_nullable(nullable)
        super().__init__(
            **presence,
            error_messages={"invalid": "Must be true or false."},
            metadata={"description": description, "example": True if default is None else default},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class PositiveInteger(fields.Integer):
    """A whole number from 1."""

    def __init__(self, description: str, *, example: int, filter: str | None = None) -> None:
        super().__init__(
            required=True,
            strict=True,
            validate=validate.Range(1, MAX_INTEGER),
            error_messages={"invalid": "Must be a whole number, as in 3."},
            metadata={"description": description, "example": example, "filter": filter},
        )


class Coordinate(fields.Float):
    """A coordinate in decimal degrees (WGS 84)."""

    def __init__(self, description: str, *, limit: int, example: float) -> None:
        super().__init__(
            **required_or_nullable(True),
            validate=validate.Range(-limit, limit),
            error_messages={"invalid": f"Must be a number, as in {example}."},
            metadata={"description": description, "example": example},
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, *args, **kwargs)


class WebAddress(Text):
    """An absolute URL with the scheme http or https and without a password."""

    FORM = validate.URL(schemes={"http", "https"}, error="Must be a full URL, as in 'https://example.org/readout'.")
    AUTHORITY_END = re.compile("[/?#]")

    def __init__(self, description: str, *, example: str) -> None:
        super().__init__(description, example=example, nullable=True)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        self.FORM(text)
        # Not urlsplit, which raises a ValueError for some addresses that the form permits: https://[1:2:3]/
        authority = self.AUTHORITY_END.split(text.partition("//")[2], maxsplit=1)[0]
        if "@" in authority:
            raise ValidationError("Must not contain a user name or a password.")
        return text


class Timestamp(Code):
    """A day and a time with an offset (RFC 3339)."""

    def __init__(self, description: str, *, example: str) -> None:
        super().__init__(
            description,
            pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)",
            form=f"a day and a time with an offset, as in {example!r}",
            example=example,
            nullable=True,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(f"{text!r} is not in the calendar, or not a time of day.") from None
        return text


class EdtfDate(String):
    """A date in EDTF, level 0 or 1."""

    EXAMPLES = "2025-03-18, 2025-02, 2025-03-10/2025-03-16, ../2025-03-16 or 2025-03-11~"

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
        except ValueError as error:
            detail, instead = f"{text[:MAX_CODE_LENGTH]!r} is {error}.", suggest_date(text)
            if isinstance(error, UnsupportedDate):
                instead = instead or error.instead
            else:
                detail = f"{detail} Write for example {self.EXAMPLES}."
            raise ValidationError(FieldMessage(detail, did_you_mean=instead)) from None
        return text


class BoundedList(fields.List[Any]):
    """A list that stops validating after 100 invalid items."""

    default_error_messages = {"invalid": "Must be a list, such as [one, other]."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        valid: list[Any] = []
        invalid: dict[int, Any] = {}
        for place, item in enumerate(value):
            try:
                valid.append(self.inner.deserialize(item, **kwargs))
            except ValidationError as error:
                invalid[place] = error.messages
            if len(invalid) > MAX_INVALID_ITEMS:
                invalid[place] = ["Too many errors; the remaining items were not checked."]
                break
        if invalid:
            raise ValidationError(invalid, valid_data=valid)
        return valid


class UniqueList(BoundedList):
    """A list without repeats, unless `distinct` is false; the default is `[]`, which means none, or null if allowed.

    If `distinct` names a field of the items, no two items have the same value of it.
    """

    def __init__(
        self,
        inner: fields.Field[Any],
        description: str,
        *,
        least: int = 0,
        most: int = MAX_LIST_LENGTH,
        search: bool = False,
        filter: str | None = None,
        distinct: bool | str = True,
        nullable: bool = False,
    ) -> None:
        default: dict[str, Any] = {"required": True} if least else {"load_default": list}
        if nullable:
            default = required_or_nullable(nullable)
        super().__init__(
            inner,
            **default,
            validate=validate.Length(least, most),
            metadata={"description": description, "search": search, "filter": filter},
        )
        self.distinct, self.most = distinct, most

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(f"Must have at most {self.most} items.")
        items = super()._deserialize(value, *args, **kwargs)
        if self.distinct and len(items) > 1 and _has_duplicates(items):
            raise ValidationError("Must not contain an item twice.")
        if isinstance(self.distinct, str) and _has_duplicates([item[self.distinct] for item in items]):
            raise ValidationError(f"Must not name one {self.distinct} twice.")
        return items


def _has_duplicates(items: list[Any]) -> bool:
    plain = all(isinstance(item, str) for item in items)
    return len(set(items if plain else (json.dumps(item, sort_keys=True) for item in items))) < len(items)
