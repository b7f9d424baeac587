"""Query parameters as marshmallow fields, each with the SQL condition it stands for.

A condition speaks of the record as `r`, of a row of one of its lists as `{link}`, and of whichever of the two is read
first as `{at}`: both have the record's id and the days it spans. `{name}` stands for the parameter. Values are bound,
never written into the statement; a list travels as one JSON text.
"""

import calendar
import json
import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from schemas.fields import Reference, StrictBoolean, VocabularyTerm

VALUES = "(select value from json_each(:{name}))"
AMONG, EQUAL = f"in {VALUES}", "= (:{name} ->> 0)"
"""The SQL of what is in a list, and of what is in a list of one: there SQLite can follow the order of an index."""
STANDS_FROM = (
    "coalesce(r.date_latest, r.date_earliest,"
    " (select coalesce(date_latest, date_earliest) from sources where id = r.bundle))"
)
"""The SQL of the day from which a record certainly stands; null where neither it nor its source has one."""
BOOLEANS = {"true": True, "false": False}
MAX_VALUES = 100
MAX_QUERY_LENGTH = 200


class Filter(fields.String):
    """A parameter that selects records."""

    where: str
    """The SQL of its condition."""
    link: str | None = None
    """The table of the list whose rows the condition is about, None where it is about the record."""

    def condition(self, name: str, value: str, at: str = "r", link: str = "link") -> str:
        """The SQL that a record matches a value, given as it is bound; `at` and `link` are the names of rows."""
        return self.sql_for(value).replace("{name}", name).replace("{at}", at).replace("{link}", link)

    def sql_for(self, value: str) -> str:
        """The SQL of the condition for a value."""
        return self.where


class AnyOf(Filter):
    """One or more values, joined by commas; a record matches when it has any of them.

    In `where`, `{among}` stands for the condition that the operand is one of them.
    """

    def __init__(
        self,
        item: fields.Field[Any],
        where: str = "{among}",
        *,
        description: str,
        link: str | None = None,
        to: str | None = None,
        operand: str | None = None,
        example: object = None,
    ) -> None:
        shown = item.metadata["example"] if example is None else example
        super().__init__(metadata={"description": description, "example": shown})
        self.item, self.where, self.link = item, where, link
        self.to = item.to if isinstance(item, Reference) else to
        """The type of record that the values are ids of, None where they are not ids."""
        self.operand = operand
        """The SQL of what is compared, None where it is more than one thing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        texts = str(value).split(",")
        if len(texts) > MAX_VALUES:
            raise ValidationError(f"At most {MAX_VALUES} values.")
        return json.dumps([self.item.deserialize(self._typed(text), attr, data, **kwargs) for text in texts])

    def sql_for(self, value: str) -> str:
        """The SQL of the condition: with one value a comparison, and with null among several what is null as well."""
        values, unknown = json.loads(value), f"{self.operand} is null"
        among = f"{self.operand} {AMONG}"
        if None in values:
            among = f"({among} or {unknown})" if len(values) > 1 else unknown
        where = self.where.replace("{among}", among)
        return where.replace(AMONG, EQUAL) if len(values) == 1 else where

    def _typed(self, text: str) -> Any:
        """The text as the field would stand in JSON."""
        if text == "null" and self.item.allow_none:
            return None
        if isinstance(self.item, StrictBoolean):
            return BOOLEANS.get(text, text)
        if isinstance(self.item, fields.Integer) and re.fullmatch(r"[0-9]{1,16}", text):
            return int(text)
        return text

    @property
    def allowed(self) -> list[Any] | None:
        """Every value there is, None where there is no list of them."""
        if isinstance(self.item, VocabularyTerm):
            return list(self.item.vocabulary)
        return list(BOOLEANS.values()) if isinstance(self.item, StrictBoolean) else None


class IntegerParameter(fields.Integer):
    """A whole number in digits, and no other way in which Python would read one."""

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


class DateFilter(Filter):
    """A day, a month or a year; the condition compares its first day, `->> 0`, or its last, `->> 1`."""

    FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

    def __init__(self, where: str, description: str) -> None:
        super().__init__(metadata={"description": description, "example": "2025-03-18"})
        self.where = where

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        form = self.FORM.fullmatch(str(value))
        try:
            return json.dumps(date_range(*map(int, filter(None, form.groups() if form else ["0"]))))
        except ValueError:
            raise ValidationError("Must be a day, a month or a year, as in 2025-03-18, 2025-03 or 2025.") from None


class FullText(Filter):
    """Text to search for: every word of it must occur, whatever else it holds."""

    def __init__(self, description: str, where: str = "", *, required: bool = False) -> None:
        super().__init__(
            required=required,
            validate=validate.Length(1, MAX_QUERY_LENGTH),
            metadata={"description": description, "example": "ceasefire"},
        )
        self.where = where

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """The words for FTS5. Here and not in _deserialize, so that what the client wrote is measured, not this."""
        text = super().deserialize(value, *args, **kwargs)
        if text is missing:
            return text
        # In quotation marks a word is only a word to FTS5, never an operator or a column.
        words = re.findall(r"\w+", text)
        if not words:
            raise ValidationError("Must hold a word to search for.")
        return " ".join(f'"{word}"' for word in words)


class BooleanFilter(Filter):
    """`true` or `false`, each with its condition."""

    def __init__(self, where: str, otherwise: str, description: str) -> None:
        super().__init__(
            validate=validate.OneOf(BOOLEANS, error="Must be true or false."),
            metadata={"description": description, "example": "false"},
        )
        self.where, self.otherwise = where, otherwise

    def sql_for(self, value: str) -> str:
        """The SQL of the condition for `true`, or that for `false`."""
        return self.where if BOOLEANS[value] else self.otherwise


def date_range(year: int, month: int | None = None, day: int | None = None) -> tuple[str, str]:
    """The first and the last day of a year, a month or a day; ValueError where there is no such day."""
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    return first.isoformat(), last.isoformat()


def as_of() -> DateFilter:
    """Only what certainly stood at the end of a day.

    A record stands from the last day its date may mean; from the first where the last is open; and from the date of
    its source where it has no date at all.
    """
    return DateFilter(f"{STANDS_FROM} <= :{{name}} ->> 1", "As the record stood at the end of this day, month or year.")
