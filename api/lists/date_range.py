"""The date range of a list, in parts that SQLite reads from an index by day without looking at other records.

A record matches if its date ends on the first day of the range or later, and starts on the last one or earlier. A list
is in the order of `day`, so with a single condition for both, SQLite would read all records from the first one on.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from seed.storage.indexes import wide_date
from seed.storage.month_counts import month

SINCE, UNTIL = ("since", "on"), ("until", "on")
"""The parameters that set the first and the last day, as the items 0 and 1 of a JSON array."""
RANGE_PARAMETERS = {*SINCE, *UNTIL}


class DateRange(NamedTuple):
    """The range: SQL for its first day and for what is after every time of its last day; "" and "~" if it is open."""

    first: str
    last: str

    def parts(self, row: str) -> list[str]:
        """Return conditions for records before, within and after the range by `day`; each record meets at most one."""
        before, after = self._outside(row)
        return [*before, f"{row}.day between {self.first} and {self.last}", *after]

    def parts_without_months(self, row: str) -> list[str]:
        """Return conditions for those of them whose month is not wholly within the range, as `months` is."""
        before, after = self._outside(row)
        begin, end = month(self.first), month(self.last)
        first = [f"{row}.day between {self.first} and min({begin} || '~', {self.last})"] * self._has_first
        other = f"{begin} < {end} and {row}.day between {end} and {self.last}"
        return [*before, *first, *[other] * self._has_last, *after]

    @property
    def months(self) -> str:
        """The condition for the whole months within the range."""
        return f"month > {month(self.first)} and month < {month(self.last)}"

    @property
    def _has_first(self) -> bool:
        return self.first != "''"

    @property
    def _has_last(self) -> bool:
        return self.last != "'~'"

    def _outside(self, row: str) -> tuple[list[str], list[str]]:
        """Return the conditions for records before and after the range by `day`."""
        wide = wide_date(f"{row}.")
        before = [f"{row}.day < {self.first} and {wide} and {row}.ends >= {self.first}"] * self._has_first
        after = [f"{row}.day > {self.last} and {wide} and {row}.starts = ''"] * self._has_last
        return before, after


def date_range(query: Mapping[str, Any]) -> DateRange | None:
    """Return the range that a query asks for, or None."""
    starts = {name: json.loads(query[name])[0] for name in SINCE if name in query}
    ends = {name: json.loads(query[name])[1] for name in UNTIL if name in query}
    if not starts and not ends:
        return None
    first = f":{max(starts, key=lambda name: starts[name])} ->> 0" if starts else "''"
    last = f"(:{min(ends, key=lambda name: ends[name])} ->> 1) || '~'" if ends else "'~'"
    return DateRange(f"({first})" if starts else first, f"({last})" if ends else last)
