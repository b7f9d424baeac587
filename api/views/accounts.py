"""The accounts of one event: what each party reports of it, side by side, topic by topic."""

import json
from typing import Any

from flask import Flask

from api.database import select
from api.http.query_params import get_or_404
from api.lists.formats import META_EXAMPLE, meta
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, View, add_view
from api.views.accounts_table import csv_rows, table_text
from api.views.stance_queries import accounts_for
from api.views.stance_rules import group_by
from api.views.stand import SOURCE
from schemas import Event
from schemas.vocabularies import TOPICS

SILENCE = (
    "An account is silent on a topic if these sources report nothing from it on that topic. The readout itself may say"
    " more: silence here is not silence there."
)
STATEMENT = object_of(
    {
        "statement": ID,
        "speaker": ID,
        "quote": nullable(TEXT),
        "summary": TEXT,
        "citations": array_of({"$ref": "#/components/schemas/Citation"}),
    }
)
TOPIC = object_of(
    {
        "topic": ID,
        "definition": TEXT,
        "accounts": array_of(object_of({"account": ID, "silent": BOOLEAN, "statements": array_of(STATEMENT)})),
        "contrasts": array_of(object_of({"statements": array_of(ID), "note": TEXT})),
    }
)
SCHEMA = object_of(
    {"event": ID, "title": TEXT, "accounts": array_of(ID), "topics": array_of(TOPIC), "silence": TEXT, "meta": META}
)
EXAMPLE: Data = {
    "event": Event.example,
    "title": "A call",
    "accounts": [],
    "topics": [],
    "silence": SILENCE,
    "meta": META_EXAMPLE,
}
Report = tuple[str, dict[str, Any]]
"""An account and a statement that belongs to it."""


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/events/{id}/accounts",
        purpose="What each account says of one event, by topic: who speaks, who is silent, and in which words.",
        operation="getEventAccounts",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        rows=csv_rows,
        text=table_text,
        path_values={"id": {"description": "The id of the event.", "schema": ID, "example": Event.example}},
    )
    add_view(app, view)


def build(query: Query, id: str) -> Data:
    """Return the accounts of one event."""
    event = json.loads(get_or_404("events", id)["record"])
    reports = [(account, statement) for statement in select_statements(id) for account in account_names(statement, id)]
    accounts = sorted({account for account, _ in reports})
    by_topic = group_by(reports, lambda report: report[1]["topic"])
    return {
        "event": id,
        "title": event["title"],
        "accounts": accounts,
        "topics": [topic_json(topic, by_topic[topic], accounts) for topic in TOPICS if topic in by_topic],
        "silence": SILENCE,
        "meta": meta(query),
    }


def select_statements(event: str) -> list[dict[str, Any]]:
    """Return the statements about an event or made at it, in the order of the source."""
    statement = "select record from statements where about = :event or event = :event order by key"
    return [json.loads(row["record"]) for row in select(statement, {"event": event})]


def account_names(statement: dict[str, Any], event: str) -> tuple[str, ...]:
    """Return the accounts to which a statement belongs: the parties that report it, or else the speaker.

    Words spoken at the event itself that no party reports belong to the account of the source.
    """
    default = SOURCE if statement["event"] == event else statement["speaker"]
    return accounts_for(statement["voice"], statement["according_to"], default)


def topic_json(topic: str, reports: list[Report], accounts: list[str]) -> Data:
    """Return what every account says on a topic, and where statements contrast."""
    return {
        "topic": topic,
        "definition": TOPICS.terms[topic].definition,
        "accounts": [account_json(account, reports) for account in accounts],
        "contrasts": find_contrasts([statement for _, statement in reports]),
    }


def account_json(account: str, reports: list[Report]) -> Data:
    """Return what one account says."""
    statements = [
        {
            "statement": statement["id"],
            **{name: statement[name] for name in ("speaker", "quote", "summary", "citations")},
        }
        for name, statement in reports
        if name == account
    ]
    return {"account": account, "silent": not statements, "statements": statements}


def find_contrasts(statements: list[dict[str, Any]]) -> list[Data]:
    """Return the contrasts recorded by the editors, each pair once."""
    pairs: dict[frozenset[str], Data] = {}
    for statement in statements:
        for contrast in statement["contrasts_with"]:
            pair = [statement["id"], contrast["statement"]]
            pairs.setdefault(frozenset(pair), {"statements": pair, "note": contrast["note"]})
    return list(pairs.values())
