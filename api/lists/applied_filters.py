"""The filters of a query as SQL: those about a record itself, and those about the items of its lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.lists.filters import filters
from schemas.filter_sql import Condition, FilterContext
from schemas.filters import Filter
from schemas.record import Record


class ListItem(NamedTuple):
    """An item of a list that has to meet filters: its table, and the only filter, unless several share the item."""

    table: str
    filter: str | None


class AppliedFilter(NamedTuple):
    """A filter with the parameter and the value of a query."""

    filter: Filter
    parameter: str
    value: str

    def condition(self, row: str, item: str = "link", record: str = "r") -> Condition:
        """Return its condition. `row`, `item` and `record` are aliases, as in `FilterContext`."""
        return self.filter.sql(FilterContext(self.parameter, self.value, record=record, row=row, item=item))


def filter_conditions(record: type[Record], query: Mapping[str, Any]) -> list[str]:
    """Return the SQL of every filter in a query, for a record `r`."""
    own, by_item = group_filters(record, query)
    conditions = [applied.condition("r").sql for applied in own]
    return conditions + [any_item(item, rest, "r").sql for item, rest in by_item.items()]


def group_filters(
    record: type[Record], query: Mapping[str, Any]
) -> tuple[list[AppliedFilter], dict[ListItem, list[AppliedFilter]]]:
    """Return the filters in a query that are about the record, and the others by the item that has to meet them."""
    own, by_item = list[AppliedFilter](), defaultdict[ListItem, list[AppliedFilter]](list)
    for name, value in query.items():
        if filter := filters(record).get(name):
            item = ListItem(filter.table, None if filter.shares_item else name) if filter.table else None
            (by_item[item] if item else own).append(AppliedFilter(filter, name, value))
    return own, by_item


def any_item(item: ListItem, applied: Sequence[AppliedFilter], row: str) -> Condition:
    """Return the condition that one and the same item of a list meets all filters.

    The plus signs keep SQLite from reading all items with a value for each record, instead of all items of the record.
    """
    met = " and ".join(filter.condition(row, item="+other").sql for filter in applied)
    return Condition(
        f'exists (select 1 from "{item.table}" other where other.id = {row}.id and {met})', needs_record=False
    )
