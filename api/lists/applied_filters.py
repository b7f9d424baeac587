"""The filters of a query as SQL: those about a record itself, and those about the items of its lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.lists.filters import filters
from schemas.filter_sql import Condition, FilterContext
from schemas.filters import Filter
from schemas.record import Record


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
    by_table = filters_by_table(record, query)
    own = [applied.condition("r").sql for applied in by_table.pop(None, [])]
    return own + [any_item(str(table), rest, "r").sql for table, rest in by_table.items()]


def filters_by_table(record: type[Record], query: Mapping[str, Any]) -> dict[str | None, list[AppliedFilter]]:
    """Group the filters in a query by the list table that they are about; None for those about the record."""
    grouped: dict[str | None, list[AppliedFilter]] = defaultdict(list)
    for name, value in query.items():
        if filter := filters(record).get(name):
            grouped[filter.table].append(AppliedFilter(filter, name, value))
    return grouped


def any_item(table: str, applied: Sequence[AppliedFilter], row: str) -> Condition:
    """Return the condition that one and the same item of a list meets all filters.

    The plus signs keep SQLite from reading all items with a value for each record, instead of all items of the record.
    """
    met = " and ".join(filter.condition(row, item="+other").sql for filter in applied)
    return Condition(f'exists (select 1 from "{table}" other where other.id = {row}.id and {met})', needs_record=False)
