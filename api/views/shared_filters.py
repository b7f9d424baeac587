"""Filters that a view of many record types passes on to each type that they apply to."""

from collections.abc import Mapping
from typing import Any

from api.lists.filters import filters
from schemas import RECORDS, Source
from schemas.fields import AccountId, Reference
from schemas.filters import AnyOf
from schemas.query_schema import DataQuery

NAMED = {"account": None, "issue": "issues", "party": "parties", "source": "sources", "paragraph": None}
"""The filters that are passed on, and the record type whose ids they take."""


class SharedFilters(DataQuery):
    """The filters `account` and `issue`, which every view of many record types takes."""

    account = AnyOf(
        AccountId("Who gives an account.", example="kremlin"),
        description="Records on the account of any of these; types without accounts are left out.",
    )
    issue = AnyOf(
        Reference("issues", "An issue.", example="energy-strikes"),
        description="Records on any of these issues, and the issues themselves; other types are left out.",
    )


def own_filters(plural: str, query: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the filters of a query under the names that a type has for them, or None if it lacks one.

    An issue, a party or a source is found by its id. The other filters of sources are about the records that cite them.
    """
    given = {"id" if type == plural else name: query[name] for name, type in NAMED.items() if name in query}
    own = {"id"} if plural == Source.plural else filters(RECORDS[plural]).keys()
    return given if given.keys() <= own else None
