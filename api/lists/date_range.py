"""The date range of a list, in parts that SQLite reads from an index by day without looking at other records.

A record matches if its date ends on the first day of the range or later, and starts on the last one or earlier. A list
is in the order of `day`, so with a single condition for both, SQLite would read all records from the first one on.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from seed.storage.indexes import wide_date

SINCE, UNTIL = ("since", "on"), ("until", "on")
"""The parameters that set the first and the last day, as the items 0 and 1 of a JSON array."""
RANGE_PARAMETERS = {*SINCE, *UNTIL}


class DateRange(NamedTuple):
    """The range: SQL for its first day and for what is after every time of its last day; "" and "~" if it is open."""

    first: str
    last: str

    def parts(self, row: str) -> list[str]:
        """Return conditions for records before, within and after the range by `day`; each record meets at most one."""
        wide = wide_date(f"{row}.")
        before = [f"{row}.day < {self.first} and {wide} and {row}.ends >= {self.first}"] * (self.first != "''")
        after = [f"{row}.day > {self.last} and {wide} and {row}.starts = ''"] * (self.last != "'~'")
        return [*before, f"{row}.day between {self.first} and {self.last}", *after]


def date_range(query: Mapping[str, Any]) -> DateRange | None:
    """Return the range that a query asks for, or None."""
    starts = {name: json.loads(query[name])[0] for name in SINCE if name in query}
    ends = {name: json.loads(query[name])[1] for name in UNTIL if name in query}
    if not starts and not ends:
        return None
    first = f":{max(starts, key=lambda name: starts[name])} ->> 0" if starts else "''"
    last = f"(:{min(ends, key=lambda name: ends[name])} ->> 1) || '~'" if ends else "'~'"
    return DateRange(f"({first})" if starts else first, f"({last})" if ends else last)
