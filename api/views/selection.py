"""The filters of a view, applied to each type of record that it is made of."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from api.lists.applied_filters import filter_conditions
from api.lists.filters import filters
from api.views.as_of import known_by, only_as_of
from schemas import RECORDS


class Selection(NamedTuple):
    """A condition on the records `r` of a type, and the values that it binds."""

    sql: str
    bound: dict[str, Any]


def selection(plural: str, query: Mapping[str, Any], names: Iterable[str]) -> Selection:
    """Return the condition of those of the named filters that a query has and that apply to a type.

    `as_of` applies to every type: without that filter, a record counts once it was certainly known.
    """
    record, wanted = RECORDS[plural], {name: query[name] for name in names if name in query}
    bound = {name: value for name, value in wanted.items() if name in filters(record)}
    conditions = filter_conditions(record, {name: value for name, value in bound.items() if name != "q"})
    if "as_of" in wanted and "as_of" not in bound:
        conditions.append(known_by(wanted))
    if "q" in bound:  # `+` keeps SQLite from trying every match for each row of another table
        conditions.append(f"+r.key in (select rowid from {plural}_fts where {plural}_fts match :q)")
    return Selection(" and ".join(conditions) or "true", {**bound, **only_as_of(wanted)})
