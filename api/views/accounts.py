"""The accounts of an issue or of an event: what each says, side by side, issue by issue."""

import json
from collections.abc import Iterable
from typing import Any

from flask import Flask

from api.http.query_params import get_or_404
from api.http.serialization import parse_record
from api.lists.formats import meta
from api.openapi.json_schema import ID, META, TEXT, array_of, nullable, object_of
from api.openapi.parameters import id_in_path
from api.openapi.view_schemas import ACCOUNT_ID, ISSUE_ID
from api.pages.pictures.accounts import draw_accounts
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from api.views.accounts_table import csv_rows, table_text
from api.views.contrasts import CONTRAST, contrasts_by_issue, have_common_issue
from api.views.entries import (
    ACCOUNT,
    ENTRY,
    NARROWING,
    SILENCE_SCHEMA,
    Entry,
    account_names,
    accounts_of_negotiations,
    entry_filters,
    entry_json,
    issues_of,
    keys_about_event,
    keys_in_words_about,
    read_voices,
    select_entries,
    silence_json,
)
from api.views.issue_tree import issue_rows, with_parts
from api.views.stance_rules import group_by
from api.views.text import WidthQuery
from schemas import RECORDS
from schemas.fields import Reference
from schemas.filters import AnyOf
from seed.storage.mapping import singular

MAX_SILENCES = 2000
"""Maximum number of accounts times issues with which silent accounts are shown."""
SILENCE = (
    "An account is silent on an issue if no record of any type gives it on the issue or a part of it, in the sources"
    " that were read. Words that another account quotes belong to that account; words may be anybody’s account if the"
    " source does not say who reports them. The text behind an account may say more."
)
COLUMN = object_of(
    {
        "account": ACCOUNT_ID,
        **SILENCE_SCHEMA,
        "records": array_of(ENTRY),
        "elsewhere": array_of(ENTRY) | {"description": "What the account says on the issue, but not about this event."},
    },
    "AccountOnIssue",
)
ISSUE = object_of(
    {
        "issue": ISSUE_ID,
        "title": TEXT,
        "part_of": nullable(ISSUE_ID),
        "accounts": array_of(COLUMN),
        "contrasts": array_of(CONTRAST),
    },
    "IssueAccounts",
)
SCHEMA = object_of(
    {
        "type": ID,
        "id": ID,
        "title": TEXT,
        "accounts": array_of(ACCOUNT),
        "issues": array_of(ISSUE),
        "silence": TEXT,
        "meta": META,
    },
    "Accounts",
)


AccountsQuery = WidthQuery.from_dict(entry_filters(), name="AccountsQuery")
EventAccountsQuery = WidthQuery.from_dict(
    {
        **entry_filters(),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"), description="Only any of these issues."
        ),
    },
    name="EventAccountsQuery",
)


def init_app(app: Flask) -> None:
    """Register the endpoint of each type."""
    for plural, query, build in (("issues", AccountsQuery, of_issue), ("events", EventAccountsQuery, of_event)):
        name, record = singular(plural), RECORDS[plural]
        view = View(
            path=f"/{plural}/{{id}}/accounts",
            purpose=f"What each account says of one {name}, issue by issue: who speaks, who is silent, in which words.",
            operation=f"get{name.title()}Accounts",
            page=ViewPage(
                "What each account says",
                "Who says what, in which words, who is silent, and where the accounts differ.",
                "parts/accounts.html",
            ),
            build=build,
            schema=SCHEMA,
            query=query(),
            rows=csv_rows,
            text=table_text,
            picture=draw_accounts,
            path_values=id_in_path(record),
        )
        add_view(app, view)


def of_issue(query: Query, id: str) -> Data:
    """Return the accounts of one issue and of its parts.

    Unless a filter narrows them, they include all accounts of its negotiations, to show which are silent.
    """
    issue = parse_record(get_or_404("issues", id))
    issues = with_parts([id])
    entries = select_entries(query, issues)
    matching = {entry.key for entry in entries}
    others = [] if query.keys() & NARROWING else accounts_of_negotiations(issue["negotiations"])
    others = others if len(others) * len(issues) <= MAX_SILENCES else []
    named = {"type": "issues", "id": id, "title": issue["title"]}
    return {**named, **accounts_json(query, issues, entries, matching, others)}


def of_event(query: Query, id: str) -> Data:
    """Return the accounts of one event, on every issue that they touch."""
    title = parse_record(get_or_404("events", id))["title"]
    own = keys_about_event(id)
    about = own | keys_in_words_about(id)
    issues = [issue for issue in issues_of(own) if "issue" not in query or issue in json.loads(query["issue"])]
    entries = select_entries(query, issues)
    return {"type": "events", "id": id, "title": title, **accounts_json(query, issues, entries, about)}


def accounts_json(
    query: Query, issues: list[str], entries: list[Entry], about: set[tuple[str, str]], others: Iterable[str] = ()
) -> Data:
    """Return what every account says on every issue; records that are not in `about` stand under `elsewhere`.

    The accounts are those of the records in `about`, and `others`.
    """
    speaking = {account for entry in entries if entry.key in about for account in entry.record["accounts"]}
    accounts = sorted(speaking.union(others))
    names = account_names(accounts)
    voices = read_voices(issues, accounts)
    contrasts = contrasts_by_issue(query, issues)
    by_account = group_by(
        ((account, entry) for entry in entries for account in entry.record["accounts"]),
        lambda pair: (pair[1].issue, pair[0]),
    )

    def column(issue: str, account: str) -> Data:
        records = _records(by_account.get((issue, account), []), about)
        return {"account": account, **silence_json(issue, account, voices), **records}

    rows = [
        {
            **row,
            "accounts": [column(row["issue"], account) for account in accounts],
            "contrasts": [contrast for contrast in contrasts[row["issue"]] if _is_about(contrast, about)],
        }
        for row in issue_rows(issues)
    ]
    return {
        "accounts": [{"account": account, "name": names[account]} for account in accounts],
        "issues": _without_repeated_contrasts(rows),
        "silence": SILENCE,
        "meta": meta(query),
    }


def _is_about(contrast: Data, about: set[tuple[str, str]]) -> bool:
    """Return whether one of the two statements is among the requested records."""
    return any(("statements", statement) in about for statement in contrast["statements"])


def _without_repeated_contrasts(rows: list[Data]) -> list[Data]:
    """Return rows in which a contrast between issues is left out if another row, where both accounts speak, has it."""
    shared = {key for row in rows for contrast in row["contrasts"] if (key := _shared_key(contrast, row))}
    return [
        {
            **row,
            "contrasts": [
                contrast
                for contrast in row["contrasts"]
                if _shared_key(contrast, row) or frozenset(contrast["statements"]) not in shared
            ],
        }
        for row in rows
    ]


def _shared_key(contrast: Data, row: Data) -> frozenset[str] | None:
    """Return the statements of a contrast if they are on one issue, or if both accounts speak on that of the row."""
    spoken = {column["account"] for column in row["accounts"] if column["records"] or column["elsewhere"]}
    shared = have_common_issue(contrast) or all(map(spoken.intersection, contrast["accounts"]))
    return frozenset(contrast["statements"]) if shared else None


def _records(reports: list[tuple[str, Entry]], about: set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "records": [entry_json(entry) for _, entry in reports if entry.key in about],
        "elsewhere": [entry_json(entry) for _, entry in reports if entry.key not in about],
    }
