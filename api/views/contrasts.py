"""Contrasts that the editors recorded between statements on an issue."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec.json

from api.database import select
from api.openapi.json_schema import TEXT, Json, array_of, object_of
from api.openapi.view_schemas import ACCOUNT_ID, STATEMENT_ID
from api.views.as_of import known_by, only_as_of
from api.views.issue_tree import ISSUE_TITLE
from api.views.selection import selection
from schemas.fields import UNATTRIBUTED
from schemas.filter_sql import json_values

CONTRAST: Json = object_of(
    {
        "statements": array_of(STATEMENT_ID, 2),
        "accounts": array_of(array_of(ACCOUNT_ID), 2) | {"description": "The accounts of each statement."},
        "attributions": array_of(TEXT, 2),
        "issues": array_of(array_of(ISSUE_TITLE), 2)
        | {
            "description": "What each statement is about. A contrast of statements without a common issue is listed"
            " under the issues of both."
        },
        "citations": array_of(array_of({"$ref": "#/components/schemas/Citation"}), 2),
        "note": TEXT | {"description": "How the two differ, in the editors' words."},
    },
    "ContrastOfStatements",
)
ISSUES = """
(select json_group_array(json_object('issue', id, 'title', title)) from (
    select s.id, s.title from statements_issues l join issues s on s.id = l.issue where l.id = {statement}.id
    order by l.ordinal
))
"""
SELECT = f"""
select i.issue, a.id one, c.statement other, c.note, a.attribution one_attribution, b.attribution other_attribution,
    a.derived one_derived, b.derived other_derived, {ISSUES.format(statement="a")} one_issues,
    {ISSUES.format(statement="b")} other_issues, a.record -> '$.citations' one_citations,
    b.record -> '$.citations' other_citations
from statements_issues i join statements_contrasts_with c on c.id = i.id or c.statement = i.id
    join statements a on a.id = c.id join statements b on b.id = c.statement
where i.issue in (select value from json_each(:issues)) and (
    exists (
        select 1 from statements_issues x join statements_issues y on +y.issue = +x.issue
        where x.id = c.id and y.id = c.statement and +x.issue = i.issue
    )
    or not exists (
        select 1 from statements_issues x join statements_issues y on +y.issue = +x.issue
        where x.id = c.id and y.id = c.statement
    )
) and {{known}} and {{between}} and exists (select 1 from statements r where r.id in (a.id, b.id) and {{matches}})
order by a.key, c.ordinal
"""
"""Contrasts of statements, each under the issues that its statements share, or under the issues of both.

`+` keeps SQLite from reading all statements on an issue for each contrast.
"""
BETWEEN_ACCOUNTS = " and ".join(
    f"exists (select 1 from statements_accounts x where x.id = {one}.id and x.account in {json_values('account')})"
    for one in ("a", "b")
)
"""Condition of a contrast that some of the requested accounts give each of its statements."""
DERIVED = ("one_derived", "other_derived")
SELECTION = ("party", "principal", "negotiation", "proposal", "source", "paragraph", "q", "since", "until", "on")
"""The filters of statements that select a contrast if one of its two statements matches."""


def contrasts_by_issue(query: Mapping[str, Any], issues: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the contrasts of issues by issue, each pair of statements once, without those within one account.

    They are as of the day in a query, and if it names accounts, between these. Other filters find a contrast by either
    statement.
    """
    found: dict[str, dict[frozenset[str], dict[str, Any]]] = defaultdict(dict)
    matches, bound = selection("statements", query, SELECTION)
    between = BETWEEN_ACCOUNTS if "account" in query else "true"
    known = f"{known_by(query, 'a')} and {known_by(query, 'b')}"
    bound |= {**only_as_of(query), "issues": json.dumps(list(issues)), "account": query.get("account")}
    for row in select(SELECT.format(known=known, between=between, matches=matches), bound):
        pair = frozenset((row["one"], row["other"]))
        accounts = [_accounts(row[side]) for side in DERIVED]
        if pair in found[row["issue"]] or _is_one_account(*accounts):
            continue
        found[row["issue"]][pair] = {
            "statements": [row["one"], row["other"]],
            "accounts": accounts,
            "attributions": [row["one_attribution"], row["other_attribution"]],
            "issues": [msgspec.json.decode(row["one_issues"]), msgspec.json.decode(row["other_issues"])],
            "citations": [msgspec.json.decode(row["one_citations"]), msgspec.json.decode(row["other_citations"])],
            "note": row["note"],
        }
    return defaultdict(list, {issue: list(pairs.values()) for issue, pairs in found.items()})


def accounts_differ(contrasts: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether any of the contrasts on an issue is between two statements on one issue."""
    return any(map(have_common_issue, contrasts))


def any_differ(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the accounts differ on any of some issues, which have their contrasts."""
    return any(accounts_differ(row["contrasts"]) for row in rows)


def differing_accounts(contrasts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the accounts between which there is a contrast on one issue, each once."""
    found = (account for each in contrasts if have_common_issue(each) for one in each["accounts"] for account in one)
    return list(dict.fromkeys(found))


def have_common_issue(contrast: Mapping[str, Any]) -> bool:
    """Return whether both statements of a contrast are about one issue, so that they differ on it."""
    one, other = ({issue["issue"] for issue in issues} for issues in contrast["issues"])
    return not one.isdisjoint(other)


def _is_one_account(one: list[str], other: list[str]) -> bool:
    """Return whether two statements are on the same accounts; unattributed ones may be on different ones."""
    return set(one) == set(other) != {UNATTRIBUTED}


def _accounts(derived: str) -> list[str]:
    accounts: list[str] = msgspec.json.decode(f"{{{derived.removeprefix(',')}}}")["accounts"]
    return accounts
