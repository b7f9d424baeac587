"""Filters that a view of many record types passes on to each type that they apply to."""

from collections.abc import Mapping
from typing import Any

from api.lists.filters import ACCOUNTS_VIEW, filters
from schemas import RECORDS
from schemas.fields import AccountId, Reference
from schemas.filters import AnyOf
from schemas.query_schema import DataQuery

SHARED = ("account", "issue")


class SharedFilters(DataQuery):
    """The parameters of these filters."""

    account = AnyOf(
        AccountId("Who gives an account.", example="kremlin"),
        description="Records on the account of any of these; types without accounts are left out.",
        to=ACCOUNTS_VIEW,
    )
    issue = AnyOf(
        Reference("issues", "An issue.", example="energy-strikes"),
        description="Records on any of these issues, and the issues themselves; other types are left out.",
    )


def own_filters(plural: str, query: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the filters of a query under the names that a type has for them, or None if it lacks one.

    An issue is found by its id.
    """
    names = {"account": "account", "issue": "id" if plural == "issues" else "issue"}
    given = {names[name]: query[name] for name in SHARED if name in query}
    return given if given.keys() <= filters(RECORDS[plural]).keys() else None
