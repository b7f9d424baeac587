"""Lists: the records that match a query, in order; all of them, or one page."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache, reduce
from itertools import chain
from operator import or_
from typing import Any

import msgspec.json

from api.database import cached_total, connection, row_cache_key, select
from api.http.problems import InvalidQuery
from api.http.serialization import SERVED_COLUMNS, served_sql
from api.lists.applied_filters import any_item, filter_conditions, group_filters
from api.lists.date_range import RANGE_PARAMETERS, date_range
from api.lists.filters import MAX_RANKED, filters, is_selective
from api.lists.matches import (
    bitmap_keys,
    count_matches,
    first_matches,
    has_bitmaps,
    match_bitmap,
    to_bitmap,
)
from api.lists.pagination import Cursor, Page, decode_cursor, encode_cursor
from api.lists.sort_order import INDEXED_KEYS, SortKey, SortOrder, sort_order
from schemas.errors import FieldError
from schemas.fields import UniqueList
from schemas.filter_sql import json_values
from schemas.filters import ColumnFilter
from schemas.record import Dated, Record
from seed.storage.mapping import DATE_BOUNDS, REPEATS, ListTable, default_sort, fts_columns, list_tables, searched_types

SHAPING = {"cursor", "limit", "fields", "include", "facet", "width"}
"""The parameters that do not change which records match, nor their order."""
MAX_CACHED_FILTERS = 96
"""Maximum number of bitmaps of filters that a worker caches, up to 125 kB each; the facets of a page have 33."""

OrderBuilder = Callable[[type[Record], Mapping[str, Any], str], SortOrder]
"""A function that returns the order for a type, a query, and the alias of the table that is read first."""


class ListQuery:
    """The records of a type that match a query, in its sort order.

    They are read from the full-text index, if it is searched; from the type's own table; or, if a filter is about one
    of their lists, from the table of that list: it is shorter and in the same order.
    """

    def __init__(self, record: type[Record], query: Mapping[str, Any], order: OrderBuilder = sort_order) -> None:
        self.record, self.query, self._build_order = record, query, order
        self.bound = {name: value for name, value in query.items() if name in filters(record)}
        self._filters = {name: value for name, value in self.bound.items() if name != "q" or not self._searches}
        own, by_item = group_filters(record, query)
        item = None if self._searches else next(iter(by_item), None)
        self.link = item.table if item else None
        self.alias = "link" if self.link else "r"
        listed = self._listed = by_item.pop(item) if item else []
        self.range = date_range(query) if issubclass(record, Dated) and not self._searches else None
        ranged = [applied for applied in own if self.range and applied.parameter in RANGE_PARAMETERS]
        # With the plus signs, SQLite looks up the record of each item, instead of all records that meet a condition.
        name = "+r" if self.link else "r"
        self.undated = [applied.condition(self.alias) for applied in listed]
        self.undated += [applied.condition(self.alias, record=name) for applied in own if applied not in ranged]
        self.undated += [any_item(item, rest, self.alias) for item, rest in by_item.items()]
        self.conditions = [*self.undated, *(applied.condition(self.alias) for applied in ranged)]

    @property
    def total(self) -> int:
        """The number of records that match."""
        if self._searches and not self._filters:
            return count_matches(self.record.plural, self.bound["q"])
        if self.matches is not None:
            return self.matches.bit_count()
        group = f"group by {', '.join(group_columns(self.record, self.alias))}" if self.link and not self._once else ""
        selects = [f"select 1 {self.from_clause()} where {where} {group}" for where in self._counted_wheres]
        counts = [f"select count(*) from ({select})" for select in selects]
        if self._has_month_counts:
            counts.append(self._months_sql)
        return cached_total(f"select {' + '.join(f'({count})' for count in counts)}", self.bound)

    @property
    def _counted_wheres(self) -> list[str]:
        """The conditions of each part of the list whose records are counted one by one."""
        once = [self._once] if self._once else []
        if not self.range:
            return [self.where_clause(*once)]
        parts = self.range.parts_without_months if self._has_month_counts else self.range.parts
        return [" and ".join((*self._undated_sql, *once, part)) for part in parts(self.alias)]

    @cached_property
    def _has_month_counts(self) -> bool:
        """Whether the database has counts of the matches by month: those of one party without other filters."""
        return bool(self.range and self._once and self._filters_actor and len(self.undated) == 1)

    @property
    def _months_sql(self) -> str:
        """The SELECT of the number of records in the whole months of the date range."""
        (party,) = self._listed
        months = self.range.months if self.range else "true"
        counts = f"list = '{self.link}' and party = :{party.parameter} ->> 0 and {months}"
        return f"select coalesce(sum(records), 0) from month_counts where {counts}"

    @cached_property
    def matches(self) -> int | None:
        """The bitmap of the records that match a search; None for other queries, or if SQLite alone can find them."""
        if not self._searches:
            return self.filtered if self._searches_others else None
        is_large = has_bitmaps(self.record.plural)
        if not self._filters and not is_large:
            return None
        found = match_bitmap(self.record.plural, self.bound["q"])
        if not found or not self._filters:
            return found
        if is_large and found.bit_count() <= MAX_RANKED:
            return self._filter(found)
        return found & self.filtered if any(map(is_selective, self._filters)) else None

    @property
    def filtered(self) -> int:
        """The bitmap of the records that meet the filters, cached until the data changes."""
        return _filter_bitmap(row_cache_key(), self.record, json.dumps(self._filters, sort_keys=True))

    def _filter(self, bitmap: int) -> int:
        """Return the bitmap of those of a few records that meet the filters."""
        own, where = f'"{self.record.plural}" r', " and ".join(filter_conditions(self.record, self._filters))
        chosen = f"from json_each(:keys) chosen cross join {own} on r.key = chosen.value where {where}"
        return _read_bitmap(f"select r.key {chosen}", {**self._filters, "keys": json.dumps(list(bitmap_keys(bitmap)))})

    @property
    def bitmap(self) -> int:
        """The bitmap of all records that match: a bit for each key."""
        wheres = self._range_wheres() if self.range else [self.where_clause()]
        tables = self.from_clause(needs_record=True)
        return reduce(or_, (_read_bitmap(f"select r.key {tables} where {where}", self.bound) for where in wheres))

    @cached_property
    def order(self) -> SortOrder:
        """The order of the records: that of `sort`, or by rank for a search without it."""
        if not self._searches or "sort" in self.query:
            return self._build_order(self.record, self.query, self.alias)
        if self.total > MAX_RANKED:
            return SortOrder([SortKey(f'"{self.record.plural}_fts".rowid', descending=False)])
        return SortOrder([SortKey(f'"{self.record.plural}_fts".rank', False), SortKey("r.id", False)])

    def page(self) -> Page:
        """Return the page that the cursor points to, or the first one."""
        cursor, limit = self._cursor(), self.query["limit"]
        backwards = cursor is not None and cursor.backwards
        rows = self._rows_from(cursor, limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        after = self._cursor_at(rows[-1], backwards=False) if rows and (more or backwards) else None
        before = self._cursor_at(rows[0], backwards=True) if rows and (more if backwards else cursor) else None
        return Page(rows, self.total, after, before)

    def stream(self) -> Iterator[sqlite3.Row]:
        """Yield every record that matches."""
        return chain.from_iterable(
            connection().execute(self._all_sql(where), {**self.bound, **self._few}) for where in self._wheres(None)
        )

    def from_clause(self, *, needs_record: bool = False) -> str:
        """Return FROM with the tables of the conditions, and the record's own table if it is needed for more."""
        own = f'"{self.record.plural}" r'
        if self._searches:  # a cross join is not reordered: to look up single rows in the full-text index is slow
            fts = f'"{self.record.plural}_fts"'
            return f"from {fts} cross join {own} on r.key = {fts}.rowid"
        if not self.link:
            return f"from {own}"
        joined = needs_record or any(condition.needs_record for condition in self.conditions)
        return f'from "{self.link}" link' + (f" join {own} on r.id = link.id" if joined else "")

    def where_clause(self, *more: str) -> str:
        """Return all conditions, joined by AND."""
        return " and ".join((*(condition.sql for condition in self.conditions), *more)) or "true"

    @cached_property
    def _once(self) -> str | None:
        """A condition that exactly one item of each matching record meets, or None if no such condition is known.

        Counting with it takes a seventh of the time of `group by`.
        """
        listed = [applied.filter for applied in self._listed]
        has_one_value = len(listed) == 1 and len(json.loads(self._listed[0].value)) == 1
        if not has_one_value or not isinstance(listed[0], ColumnFilter):
            return None
        table = self._list_table
        if table.may_repeat_actor and self._filters_actor:
            return f"{self.alias}.{REPEATS} is null"
        is_set = isinstance(table.field, UniqueList) and table.field.distinct and len(table.columns) == 1
        return "true" if is_set and not table.derived else None

    @property
    def _list_table(self) -> ListTable:
        return next(table for table in list_tables(self.record) if table.table == self.link)

    @property
    def _filters_actor(self) -> bool:
        """Whether all filters of the list that is read are about the party that acts."""
        columns = {applied.filter.column for applied in self._listed if isinstance(applied.filter, ColumnFilter)}
        return columns == {self._list_table.actor}

    @property
    def _undated_sql(self) -> list[str]:
        return [condition.sql for condition in self.undated]

    @property
    def _searches(self) -> bool:
        """Whether the query searches the type's own full text, so that the records have a rank."""
        return "q" in self.query and self.record.stored and bool(fts_columns(self.record))

    @cached_property
    def _few(self) -> dict[str, str]:
        """The keys of the matches of a search with filters, if they are so few that they are ranked."""
        if not self._searches or not self._filters or self.matches is None or self.matches.bit_count() > MAX_RANKED:
            return {}
        return {"keys": json.dumps(list(bitmap_keys(self.matches)))}

    def _rows_from(self, cursor: Cursor | None, limit: int) -> list[sqlite3.Row]:
        backwards = cursor is not None and cursor.backwards
        at = json.dumps(cursor.values) if cursor else None
        rows: list[sqlite3.Row] = []
        by_order = self._matches_by_order is not None
        for where in self._everything.order.partitions(cursor) if by_order else self._wheres(cursor):
            if count := limit - len(rows):
                bound = {"at": at, "limit": count}
                rows += (self._read_by_order if by_order else self._read_part)(where, bound, backwards)
        return rows

    def _read_part(self, where: str, bound: Mapping[str, Any], backwards: bool) -> list[sqlite3.Row]:
        """Return the first records of a part of the list."""
        return select(self._page_sql(where, backwards=backwards), {**self.bound, **self._few, **bound})

    @cached_property
    def _matches_by_order(self) -> int | None:
        """The bitmap of the matches, if the index of their order is followed until a page of them is found, or None.

        That is faster than sorting them, if no index has them in order and they are many. An order by several keys, or
        of another kind, has no index.
        """
        if self._build_order is not sort_order or len(self.order.keys) > INDEXED_KEYS:
            return None
        if self._searches_others:
            return self.matches
        first = self.query.get("sort", [default_sort(self.record)])[0].removeprefix("-")
        is_indexed = "sort" not in self.query if self._searches else first == default_sort(self.record)
        return None if is_indexed else self.many

    @cached_property
    def many(self) -> int | None:
        """The bitmap of the matches if they are more than MAX_RANKED, or None if they are few or all records."""
        if not self.bound or self.total <= MAX_RANKED:
            return None
        return self.matches if "q" in self.bound else self.filtered

    @property
    def _searches_others(self) -> bool:
        """Whether a search in a large database is about records behind the listed ones, as in the timeline."""
        return "q" in self.bound and not self._searches and any(map(has_bitmaps, searched_types()))

    @cached_property
    def _everything(self) -> "ListQuery":
        """The list of all records in this order."""
        return ListQuery(self.record, {"sort": self.query["sort"]} if "sort" in self.query else {})

    def _read_by_order(self, part: str, bound: Mapping[str, Any], backwards: bool) -> list[sqlite3.Row]:
        """Return the first matches of a part of all records, in the order of the list."""
        everything, matches, table = self._everything, self._matches_by_order or 0, f'"{self.record.plural}" r'
        if matches.bit_count() <= MAX_RANKED:
            part = f"{part} and r.key in {json_values('few')}"
            bound = {**bound, "few": json.dumps(list(bitmap_keys(matches)))}
        in_order = f"select r.key from {table} where {part} order by {everything.order.terms(backwards=backwards)}"
        keys = first_matches(matches, in_order, bound)
        chosen = f"{part} and r.key in {json_values('keys')}"
        return everything._read_part(chosen, {**bound, "keys": json.dumps(keys)}, backwards)

    def _wheres(self, cursor: Cursor | None) -> list[str]:
        """Return the conditions of each part of the list from a cursor on, in order: the first parts may be enough."""
        parts = self.order.partitions(cursor)
        first, backwards = self.order.keys[0], cursor is not None and cursor.backwards
        if self._few:
            fts = f'"{self.record.plural}_fts"'
            return [f"{fts} match :q and +{fts}.rowid in {json_values('keys')} and {part}" for part in parts]
        if not self.range or first.sql != f"{self.alias}.{DATE_BOUNDS[0]}":
            return [self.where_clause(part) for part in parts]
        known, *_ = parts  # the others have no date
        wheres = self._range_wheres(known)
        return wheres[::-1] if first.descending != backwards else wheres

    def _range_wheres(self, *more: str) -> list[str]:
        """Return the conditions of each part of the date range, in order of `day`."""
        parts = self.range.parts(self.alias) if self.range else []
        return [" and ".join((*self._undated_sql, *more, part)) for part in parts]

    def _page_sql(self, where: str, *, backwards: bool) -> str:
        """Return the SELECT of the first records of a part, followed by their sort keys.

        If SQLite has to sort or to group, it does so with the keys alone, and the records are joined afterwards; so are
        the entries of the timeline, whose JSON is assembled in SQL.
        """
        order = self.order
        chosen = (
            f"{self.from_clause(needs_record=order.needs_record)} where {where}"
            f" {self._group_by()} order by {order.terms(backwards=backwards)} limit :limit"
        )
        if (self.record.stored or not self.undated) and not self.link and len(order.keys) <= INDEXED_KEYS:
            return f"select {served_sql(self.record)}, {order.aliased_columns()} {chosen}"
        return (
            f"select {served_sql(self.record)}, {order.aliases()}"
            f" from (select {self.alias}.id, {order.aliased_columns()} {chosen}) chosen"
            f' join "{self.record.plural}" r on r.id = chosen.id order by {order.aliased_terms(backwards=backwards)}'
        )

    def _all_sql(self, where: str) -> str:
        """Return the SELECT of all records of a part."""
        return (
            f"select {served_sql(self.record)} {self.from_clause(needs_record=True)} where {where}"
            f" {self._group_by()} order by {self.order.terms()}"
        )

    def _group_by(self) -> str:
        """Return the clause that makes one row of the items of one record."""
        return f"group by {', '.join(key.sql for key in self.order.keys)}" if self.link else ""

    def _cursor_at(self, row: sqlite3.Row, *, backwards: bool) -> str:
        """Return a cursor that points beyond a row of `_page_sql`."""
        return encode_cursor(Cursor(list(row)[len(SERVED_COLUMNS) :], backwards), self._digest)

    def _cursor(self) -> Cursor | None:
        """Return the cursor of the query, or None. Raises InvalidQuery if it was made for another query."""
        if "cursor" not in self.query:
            return None
        cursor = decode_cursor(self.query["cursor"], self._digest)
        if cursor is None or not self.order.accepts(cursor):
            detail = "The cursor was made for another list, filter or sort. Omit it to start at the first page."
            raise InvalidQuery([FieldError("/cursor", detail)])
        return cursor

    @cached_property
    def _digest(self) -> str:
        """The digest of what a cursor is bound to: the list, its filter and its order."""
        filter_and_sort = {name: value for name, value in self.query.items() if name not in SHAPING}
        bound_to = [self.record.plural, filter_and_sort, [key.sql for key in self.order.keys]]
        return hashlib.sha256(json.dumps(bound_to, sort_keys=True).encode()).hexdigest()[:12]


@lru_cache(maxsize=MAX_CACHED_FILTERS)
def _filter_bitmap(key: str, record: type[Record], filters: str) -> int:
    """Return the bitmap of the records that meet some filters."""
    return ListQuery(record, json.loads(filters)).bitmap


def _read_bitmap(statement: str, bound: Mapping[str, Any]) -> int:
    """Return the bitmap of the keys that a statement selects, as one JSON array for the garbage collector's sake."""
    (row,) = select(f"select json_group_array(key) keys from ({statement})", dict(bound))
    return to_bitmap(msgspec.json.decode(row["keys"], type=list[int]))


def group_columns(record: type[Record], alias: str) -> list[str]:
    """Return the columns of a list table that identify a record, in the order in which its index is read fastest."""
    return [f"{alias}.{DATE_BOUNDS[0]}"] * issubclass(record, Dated) + [f"{alias}.id"]
