"""Lists: the records that match a query, in order; all of them, or a page from where the cursor points."""

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

from api.database import connection, select, total
from api.problems import BadQuery
from schemas.faults import Fault
from schemas.layout import SPAN, columns, searched
from schemas.query import MOST_RANKED, default_sort, filters, sortable
from schemas.record import Dated, Record

LAST = {("text", False): "'~'", ("text", True): "''"}
"""What stands for null in an order, so that null comes last whichever way it runs; ids, dates and terms sort before."""
LAST_NUMBER = {False: "9e99", True: "-9e99"}
LEAST = {"text": "''"}
LEAST_NUMBER = "-9e999"
"""What nothing but null is less than: a comparison that every build of SQLite follows an index for."""
DIRECTIONS = {False: "asc", True: "desc"}
SHAPING = {"cursor", "limit", "fields", "include", "facet"}
"""The parameters that say how much is told of what matches, and not what matches."""

Condition = Callable[..., str]


class Key(NamedTuple):
    """One key of an order: the SQL it compares, whether it runs downwards, and its least value if it may be null."""

    sql: str
    down: bool
    least: str | None = None


class Cursor(NamedTuple):
    """A place in an order: the keys of the record beyond which the page lies, and on which side of it."""

    values: list[Any]
    backwards: bool


@dataclass(frozen=True)
class Page:
    """The rows of a page, how many match in all, and the cursors of the pages after and before it."""

    rows: list[sqlite3.Row]
    total: int
    next: str | None
    previous: str | None


