"""List queries: the records that match, in order; all of them, or the page after a cursor."""

import base64
import hashlib
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

from api.database import cached_total, connection, select
from api.http.problems import InvalidQuery
from api.lists.list_parameters import MAX_RANKED, filters
from schemas.errors import FieldError
from schemas.record import Dated, Record
from seed.storage.mapping import DATE_BOUNDS, columns, default_sort, fts_columns, sortable

LAST = {("text", False): "'~'", ("text", True): "''"}
"""Values that sort null last in either direction; ids, dates and terms sort before them."""
LAST_NUMBER = {False: "9e99", True: "-9e99"}
LEAST = {"text": "''"}
LEAST_NUMBER = "-9e999"
"""Value that only null is not greater than; comparing with it lets SQLite use an index."""
DIRECTIONS = {False: "asc", True: "desc"}
SHAPING = {"cursor", "limit", "fields", "include", "facet"}
"""Parameters that shape the output but do not select records."""

Condition = Callable[..., str]


class SortKey(NamedTuple):
    """One sort key: its SQL, direction, and least value if it may be null."""

    sql: str
    down: bool
    least: str | None = None


class Cursor(NamedTuple):
    """Position in an order: the sort keys of the record next to the page, and the direction."""

    values: list[Any]
    backwards: bool


@dataclass(frozen=True)
class Page:
    """Rows of a page, the total, and the cursors of the next and previous page."""

    rows: list[sqlite3.Row]
    total: int
    next: str | None
    previous: str | None


