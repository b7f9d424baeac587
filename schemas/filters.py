"""Query parameters as marshmallow fields, each with its SQL condition.

In a condition, `r` is the record, `{link}` a row of one of its lists, and `{at}` whichever of them is read first; both
have the record's id and date bounds. `{name}` is the parameter. Values are always bound; a list is bound as one JSON
text.
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
"""SQL for a list of values, and for a single one, for which SQLite can use the order of an index."""
STANDS_FROM = (
    "coalesce(r.date_latest, r.date_earliest,"
    " (select coalesce(date_latest, date_earliest) from sources where id = r.bundle))"
)
"""SQL for the day from which a record certainly stands; null if neither it nor its source has a date."""
BOOLEANS = {"true": True, "false": False}
MAX_VALUES = 100
MAX_QUERY_LENGTH = 200


class Filter(fields.String):
    """Parameter that selects records."""

    where: str
    """SQL of its condition."""
    link: str | None = None
    """Table of the list that the condition is about, or None for the record itself."""

    def condition(self, name: str, value: str, at: str = "r", link: str = "link") -> str:
        """Return the SQL condition for a bound value; `at` and `link` are table aliases."""
        return self.sql_for(value).replace("{name}", name).replace("{at}", at).replace("{link}", link)

    def sql_for(self, value: str) -> str:
        """Return the SQL condition for a value, before names are filled in."""
        return self.where


class AnyOf(Filter):
    """One or more values, separated by commas; a record matches if it has any of them.

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
        """Record type whose ids the values are, or None."""
        self.operand = operand
        """SQL of the compared column, or None if there are several."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        texts = str(value).split(",")
        if len(texts) > MAX_VALUES:
            raise ValidationError(f"At most {MAX_VALUES} values.")
        return json.dumps([self.item.deserialize(self._typed(text), attr, data, **kwargs) for text in texts])

    def sql_for(self, value: str) -> str:
        """Return the SQL condition: an equality for one value; `null` among several values also matches null."""
        values, unknown = json.loads(value), f"{self.operand} is null"
        among = f"{self.operand} {AMONG}"
        if None in values:
            among = f"({among} or {unknown})" if len(values) > 1 else unknown
        where = self.where.replace("{among}", among)
        return where.replace(AMONG, EQUAL) if len(values) == 1 else where

    def _typed(self, text: str) -> Any:
        """Convert the text to what the field expects in JSON."""
        if text == "null" and self.item.allow_none:
            return None
        if isinstance(self.item, StrictBoolean):
            return BOOLEANS.get(text, text)
        if isinstance(self.item, fields.Integer) and re.fullmatch(r"[0-9]{1,16}", text):
            return int(text)
        return text

    @property
    def allowed(self) -> list[Any] | None:
        """Return every allowed value, or None if there is no list."""
        if isinstance(self.item, VocabularyTerm):
            return list(self.item.vocabulary)
        return list(BOOLEANS.values()) if isinstance(self.item, StrictBoolean) else None


class IntegerParameter(fields.Integer):
    """Integer in decimal digits, without the other forms that Python accepts."""

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
    """Day, month or year; the condition compares its first day (`->> 0`) or last day (`->> 1`)."""

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
    """Full-text query: every word must occur."""

    def __init__(self, description: str, where: str = "", *, required: bool = False) -> None:
        super().__init__(
            required=required,
            validate=validate.Length(1, MAX_QUERY_LENGTH),
            metadata={"description": description, "example": "ceasefire"},
        )
        self.where = where

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Build the FTS5 query. Not in `_deserialize`, so that the length of the original text is validated."""
        text = super().deserialize(value, *args, **kwargs)
        if text is missing:
            return text
        # Quoted, a word is never an FTS5 operator or column.
        words = re.findall(r"\w+", text)
        if not words:
            raise ValidationError("Must hold a word to search for.")
        return " ".join(f'"{word}"' for word in words)


class BooleanFilter(Filter):
    """`true` or `false`, each with its own condition."""

    def __init__(self, where: str, otherwise: str, description: str) -> None:
        super().__init__(
            validate=validate.OneOf(BOOLEANS, error="Must be true or false."),
            metadata={"description": description, "example": "false"},
        )
        self.where, self.otherwise = where, otherwise

    def sql_for(self, value: str) -> str:
        """Return the SQL condition for `true` or `false`."""
        return self.where if BOOLEANS[value] else self.otherwise


def date_range(year: int, month: int | None = None, day: int | None = None) -> tuple[str, str]:
    """Return the first and last day of a year, month or day. Raises ValueError if there is none."""
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    return first.isoformat(), last.isoformat()


def as_of() -> DateFilter:
    """Return the filter for records that certainly stood at the end of a day.

    A record stands from the last day its date may mean, from the first if the last is open, and from the date of its
    source if it has no date.
    """
    return DateFilter(f"{STANDS_FROM} <= :{{name}} ->> 1", "As the record stood at the end of this day, month or year.")