class Matching:
    """The records of a type that match a query, in the order that it asks for.

    They are read from their own table, or where the query asks for something in a list of theirs, from the table of
    that list, which is shorter and in the same order.
    """

    def __init__(self, record: type[Record], query: Mapping[str, Any]) -> None:
        self.record, self.query = record, query
        self.bound = {name: value for name, value in query.items() if name in filters(record)}
        own, lists = asked_of(record, query)
        self.link = next(iter(lists), None)
        self.at = "link" if self.link else "r"
        listed = lists.pop(self.link) if self.link else []
        self.where = [condition(at=self.at) for condition in (*listed, *own)]
        self.where += [exists(table, held, self.at) for table, held in lists.items()]

    @property
    def total(self) -> int:
        """How many match."""
        statement = f"select 1 {self.tables(*self.where)} where {self.all_of()}"
        if self.link:
            statement += f" group by {', '.join(one_by_one(self.record, self.at))}"
        return total(f"select count(*) from ({statement})", self.bound)

    @cached_property
    def keys(self) -> list[Key]:
        """The keys of the order, the last of which no two records have in common."""
        if is_ranked(self.record, self.query) and "sort" not in self.query:
            rank = Key(f'"{self.record.plural}_fts".rank', down=False)
            return [rank, Key("r.id", down=False)] if self.total <= MOST_RANKED else [Key("r.key", down=False)]
        return order(self.record, self.query, self.at)

    def page(self) -> Page:
        """The page that the cursor points to, or the first."""
        cursor, limit = self.cursor(), self.query["limit"]
        backwards = cursor is not None and cursor.backwards
        rows: list[sqlite3.Row] = []
        for part in self.parts(cursor):
            room = limit + 1 - len(rows)
            at = json.dumps(cursor.values) if cursor else None
            rows += select(self.some(part, backwards=backwards), {**self.bound, "at": at, "room": room}) if room else []
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        after = self.place(rows[-1], backwards=False) if rows and (more or backwards) else None
        before = self.place(rows[0], backwards=True) if rows and (more if backwards else cursor) else None
        return Page(rows, self.total, after, before)

    def stream(self) -> Iterator[sqlite3.Row]:
        """Every record that matches, one after the other."""
        return chain.from_iterable(connection().execute(self.every(part), self.bound) for part in self.parts(None))

    def parts(self, cursor: Cursor | None) -> list[str]:
        """The conditions that divide the order where its first key is null: what comes first, and then the rest.

        SQLite follows an index through each, but not through both at once, since null comes last.
        """
        first = self.keys[0]
        if first.least is None:
            return [self.beyond(cursor, 0) if cursor else "true"]
        known, unknown = f"{first.sql} >= {first.least}", f"{first.sql} is null"
        if cursor is None:
            return [known, unknown]
        if cursor.values[0] is None:
            rest = f"{unknown} and {self.beyond(cursor, 1)}"
            return [rest, known] if cursor.backwards else [rest]
        return [self.beyond(cursor, 0)] if cursor.backwards else [self.beyond(cursor, 0), unknown]

    def beyond(self, cursor: Cursor, start: int) -> str:
        """The SQL that a record lies beyond the cursor, by the keys from one on."""
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

    def some(self, part: str, *, backwards: bool) -> str:
        """The SELECT of the first records of a part, with the keys that order them.

        Where SQLite has to sort or to group, it does that with keys alone, and looks for the records afterwards.
        """
        keys = ", ".join(f"{key.sql} k{place}" for place, key in enumerate(self.keys))
        chosen = (
            f"{self.tables(keys, *self.where)} where {self.all_of(part)}"
            f" {self.grouped()} order by {self.directions(backwards=backwards)} limit :room"
        )
        if not self.link and len(self.keys) <= len(("key", "id")):
            return f"select r.id, r.revision, r.record, {keys} {chosen}"
        order = ", ".join(f"k{place} {DIRECTIONS[key.down != backwards]}" for place, key in enumerate(self.keys))
        placed = ", ".join(f"k{place}" for place in range(len(self.keys)))
        return (
            f"select r.id, r.revision, r.record, {placed} from (select {self.at}.id, {keys} {chosen}) chosen"
            f' join "{self.record.plural}" r on r.id = chosen.id order by {order}'
        )

    def every(self, part: str) -> str:
        """The SELECT of all the records of a part."""
        return (
            f"select r.id, r.revision, r.record {self.tables('r.record')} where {self.all_of(part)}"
            f" {self.grouped()} order by {self.directions(backwards=False)}"
        )

    def tables(self, *texts: str) -> str:
        """What is read to answer these pieces of SQL: the record's own table only where they speak of it."""
        own = f'"{self.record.plural}" r'
        ranked = f' join "{self.record.plural}_fts" on "{self.record.plural}_fts".rowid = r.key'
        search = ranked if is_ranked(self.record, self.query) else ""
        if not self.link:
            return f"from {own}{search}"
        spoken_of = search or any(re.search(r"\br\.", text) for text in texts)
        return f'from "{self.link}" link' + (f" join {own} on r.id = link.id{search}" if spoken_of else "")

    def all_of(self, *more: str) -> str:
        """The SQL of all the conditions."""
        return " and ".join((*self.where, *more)) or "true"

    def grouped(self) -> str:
        """The clause that makes one row of several in a list that belong to one record."""
        return f"group by {', '.join(key.sql for key in self.keys)}" if self.link else ""

    def directions(self, *, backwards: bool) -> str:
        """The terms of the order."""
        return ", ".join(f"{key.sql} {DIRECTIONS[key.down != backwards]}" for key in self.keys)

    def place(self, row: sqlite3.Row, *, backwards: bool) -> str:
        """An opaque cursor that points beyond a row."""
        values = json.dumps([self.digest, backwards, *list(row)[3:]], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")

    def cursor(self) -> Cursor | None:
        """Where the query's cursor points, None where it has none; BadQuery where it is not one of this query's."""
        text = self.query.get("cursor")
        if text is None:
            return None
        try:
            made_for, backwards, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            json.dumps(values, allow_nan=False)
        except (ValueError, TypeError, RecursionError):
            made_for, backwards, values = None, None, []
        if made_for == self.digest and isinstance(backwards, bool) and self.is_place(values):
            return Cursor(values, backwards)
        raise BadQuery([Fault("/cursor", "Was not made by this list with this filter and sort; start without one.")])

    def is_place(self, values: list[Any]) -> bool:
        """Whether values can be those of the keys."""
        return len(values) == len(self.keys) and all(
            isinstance(value, str | int | float) or (value is None and key.least)
            for value, key in zip(values, self.keys, strict=True)
        )

    @cached_property
    def digest(self) -> str:
        """What a cursor is bound to: the list, its filter and its sort."""
        kept = {name: value for name, value in self.query.items() if name not in SHAPING}
        bound_to = [self.record.plural, kept, [key.sql for key in self.keys]]
        return hashlib.sha256(json.dumps(bound_to, sort_keys=True).encode()).hexdigest()[:12]


def one_by_one(record: type[Record], at: str) -> list[str]:
    """What rows `at` have in common that are of one record, in the order in which a list's table is read fastest."""
    return [f"{at}.{SPAN[0]}"] * issubclass(record, Dated) + [f"{at}.id"]


def asked_of(record: type[Record], query: Mapping[str, Any]) -> tuple[list[Condition], dict[str, list[Condition]]]:
    """What a query asks of a record, and what of the rows of its lists, by their tables."""
    own: list[Condition] = []
    lists: dict[str, list[Condition]] = defaultdict(list)
    for name, value in query.items():
        if field := filters(record).get(name):
            (lists[field.link] if field.link else own).append(partial(field.condition, name, value))
    return own, lists


def exists(table: str, held: list[Condition], at: str) -> str:
    """The SQL that one and the same row of a record's list meets all conditions."""
    met = " and ".join(condition(at=at, link="other") for condition in held)
    return f'exists (select 1 from "{table}" other where other.id = {at}.id and {met})'


def conditions(record: type[Record], query: Mapping[str, Any]) -> list[str]:
    """The SQL of every filter in a query, of a record `r`."""
    own, lists = asked_of(record, query)
    return [condition() for condition in own] + [exists(table, held, "r") for table, held in lists.items()]


def is_ranked(record: type[Record], query: Mapping[str, Any]) -> bool:
    """Whether the query searches the type's own text, so that the best match can come first."""
    return "q" in query and record.stored and bool(searched(record))


def order(record: type[Record], query: Mapping[str, Any], at: str) -> list[Key]:
    """The keys of the order that a query asks for, the id last of all, so that no two records are equal."""
    held = {column.name: column for column in columns(record)}
    keys: list[Key] = []
    for name in query.get("sort") or [default_sort(record)]:
        down = name.startswith("-")
        column = sortable(record)[name.removeprefix("-")]
        sql = f"{at}.{column}" if column in (*SPAN, "id") else f'r."{column}"'
        kind = "text" if column in SPAN or column not in held else held[column].type
        nullable = column in SPAN or (column in held and held[column].nullable)
        if keys and nullable:
            sql, nullable = f"coalesce({sql}, {LAST.get((kind, down), LAST_NUMBER[down])})", False
        keys.append(Key(sql, down, LEAST.get(kind, LEAST_NUMBER) if nullable else None))
    return [*keys, Key(f"{at}.id", keys[-1].down)]
