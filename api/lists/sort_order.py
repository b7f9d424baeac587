"""Sort orders of lists, as SQL that SQLite answers from an index."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.lists.pagination import Cursor
from schemas.record import Record
from seed.storage.mapping import DATE_BOUNDS, columns, default_sort, sortable

LAST_TEXT = {False: "'~'", True: "''"}
"""What replaces null in a second sort key with texts, by `descending`: it comes after every id, date and term."""
LAST_NUMBER = {False: "9e99", True: "-9e99"}
"""The same for a second sort key with numbers."""
INDEXED_KEYS = 2
"""Maximum number of keys of an order that an index has: one key, and then the id."""
LOWEST_TEXT = "''"
LOWEST_NUMBER = "-9e999"
"""A lower bound of every value that is not null. SQLite uses an index for `>=`, but not always for `is not null`."""
DIRECTIONS = {False: "asc", True: "desc"}


class SortKey(NamedTuple):
    """One key of an order."""

    sql: str
    descending: bool
    lowest: str | None = None
    """The SQL of a lower bound of its values if it may be null; otherwise None."""
    needs_record: bool = False
    """Whether it is a column that only the record's own table has."""


class SortOrder:
    """A sequence of sort keys. The last is unique, so that no two records are equal."""

    def __init__(self, keys: list[SortKey]) -> None:
        self.keys = keys
        self.needs_record = any(key.needs_record for key in keys)

    def terms(self, *, backwards: bool = False) -> str:
        """Return the terms of ORDER BY."""
        return ", ".join(f"{key.sql} {DIRECTIONS[key.descending != backwards]}" for key in self.keys)

    def aliased_terms(self, *, backwards: bool) -> str:
        """Return the terms of ORDER BY for rows that were selected with `aliased_columns`."""
        return ", ".join(f"k{index} {DIRECTIONS[key.descending != backwards]}" for index, key in enumerate(self.keys))

    def aliased_columns(self) -> str:
        """Return the keys as columns of SELECT, named k0, k1 and so on."""
        return ", ".join(f"{key.sql} k{index}" for index, key in enumerate(self.keys))

    def aliases(self) -> str:
        """Return the names of the columns of `aliased_columns`."""
        return ", ".join(f"k{index}" for index in range(len(self.keys)))

    def accepts(self, cursor: Cursor) -> bool:
        """Return whether the values of a cursor can be values of the keys."""
        return len(cursor.values) == len(self.keys) and all(
            isinstance(value, str | int | float) or (value is None and key.lowest)
            for value, key in zip(cursor.values, self.keys, strict=True)
        )

    def partitions(self, cursor: Cursor | None) -> list[str]:
        """Return one condition for each part of the order from a cursor on: first the known values, then null.

        SQLite can follow an index through each part, but not through both in one query, because null comes last.
        """
        first = self.keys[0]
        if first.lowest is None:
            return [self._after_sql(cursor) if cursor else "true"]
        known, unknown = f"{first.sql} >= {first.lowest}", f"{first.sql} is null"
        if cursor is None:
            return [known, unknown]
        if cursor.values[0] is None:
            rest = f"{unknown} and {self._after_sql(cursor, start=1)}"
            return [rest, known] if cursor.backwards else [rest]
        return [self._after_sql(cursor)] if cursor.backwards else [self._after_sql(cursor), unknown]

    def _after_sql(self, cursor: Cursor, start: int = 0) -> str:
        """Return the condition that a record lies beyond a cursor, compared by the keys from `start` on."""
        keys = list(enumerate(self.keys))[start:]
        if len({key.descending for _, key in keys}) == 1:
            sign = "<" if keys[0][1].descending != cursor.backwards else ">"
            values = ", ".join(f":at ->> {index}" for index, _ in keys)
            return f"({', '.join(key.sql for _, key in keys)}) {sign} ({values})"
        condition = "false"
        for index, key in reversed(keys):
            sign = "<" if key.descending != cursor.backwards else ">"
            condition = f"({key.sql} {sign} :at ->> {index} or ({key.sql} = :at ->> {index} and {condition}))"
        return condition


def sort_order(record: type[Record], query: Mapping[str, Any], row: str) -> SortOrder:
    """Return the order that a query asks for. `row` is the alias of the table that is read first."""
    names = query.get("sort") or [default_sort(record)]
    keys = [_sort_key(record, name, row, first=index == 0) for index, name in enumerate(names)]
    return SortOrder([*keys, SortKey(f"{row}.id", keys[-1].descending)])


def _sort_key(record: type[Record], name: str, row: str, *, first: bool) -> SortKey:
    descending, column = name.startswith("-"), sortable(record)[name.removeprefix("-")]
    everywhere = column in (*DATE_BOUNDS, "id")
    sql = f"{row}.{column}" if everywhere else f'r."{column}"'
    type, nullable = _column_type(record, column)
    if nullable and not first:
        last = LAST_TEXT if type == "text" else LAST_NUMBER
        return SortKey(f"coalesce({sql}, {last[descending]})", descending, None, not everywhere)
    lowest = LOWEST_TEXT if type == "text" else LOWEST_NUMBER
    return SortKey(sql, descending, lowest if nullable else None, not everywhere)


def _column_type(record: type[Record], name: str) -> tuple[str, bool]:
    """Return the SQLite type of a column and whether it may be null."""
    if name in DATE_BOUNDS:
        return "text", True
    return next(((column.type, column.nullable) for column in columns(record) if column.name == name), ("text", False))