class ListQuery:
    """The records of a type that match a query, in its order.

    Reads the type's own table or, if a filter is on a list field, that list's table, which is shorter and in the same
    order.
    """

    def __init__(self, record: type[Record], query: Mapping[str, Any]) -> None:
        self.record, self.query = record, query
        self.bound = {name: value for name, value in query.items() if name in filters(record)}
        own, lists = split_filters(record, query)
        self.link = next(iter(lists), None)
        self.alias = "link" if self.link else "r"
        listed = lists.pop(self.link) if self.link else []
        self.where = [condition(at=self.alias) for condition in (*listed, *own)]
        self.where += [exists_sql(table, held, self.alias) for table, held in lists.items()]

    @property
    def total(self) -> int:
        """Return the number of matching records."""
        statement = f"select 1 {self.from_clause(*self.where)} where {self.where_clause()}"
        if self.link:
            statement += f" group by {', '.join(group_columns(self.record, self.alias))}"
        return cached_total(f"select count(*) from ({statement})", self.bound)

    @cached_property
    def keys(self) -> list[SortKey]:
        """Return the sort keys; the last one is unique."""
        if is_ranked(self.record, self.query) and "sort" not in self.query:
            rank = SortKey(f'"{self.record.plural}_fts".rank', down=False)
            return [rank, SortKey("r.id", down=False)] if self.total <= MAX_RANKED else [SortKey("r.key", down=False)]
        return sort_keys(self.record, self.query, self.alias)

    def page(self) -> Page:
        """Return the page at the cursor, or the first page."""
        cursor, limit = self.decode_cursor(), self.query["limit"]
        backwards = cursor is not None and cursor.backwards
        rows: list[sqlite3.Row] = []
        for part in self.null_partitions(cursor):
            room = limit + 1 - len(rows)
            at = json.dumps(cursor.values) if cursor else None
            rows += (
                select(self.page_sql(part, backwards=backwards), {**self.bound, "at": at, "room": room}) if room else []
            )
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        after = self.encode_cursor(rows[-1], backwards=False) if rows and (more or backwards) else None
        before = self.encode_cursor(rows[0], backwards=True) if rows and (more if backwards else cursor) else None
        return Page(rows, self.total, after, before)

    def stream(self) -> Iterator[sqlite3.Row]:
        """Yield every matching record."""
        return chain.from_iterable(
            connection().execute(self.all_sql(part), self.bound) for part in self.null_partitions(None)
        )

    def null_partitions(self, cursor: Cursor | None) -> list[str]:
        """Return conditions that split the order into rows whose first sort key is set, and the rest.

        SQLite can use an index for each part but not for both at once, because null sorts last.
        """
        first = self.keys[0]
        if first.least is None:
            return [self.after_cursor_sql(cursor, 0) if cursor else "true"]
        known, unknown = f"{first.sql} >= {first.least}", f"{first.sql} is null"
        if cursor is None:
            return [known, unknown]
        if cursor.values[0] is None:
            rest = f"{unknown} and {self.after_cursor_sql(cursor, 1)}"
            return [rest, known] if cursor.backwards else [rest]
        return [self.after_cursor_sql(cursor, 0)] if cursor.backwards else [self.after_cursor_sql(cursor, 0), unknown]

    def after_cursor_sql(self, cursor: Cursor, start: int) -> str:
        """Return the SQL condition that a record comes after the cursor, comparing the keys from `start` on."""
        keys = list(enumerate(self.keys))[start:]
        if len({key.down for _, key in keys}) == 1:
            sign = "<" if keys[0][1].down != cursor.backwards else ">"
            places = ", ".join(f":at ->> {place}" for place, _ in keys)
            return f"({', '.join(key.sql for _, key in keys)}) {sign} ({places})"
        condition = "false"
        for place, key in reversed(keys):
            sign = "<" if key.down != cursor.backwards else ">"
            condition = f"({key.sql} {sign} :at ->> {place} or ({key.sql} = :at ->> {place} and {condition}))"
        return condition

    def page_sql(self, part: str, *, backwards: bool) -> str:
        """Return the SELECT for the first records of a part, with their sort keys.

        If SQLite has to sort or group, it does so with keys only, and the records are joined afterwards.
        """
        keys = ", ".join(f"{key.sql} k{place}" for place, key in enumerate(self.keys))
        chosen = (
            f"{self.from_clause(keys, *self.where)} where {self.where_clause(part)}"
            f" {self.group_by_clause()} order by {self.order_terms(backwards=backwards)} limit :room"
        )
        if not self.link and len(self.keys) <= len(("key", "id")):
            return f"select r.id, r.revision, r.record, {keys} {chosen}"
        sort_keys = ", ".join(f"k{place} {DIRECTIONS[key.down != backwards]}" for place, key in enumerate(self.keys))
        placed = ", ".join(f"k{place}" for place in range(len(self.keys)))
        return (
            f"select r.id, r.revision, r.record, {placed} from (select {self.alias}.id, {keys} {chosen}) chosen"
            f' join "{self.record.plural}" r on r.id = chosen.id order by {sort_keys}'
        )

    def all_sql(self, part: str) -> str:
        """Return the SELECT for all records of a part."""
        return (
            f"select r.id, r.revision, r.record {self.from_clause('r.record')} where {self.where_clause(part)}"
            f" {self.group_by_clause()} order by {self.order_terms(backwards=False)}"
        )

    def from_clause(self, *texts: str) -> str:
        """Return the FROM clause; the record's own table is joined only if the SQL mentions it."""
        own = f'"{self.record.plural}" r'
        ranked = f' join "{self.record.plural}_fts" on "{self.record.plural}_fts".rowid = r.key'
        search = ranked if is_ranked(self.record, self.query) else ""
        if not self.link:
            return f"from {own}{search}"
        spoken_of = search or any(re.search(r"\br\.", text) for text in texts)
        return f'from "{self.link}" link' + (f" join {own} on r.id = link.id{search}" if spoken_of else "")

    def where_clause(self, *more: str) -> str:
        """Return the WHERE clause."""
        return " and ".join((*self.where, *more)) or "true"

    def group_by_clause(self) -> str:
        """Return the GROUP BY clause that merges several list rows of one record."""
        return f"group by {', '.join(key.sql for key in self.keys)}" if self.link else ""

    def order_terms(self, *, backwards: bool) -> str:
        """Return the ORDER BY terms."""
        return ", ".join(f"{key.sql} {DIRECTIONS[key.down != backwards]}" for key in self.keys)

    def encode_cursor(self, row: sqlite3.Row, *, backwards: bool) -> str:
        """Encode a cursor that points after a row."""
        values = json.dumps([self.filter_digest, backwards, *list(row)[3:]], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")

    def decode_cursor(self) -> Cursor | None:
        """Decode the cursor. Raises InvalidQuery if it was not made by this query."""
        text = self.query.get("cursor")
        if text is None:
            return None
        try:
            made_for, backwards, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            json.dumps(values, allow_nan=False)
        except (ValueError, TypeError, RecursionError):
            made_for, backwards, values = None, None, []
        if made_for == self.filter_digest and isinstance(backwards, bool) and self.is_cursor_position(values):
            return Cursor(values, backwards)
        raise InvalidQuery(
            [FieldError("/cursor", "Was not made by this list with this filter and sort; start without one.")]
        )

    def is_cursor_position(self, values: list[Any]) -> bool:
        """Return whether values can be sort keys of this query."""
        return len(values) == len(self.keys) and all(
            isinstance(value, str | int | float) or (value is None and key.least)
            for value, key in zip(values, self.keys, strict=True)
        )

    @cached_property
    def filter_digest(self) -> str:
        """Return the digest that binds a cursor to list, filter and sort."""
        kept = {name: value for name, value in self.query.items() if name not in SHAPING}
        bound_to = [self.record.plural, kept, [key.sql for key in self.keys]]
        return hashlib.sha256(json.dumps(bound_to, sort_keys=True).encode()).hexdigest()[:12]


def group_columns(record: type[Record], at: str) -> list[str]:
    """Return the columns that identify a record in `at`, in the fastest order to read a list table."""
    return [f"{at}.{DATE_BOUNDS[0]}"] * issubclass(record, Dated) + [f"{at}.id"]


def split_filters(record: type[Record], query: Mapping[str, Any]) -> tuple[list[Condition], dict[str, list[Condition]]]:
    """Split the filters of a query into those on the record and those on its lists, by table."""
    own: list[Condition] = []
    lists: dict[str, list[Condition]] = defaultdict(list)
    for name, value in query.items():
        if field := filters(record).get(name):
            (lists[field.link] if field.link else own).append(partial(field.condition, name, value))
    return own, lists


def exists_sql(table: str, held: list[Condition], at: str) -> str:
    """Return the SQL condition that one row of a list meets all conditions."""
    met = " and ".join(condition(at=at, link="other") for condition in held)
    return f'exists (select 1 from "{table}" other where other.id = {at}.id and {met})'


def filter_conditions(record: type[Record], query: Mapping[str, Any]) -> list[str]:
    """Return the SQL conditions of every filter in a query, for a record `r`."""
    own, lists = split_filters(record, query)
    return [condition() for condition in own] + [exists_sql(table, held, "r") for table, held in lists.items()]


def is_ranked(record: type[Record], query: Mapping[str, Any]) -> bool:
    """Return whether the query searches the type's own text, so that matches can be ranked."""
    return "q" in query and record.stored and bool(fts_columns(record))


def sort_keys(record: type[Record], query: Mapping[str, Any], at: str) -> list[SortKey]:
    """Return the sort keys of a query, with the id last so that no two records are equal."""
    held = {column.name: column for column in columns(record)}
    keys: list[SortKey] = []
    for name in query.get("sort") or [default_sort(record)]:
        down = name.startswith("-")
        column = sortable(record)[name.removeprefix("-")]
        sql = f"{at}.{column}" if column in (*DATE_BOUNDS, "id") else f'r."{column}"'
        kind = "text" if column in DATE_BOUNDS or column not in held else held[column].type
        nullable = column in DATE_BOUNDS or (column in held and held[column].nullable)
        if keys and nullable:
            sql, nullable = f"coalesce({sql}, {LAST.get((kind, down), LAST_NUMBER[down])})", False
        keys.append(SortKey(sql, down, LEAST.get(kind, LEAST_NUMBER) if nullable else None))
    return [*keys, SortKey(f"{at}.id", keys[-1].down)]
