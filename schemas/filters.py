"""Query parameters that select records: marshmallow fields, each with the SQL of its condition.

A value reaches SQLite as one bound parameter, never as part of a statement; a list of values is bound as a JSON array.
"""

import calendar
import json
import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from schemas.dates import suggest_date
from schemas.errors import FieldMessage
from schemas.fields import AccountId, Reference, StrictBoolean, VocabularyTerm
from schemas.filter_sql import Condition, FilterContext, SqlCondition
from schemas.full_text import MAX_QUERY_LENGTH, fts_query

BOOLEANS = {"true": True, "false": False}
RANGES = (("since", "until"), ("since", "on"), ("on", "until"), ("recorded_since", "recorded_until"))
"""Pairs of date filters of which the second must not end before the first begins."""
MAX_VALUES = 100


class Filter(fields.String):
    """A query parameter that selects records."""

    table: str | None = None
    """The list table whose rows the condition is about; None if it is about the record."""
    shares_item = True
    """Whether the item of the list that meets the condition also has to meet those of other filters of the list."""

    def __init__(self, condition: SqlCondition, *, needs_record: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.condition, self.needs_record = condition, needs_record

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Return the error of a kind; if a value is required, with an example."""
        if key == "required":
            return ValidationError(f"Missing. Write a value, as in {self.name}={self.metadata['example']}.")
        return super().make_error(key, **kwargs)

    def sql(self, context: FilterContext) -> Condition:
        """Return the condition that a matching record meets."""
        return Condition(self.condition(context), self.needs_record)


class AnyOf(Filter):
    """One or more values separated by commas. A record matches if it has any of them.

    Views that build their own SQL leave `condition` out and use only the values.
    """

    least, most = 1, MAX_VALUES
    """The least and the most values."""

    def __init__(
        self,
        item: fields.Field[Any],
        condition: SqlCondition = lambda context: "true",
        *,
        description: str,
        to: str | None = None,
        example: object = None,
        needs_record: bool = True,
        required: bool = False,
    ) -> None:
        metadata = {"description": description, "example": item.metadata["example"] if example is None else example}
        super().__init__(condition, needs_record=needs_record, required=required, metadata=metadata)
        self.item = item
        self.to = item.to if isinstance(item, Reference | AccountId) else to
        """The plural of the record type whose ids the values are; None if they are not ids."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        texts = split_values(str(value))
        if len(texts) > MAX_VALUES:
            raise ValidationError(f"At most {MAX_VALUES} values.")
        return json.dumps([self._load_item(text, attr, data, **kwargs) for text in texts])

    def _load_item(self, text: str, attr: str | None, data: Any, **kwargs: Any) -> Any:
        """Load a value. Keep one that is not in the form of an id: the error that no record has it may suggest one."""
        try:
            return self.item.deserialize(self._json_value(text), attr, data, **kwargs)
        except ValidationError:
            if self.to is None or not text.isprintable():  # SQLite would read an id up to a null character
                raise
            return text

    def _json_value(self, text: str) -> Any:
        """Convert a text to the value that the field has in JSON."""
        if text == "null" and self.item.allow_none:
            return None
        if isinstance(self.item, StrictBoolean):
            return BOOLEANS.get(text, text)
        if isinstance(self.item, fields.Integer) and re.fullmatch(r"[0-9]{1,16}", text):
            return int(text)
        return text

    def offered(self) -> list[str] | None:
        """Return the accounts that a form offers, besides those of the request; None if it offers every value."""
        return None

    @property
    def allowed(self) -> list[Any] | None:
        """Every possible value; None if they cannot be listed."""
        if isinstance(self.item, VocabularyTerm):
            return list(self.item.vocabulary)
        return list(BOOLEANS.values()) if isinstance(self.item, StrictBoolean) else None


class ColumnFilter(AnyOf):
    """Compares a column of the record, or of one of its lists, with the values."""

    def __init__(self, item: fields.Field[Any], column: str, table: str | None = None, **kwargs: Any) -> None:
        super().__init__(item, self._equals_any, needs_record=table is None, **kwargs)
        self.column, self.table = column, table

    def operand(self, record: str = "r", item: str = "link") -> str:
        """Return the column with the alias of the table it is in."""
        return f'{item if self.table else record}."{self.column}"'

    def _equals_any(self, context: FilterContext) -> str:
        return context.equals_any(self.operand(context.record, context.item))


class NotFilter(AnyOf):
    """The opposite of a column filter: a record matches if it has none of the values."""

    def __init__(self, column: ColumnFilter, *, description: str) -> None:
        super().__init__(
            column.item,
            self._none_of,
            description=description,
            to=column.to,
            example=column.metadata["example"],
            needs_record=column.needs_record,
        )
        self.column = column

    def _none_of(self, context: FilterContext) -> str:
        if self.column.table is None:
            return f"not coalesce({context.equals_any(self.column.operand(context.record))}, false)"
        same = f"other_item.id = {context.row}.id"
        # The plus sign keeps SQLite from reading all items with a value for each record.
        equal = context.equals_any(f'+other_item."{self.column.column}"')
        return f'not exists (select 1 from "{self.column.table}" other_item where {same} and {equal})'


class PrincipalFilter(AnyOf):
    """Selects by the party on whose behalf the party in a column acts, whichever parties other filters select."""

    shares_item = False

    def __init__(self, party: ColumnFilter) -> None:
        description = (
            "Any of these acts, or a party whose principal is any of these, even if it acted for itself: only positions"
            " say for whom a party acted."
        )
        super().__init__(party.item, self._acts_for, description=description, needs_record=party.needs_record)
        self.party, self.table = party, party.table

    def _acts_for(self, context: FilterContext) -> str:
        acting = f"{context.equals_any('id')} or {context.equals_any('principal')}"
        return f"{self.party.operand(context.record, context.item)} in (select id from parties where {acting})"


class DateFilter(Filter):
    """A day, a month or a year, bound as a JSON array of its first and its last day."""

    PATTERN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

    def __init__(self, condition: SqlCondition, description: str, *, needs_record: bool = True) -> None:
        metadata = {"description": description, "example": "2025-03-18"}
        super().__init__(condition, needs_record=needs_record, metadata=metadata)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        match = self.PATTERN.fullmatch(str(value))
        try:
            return json.dumps(date_range(*map(int, filter(None, match.groups() if match else ["0"]))))
        except ValueError:
            detail = "Must be a day, a month or a year, as in 2025-03-18, 2025-03 or 2025."
            if match:
                detail = f"{value!r} is not in the calendar. {detail}"
            raise ValidationError(FieldMessage(detail, did_you_mean=suggest_date(str(value)))) from None


class BooleanFilter(Filter):
    """`true` or `false`, with a condition for each."""

    def __init__(
        self, if_true: SqlCondition, if_false: SqlCondition, description: str, *, needs_record: bool = True
    ) -> None:
        super().__init__(
            lambda context: (if_true if BOOLEANS[context.value] else if_false)(context),
            needs_record=needs_record,
            validate=validate.OneOf(BOOLEANS, error="Must be true or false."),
            metadata={"description": description, "example": "false"},
        )


class FullText(Filter):
    """Text to search for. The condition binds it as a query in the language of FTS5 (`schemas.full_text`)."""

    def __init__(
        self,
        description: str,
        condition: SqlCondition = lambda context: "true",
        *,
        needs_record: bool = True,
        required: bool = False,
    ) -> None:
        super().__init__(
            condition,
            needs_record=needs_record,
            required=required,
            validate=validate.Length(1, MAX_QUERY_LENGTH),
            metadata={"description": description, "example": "ceasefire"},
        )

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the text. Checked here and not in `_deserialize`, so that the length limit comes first."""
        text = super().deserialize(value, *args, **kwargs)
        if text is not missing:
            fts_query(text)
        return text


def split_values(text: str) -> list[str]:
    """Split a comma-separated list. Raises ValidationError if a value is empty."""
    values = text.split(",")
    if values == [""]:
        raise ValidationError("Must not be empty. Write a value, or omit the parameter.")
    if "" in values:
        raise ValidationError(f"Contains an empty value. Remove the extra comma: {','.join(filter(None, values))}")
    return values


def date_range(year: int, month: int | None = None, day: int | None = None) -> tuple[str, str]:
    """Return the first and the last day of a year, a month or a day. Raises ValueError if there is no such day."""
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    return first.isoformat(), last.isoformat()


def stands_from(record: str = "r") -> str:
    """Return SQL for the day by which a record is certain to hold; null if neither it nor its source has a date.

    That is the last day its date may mean; the last day that its start may mean if its end is open; or else the date
    of its source.
    """
    start = f"rtrim(substr({record}.date, 1, length({record}.date) - length('/..')), '?~%')"
    start_latest = (
        f"case length({start}) when length('2025') then {start} || '-12-31'"
        f" when length('2025-02') then date({start} || '-01', '+1 month', '-1 day') else {start} end"
    )
    own = f"coalesce({record}.date_latest, iif({record}.date is null, null, {start_latest}))"
    return f"coalesce({own}, (select coalesce(date_latest, date_earliest) from sources where id = {record}.bundle))"


def as_of() -> DateFilter:
    """Return the filter for records that certainly stood at the end of a day."""
    return DateFilter(
        lambda context: f"{stands_from(context.record)} <= :{context.parameter} ->> 1",
        "As the record stood at the end of this day, month or year.",
        needs_record=True,
    )
