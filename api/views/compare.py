"""Two or more accounts side by side: what they report alike, what differently, and what only one reports."""

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

from flask import Flask
from marshmallow import ValidationError

from api.database import select
from api.lists.conditions import CONDITIONS
from api.lists.formats import meta
from api.openapi.json_schema import BOOLEAN, META, SIDE, TEXT, array_of, nullable, object_of
from api.openapi.view_schemas import ACCOUNT_ID, ISSUE_ID, PARTY_ID, POSITION_ID, PROPOSAL_ID, STANCE
from api.pages.links import with_query
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from api.views.accounts_table import FINDING_KINDS, RESULT_LABELS
from api.views.compare_table import csv_rows, table_text
from api.views.contrasts import CONTRAST, accounts_differ, contrasts_by_issue, have_common_issue
from api.views.entries import (
    ACCOUNT,
    ENTRY,
    NARROWING,
    SILENCE_SCHEMA,
    Entry,
    account_names,
    accounts_in_data,
    entry_filters,
    entry_json,
    is_certainly_silent,
    read_voices,
    select_entries,
    silence_json,
)
from api.views.findings import (
    AGREEMENTS,
    ALONE,
    DIFFERENCES,
    ByParty,
    findings_alone,
    findings_of_two,
    positions_by_party,
)
from api.views.issue_tree import issue_rows, with_parts
from api.views.position import Variants
from api.views.stance_queries import CITATIONS, select_party_names, select_proposal_titles, select_variants
from api.views.stance_rules import group_by
from api.views.text import WidthQuery
from schemas.errors import FieldMessage
from schemas.fields import AccountId, Reference
from schemas.filters import AnyOf

MIN_ACCOUNTS = 2
MAX_ACCOUNTS = 6
MAX_LISTED = 100
"""Maximum number of accounts that an error lists."""
RULES = {
    "same": "At least two of the accounts report a party on one proposal with a common stance on the same conditions,"
    " and nothing differs. What an account has since replaced does not count, as in the matrix. A party and the"
    " principal for which it acts count as one: one account may name the state, another its president.",
    "same_in_part": "At least two of the accounts report a party on one proposal with a common stance. They differ on"
    " something else or in its conditions, or one alone reports a party on another proposal.",
    "different": "The editors recorded a contrast between their statements on it, or they report a party with no stance"
    " in common on one proposal, or only on different proposals that may be the same thing (`variant_of`), unless it"
    " proposes the one and is for the other: as in the matrix, they differ in `stance` or in `proposals`. What a source"
    " quotes a party as saying of itself does not differ from what that source reports. Positions do not differ if one"
    " is certainly later.",
    "only_one": "One of the accounts says something on the issue; the others are silent, and no words are reported that"
    " may be theirs.",
    "undetermined": "Several speak, but of different parties, of one in different capacities, without a stance, with"
    " one stance on different proposals that may be the same thing, or one of them only as quoted by the other, on a"
    " part of the issue, or on different matters; or a source reports words and does not say on whose account. Nothing"
    " says whether they agree.",
    "alone": "No other of these accounts has a position of the party, or of anyone who acts for the same, on that"
    " proposal or on one that may be the same thing. The others need not deny it: their statements, and the texts"
    " behind them, may say more. Not marked where a filter leaves records out.",
}
FINDING = object_of(
    {
        "kind": {"type": "string", "enum": list(FINDING_KINDS)},
        "party": PARTY_ID,
        "name": TEXT,
        "proposal": nullable(PROPOSAL_ID)
        | {"description": "The proposal on which they report the party; null if several."},
        "side": nullable(SIDE)
        | {"description": "If `kind` is `side`: the side that the party is on in both accounts, in other stances."},
        "title": nullable(TEXT),
        "accounts": array_of(
            object_of(
                {
                    "account": ACCOUNT_ID,
                    "parties": array_of(PARTY_ID) | {"description": "The party, or the principal that it acts for."},
                    "stances": array_of(STANCE),
                    **CONDITIONS,
                    "explicit": {**BOOLEAN, "description": "False if any of the positions is inferred."},
                    "positions": array_of(POSITION_ID),
                    "proposals": array_of(PROPOSAL_ID),
                    "citations": CITATIONS,
                },
                "AccountFinding",
            )
        ),
    },
    "Finding",
)
ISSUE = object_of(
    {
        "issue": ISSUE_ID,
        "title": TEXT,
        "part_of": nullable(ISSUE_ID),
        "result": {"type": "string", "enum": list(RESULT_LABELS)},
        "explicit": {**BOOLEAN, "description": "False if what is the same rests on positions that are inferred."},
        "accounts": array_of(
            object_of({"account": ACCOUNT_ID, **SILENCE_SCHEMA, "records": array_of(ENTRY)}, "ComparedAccount")
        ),
        "findings": array_of(FINDING),
        "contrasts": array_of(CONTRAST),
    },
    "ComparedIssue",
)
SCHEMA = object_of(
    {
        "accounts": array_of(ACCOUNT),
        "issues": array_of(ISSUE),
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    },
    "Comparison",
)


