"""Lists: the records that match a query, in order; all of them, or a page from where the cursor points."""

import base64
import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.database import connection, select
from api.problems import BadQuery
from schemas.faults import Fault
from schemas.layout import columns, searched
from schemas.query import default_sort, filters, sortable
from schemas.record import Record

LAST = {("text", False): "'~'", ("text", True): "''"}
"""What stands for null in an order, so that null comes last whichever way it runs; ids, dates and terms sort before."""
LAST_NUMBER = {False: "9e99", True: "-9e99"}
DIRECTIONS = {False: "asc", True: "desc"}
SHAPING = {"cursor", "limit", "fields", "include", "facet"}
"""The parameters that say how much is told of what matches, and not what matches."""


class Key(NamedTuple):
    """One key of an order: the SQL it compares, and whether it runs downwards."""

    sql: str
    down: bool


class Cursor(NamedTuple):
    """A place in an order: the keys of the record beyond which the page lies, as JSON, and on which side of it."""

    at: str
    backwards: bool


@dataclass(frozen=True)
class Page:
    """The rows of a page, how many match in all, and the cursors of the pages after and before it."""

    rows: list[sqlite3.Row]
    total: int
    next: str | None
    previous: str | None


class Matching:
    """The records of a type that match a query, in the order that it asks for."""

    def __init__(self, record: type[Record], query: Mapping[str, Any]) -> None:
        self.record, self.query = record, query
        self.keys = order(record, query)
        self.bound = {name: value for name, value in query.items() if isinstance(value, str)}
        self.tables = f'from "{record.plural}" r'
        if is_ranked(record, query):
            self.tables += f' join "{record.plural}_fts" on "{record.plural}_fts".rowid = r.key'
        self.where = "where " + (" and ".join(conditions(record, query)) or "true")

    def page(self) -> Page:
        """The page that the cursor points to, or the first."""
        cursor, limit = self.cursor(), self.query["limit"]
        (total,) = select(f"select count(*) {self.tables} {self.where}", self.bound)[0]
        backwards = cursor is not None and cursor.backwards
        beyond = f"and {self.beyond(backwards=backwards)}" if cursor else ""
        rows = select(
            self.statement(beyond, backwards=backwards) + " limit :page_size",
            {**self.bound, "page_size": limit + 1, "at": cursor.at if cursor else None},
        )
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        after = self.place(rows[-1], backwards=False) if rows and (more or backwards) else None
        before = self.place(rows[0], backwards=True) if rows and (more if backwards else cursor) else None
        return Page(rows, total, after, before)

    def stream(self, record: str = "r.record") -> Iterator[sqlite3.Row]:
        """Every record that matches, one after the other."""
        return connection().execute(self.statement(record=record), self.bound)

    def statement(self, beyond: str = "", *, backwards: bool = False, record: str = "r.record") -> str:
        """The SELECT of finished records and the keys that order them."""
        keys = ", ".join(key.sql for key in self.keys)
        directions = ", ".join(f"{key.sql} {DIRECTIONS[key.down != backwards]}" for key in self.keys)
        columns = f"r.id, r.revision, {record} record, {keys}"
        return f"select {columns} {self.tables} {self.where} {beyond} order by {directions}"

    def beyond(self, *, backwards: bool) -> str:
        """The SQL that a record lies beyond the cursor: by the first key, or where that is equal, by the next."""
        condition = "false"
        for place, key in reversed(list(enumerate(self.keys))):
            sign = "<" if key.down != backwards else ">"
            condition = f"({key.sql} {sign} :at ->> {place} or ({key.sql} = :at ->> {place} and {condition}))"
        return condition

    def place(self, row: sqlite3.Row, *, backwards: bool) -> str:
        """An opaque cursor that points beyond a row."""
        values = json.dumps([self.digest(), backwards, *list(row)[3:]], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")

    def cursor(self) -> Cursor | None:
        """Where the query's cursor points, None where it has none; BadQuery where it is not one of this query's."""
        text = self.query.get("cursor")
        if text is None:
            return None
        try:
            made_for, backwards, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            at = json.dumps(values, allow_nan=False)
        except (ValueError, TypeError, RecursionError):
            made_for = None
        plain = made_for == self.digest() and all(isinstance(value, str | int | float) for value in values)
        if plain and len(values) == len(self.keys) and isinstance(backwards, bool):
            return Cursor(at, backwards)
        raise BadQuery([Fault("/cursor", "Was not made by this list with this filter and sort; start without one.")])

    def digest(self) -> str:
        """What a cursor is bound to: the list, its filter and its sort."""
        kept = {name: value for name, value in self.query.items() if name not in SHAPING}
        return hashlib.sha256(json.dumps([self.record.plural, kept], sort_keys=True).encode()).hexdigest()[:12]


def conditions(record: type[Record], query: Mapping[str, Any]) -> Iterator[str]:
    """The SQL of every filter in a query; filters on one list must hold of one and the same row of it."""
    on_links: dict[str, list[str]] = defaultdict(list)
    for name in query:
        metadata = filters(record)[name].metadata if name in filters(record) else {}
        if metadata.get("where"):
            condition = metadata["where"].replace("{name}", name)
            if metadata.get("link"):
                on_links[metadata["link"]].append(condition)
            else:
                yield condition
    for table, held in on_links.items():
        yield f'exists (select 1 from "{table}" link where link.id = r.id and {" and ".join(held)})'


def is_ranked(record: type[Record], query: Mapping[str, Any]) -> bool:
    """Whether the query searches the type's own text, so that the best match can come first."""
    return "q" in query and bool(searched(record))


def order(record: type[Record], query: Mapping[str, Any]) -> list[Key]:
    """The keys of the order that a query asks for, the id last of all, so that no two records are equal."""
    kinds = {column.name: column.type for column in columns(record)}
    asked = query.get("sort") or ([] if is_ranked(record, query) else [default_sort(record)])
    keys = [] if asked else [Key(f'"{record.plural}_fts".rank', down=False)]
    for name in asked:
        down = name.startswith("-")
        column = sortable(record)[name.removeprefix("-")]
        last = LAST["text", down] if kinds.get(column) == "text" else LAST_NUMBER[down]
        keys.append(Key(f'coalesce(r."{column}", {last})', down))
    return [*keys, Key("r.id", keys[-1].down)]
