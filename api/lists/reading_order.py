"""Order of lists within pages: events as in the timeline, other records with the accounts of a matter together."""

from collections.abc import Mapping
from typing import Any

from api.lists.sort_order import LAST_TEXT, LOWEST_TEXT, SortKey, SortOrder, sort_order
from schemas import Event
from schemas.record import OnIssues, Record
from schemas.timeline import DATED
from seed.storage.mapping import DATE_BOUNDS, columns

TIMELINE_DAY = f"(select entry.day from timeline entry where entry.id = '{Event.plural}/' || {{row}}.id)"
FIRST_ISSUE = "(select item.issue from {plural}_issues item where item.id = {row}.id order by item.ordinal limit 1)"


def reading_order(record: type[Record], query: Mapping[str, Any], row: str) -> SortOrder:
    """Return the order of a list of related records. `row` is the alias of the table that is read first.

    Events are in the order of the timeline. Others with an account are in the order of their dates, then of the
    proposal or the issue, then of the account: a list that is cut by id would show the stances that begin with `a`.
    """
    if record is Event:
        return timeline_order(row)
    if record.plural not in DATED:
        return sort_order(record, query, row)
    day = SortKey(f"{row}.{DATE_BOUNDS[0]}", False, LOWEST_TEXT)
    account = SortKey('r."attribution"', False, needs_record=True)
    return SortOrder([day, *_matter(record, row), account, SortKey(f"{row}.id", False)])


def timeline_order(row: str, *, descending: bool = False) -> SortOrder:
    """Return the order of the timeline, for a list of events."""
    return SortOrder([SortKey(TIMELINE_DAY.format(row=row), descending, LOWEST_TEXT), SortKey(f"{row}.id", descending)])


def _matter(record: type[Record], row: str) -> list[SortKey]:
    """Return the key of the proposal or the first issue that a record is about."""
    if any(column.name == "proposal" for column in columns(record)):
        return [SortKey('r."proposal"', False, needs_record=True)]
    if issubclass(record, OnIssues):
        issue = FIRST_ISSUE.format(plural=record.plural, row=row)
        return [SortKey(f"coalesce({issue}, {LAST_TEXT[False]})", False)]
    return []