class Context(NamedTuple):
    """Lookups for the findings on every issue: names of parties, and titles and variants of proposals."""

    parties: Mapping[str, str]
    titles: Mapping[str, str]
    variants: Variants
    is_whole: bool
    """Whether the filters keep all records, so that a position can be called `alone`."""


class AccountList(AnyOf):
    """Two to six different accounts."""

    least, most = MIN_ACCOUNTS, MAX_ACCOUNTS

    def offered(self) -> list[str]:
        """Return the accounts with a record on an issue; the others may be compared, too, but would be silent."""
        return accounts_in_data(MAX_LISTED)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        accounts = json.loads(super()._deserialize(value, *args, **kwargs)) if value else []
        if not MIN_ACCOUNTS <= len(set(accounts)) == len(accounts) <= MAX_ACCOUNTS:
            raise self.make_error("required")
        return json.dumps(accounts)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        """Return the error of a kind; if accounts are missing, with those that the data has."""
        if key != "required":
            return super().make_error(key, **kwargs)
        detail = f"Write {MIN_ACCOUNTS} to {MAX_ACCOUNTS} different accounts, separated by commas."
        detail += " These have a record on an issue; any other account is silent."
        return ValidationError([FieldMessage(detail, allowed=self.offered())])


CompareQuery = WidthQuery.from_dict(
    {
        "accounts": AccountList(
            AccountId("An account.", example="kremlin"),
            description="The accounts to compare: two to six ids of parties or sources.",
            example=["kremlin", "white-house"],
            required=True,
        ),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"), description="Only these issues and their parts."
        ),
        **{name: filter for name, filter in entry_filters().items() if name != "account"},
    },
    name="CompareQuery",
)


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/compare",
        purpose="Accounts side by side, issue by issue: what is the same, what differs, what one alone says.",
        operation="compareAccounts",
        page=ViewPage(
            "Accounts side by side",
            "What these accounts say alike, where they differ, and what one alone says.",
            "parts/accounts.html",
            invitation="Choose two to six accounts",
            preview=_preview,
        ),
        build=build,
        schema=SCHEMA,
        query=CompareQuery(),
        rows=csv_rows,
        text=table_text,
    )
    add_view(app, view)


def _preview(query: Query, data: Mapping[str, Any]) -> str:
    """Return the path of the preview: the matrix of the positions on these accounts."""
    named = {"account": query["accounts"], **{name: query[name] for name in ("issue",) if name in query}}
    return with_query("/matrix.png", [(name, ",".join(json.loads(ids))) for name, ids in named.items()])


def build(query: Query) -> Data:
    """Return the comparison of some accounts."""
    accounts: list[str] = json.loads(query["accounts"])
    issues = (
        with_parts(json.loads(query["issue"]))
        if "issue" in query
        else [row["id"] for row in select("select id from issues", {})]
    )
    between = {**query, "account": query["accounts"]}
    entries = select_entries(between, issues, narrower="issue")
    by_issue = group_by(entries, lambda entry: entry.issue)
    spoken = [row for row in issue_rows(issues) if row["issue"] in by_issue]
    contrasts = contrasts_by_issue(between, by_issue)
    names, voices = account_names(accounts), read_voices(by_issue, accounts)
    context = _read_context(entries, is_whole=not query.keys() & NARROWING)
    return {
        "accounts": [{"account": account, "name": names[account]} for account in accounts],
        "issues": [
            _compare(
                row,
                by_issue[row["issue"]],
                {account: silence_json(row["issue"], account, voices) for account in accounts},
                contrasts[row["issue"]],
                context,
            )
            for row in spoken
        ],
        "rules": RULES,
        "meta": meta(query),
    }


def _read_context(entries: list[Entry], *, is_whole: bool) -> Context:
    positions = [entry.record for entry in entries if entry.plural == "positions"]
    proposals = {position["proposal"] for position in positions}
    names = select_party_names(position["party"] for position in positions)
    return Context(names, select_proposal_titles(proposals), select_variants(proposals), is_whole)


def _compare(
    row: Data, entries: list[Entry], silences: Mapping[str, Data], contrasts: list[Data], context: Context
) -> Data:
    """Return what some accounts say on one issue, and the result of comparing them."""
    columns = [
        {
            "account": account,
            **silence,
            "records": [entry_json(entry) for entry in entries if account in entry.record["accounts"]],
        }
        for account, silence in silences.items()
    ]
    spoken = [column["account"] for column in columns if column["records"]]
    between = [contrast for contrast in contrasts if _is_between(contrast, set(silences), set(spoken))]
    findings = _findings(positions_by_party(silences, entries), context, spoken)
    result = _result(columns, findings, between)
    return {
        **row,
        "result": result,
        "explicit": result not in ("same", "same_in_part") or _have_stated_agreement(findings),
        "accounts": columns,
        "findings": findings,
        "contrasts": between,
    }


def _findings(by_party: ByParty, context: Context, spoken: list[str]) -> list[Data]:
    """Return the findings on one issue: agreements, then differences, then what one account alone reports.

    Each has its accounts in the order in which they were requested.
    """
    parties, titles, variants, is_whole = context
    alone = findings_alone(by_party, parties, variants) if is_whole and len(spoken) > 1 else []
    findings = [
        {"side": None, **finding, "name": _names(finding, parties), "title": titles.get(finding["proposal"])}
        for found in chain(findings_of_two(by_party, parties, variants), alone)
        for finding in [_in_order(found, spoken)]
    ]
    return sorted(findings, key=lambda finding: (finding["kind"] == ALONE, finding["kind"] in DIFFERENCES))


def _in_order(finding: Data, accounts: list[str]) -> Data:
    return {**finding, "accounts": sorted(finding["accounts"], key=lambda side: accounts.index(side["account"]))}


def _result(columns: list[Data], findings: list[Data], contrasts: list[Data]) -> str:
    """Return the result of comparing some accounts on one issue, by the `RULES`."""
    kinds = {finding["kind"] for finding in findings}
    differ = accounts_differ(contrasts) or not kinds.isdisjoint(DIFFERENCES)
    silent = [column for column in columns if column["silent"]]
    if len(silent) == len(columns) - 1 and all(map(is_certainly_silent, silent)):
        return "only_one"
    if kinds.isdisjoint(AGREEMENTS):
        return "different" if differ else "undetermined"
    return "same_in_part" if differ or ALONE in kinds else "same"


def _have_stated_agreement(findings: list[Data]) -> bool:
    """Return whether some agreement of accounts rests on stated positions only."""
    alike = [finding for finding in findings if finding["kind"] in AGREEMENTS]
    return any(all(side["explicit"] for side in finding["accounts"]) for finding in alike)


def _is_between(contrast: Data, accounts: set[str], spoken: set[str]) -> bool:
    """Return whether a contrast is between statements of two different accounts of those compared.

    If the two are not about one issue, both accounts have to speak on the issue at hand.
    """
    among = accounts if have_common_issue(contrast) else spoken
    one, other = (among.intersection(of_statement) for of_statement in contrast["accounts"])
    return bool(one and other and one != other)


def _names(finding: Data, parties: Mapping[str, str]) -> str:
    return " / ".join(dict.fromkeys(parties[party] for side in finding["accounts"] for party in side["parties"]))
