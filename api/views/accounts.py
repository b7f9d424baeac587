"""What each party's account says of one event, side by side, topic by topic."""

import json
from typing import Any

from flask import Flask
from tabulate import tabulate

from api.database import select
from api.http.query_params import get_or_404
from api.lists.formats import META_EXAMPLE, meta
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, Rows, View, add_view
from api.views.stance_queries import accounts_for
from api.views.stance_rules import SOURCE, group_by
from schemas import Event
from schemas.vocabularies import TOPICS

SILENCE = (
    "An account is silent on a topic where these sources report nothing of it on that topic. A source may leave out "
    "what a readout held: silence here is not silence there."
)
WIDTH = 120
ACROSS = 5
GAP = 2
QUOTED = ("speaker", "quote", "summary", "citations")
WORDS = object_of(
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
        "accounts": array_of(object_of({"account": ID, "silent": BOOLEAN, "statements": array_of(WORDS)})),
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


def init_app(app: Flask) -> None:
    """Add the accounts of an event."""
    view = View(
        path="/events/{id}/accounts",
        purpose="What each party's account says of one event, by topic: who speaks, who is silent, in which words.",
        operation="getEventAccounts",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        rows=rows,
        text=text_of,
        path_values={"id": {"description": "The id of the event.", "schema": ID, "example": Event.example}},
    )
    add_view(app, view)


def build(query: Query, id: str) -> Data:
    """The accounts of one event."""
    event = json.loads(get_or_404("events", id)["record"])
    told = [(account, statement) for statement in statements_on(id) for account in account_of(statement, id)]
    accounts = sorted({account for account, _ in told})
    by_topic = group_by(told, lambda pair: pair[1]["topic"])
    return {
        "event": id,
        "title": event["title"],
        "accounts": accounts,
        "topics": [
            {
                "topic": topic,
                "definition": TOPICS.terms[topic].definition,
                "accounts": [_said(account, by_topic[topic]) for account in accounts],
                "contrasts": _contrasts([statement for _, statement in by_topic[topic]]),
            }
            for topic in TOPICS
            if topic in by_topic
        ],
        "silence": SILENCE,
        "meta": meta(query),
    }


def statements_on(event: str) -> list[dict[str, Any]]:
    """The statements that tell of an event or were made on the occasion of it, in the order of the source."""
    statement = "select record from statements where about = :event or event = :event order by key"
    return [json.loads(row["record"]) for row in select(statement, {"event": event})]


def account_of(statement: dict[str, Any], event: str) -> tuple[str, ...]:
    """Whose account of the event a statement belongs to: who passes the words on, or who tells of the event.

    Words spoken on the occasion itself that nobody is named as passing on are the source's account.
    """
    own = SOURCE if statement["event"] == event else statement["speaker"]
    return accounts_for(statement["voice"], statement["according_to"], own)


def rows(accounts: Data, query: Query) -> Rows:
    """The accounts as a table: a row for each statement, and one for each silence."""
    header = ["topic", "account", "silent", "statement", "speaker", "quote", "summary", "source", "paragraph"]
    return [header, *(row for topic in accounts["topics"] for one in topic["accounts"] for row in _rows(topic, one))]


def text_of(accounts: Data) -> str:
    """The accounts for a terminal of 120 columns, as many as fit beside each other."""
    names = accounts["accounts"]
    parts = [_table(accounts, names[start : start + ACROSS]) for start in range(0, len(names), ACROSS)]
    contrasts = [
        f"{' / '.join(contrast['statements'])}: {contrast['note']}"
        for topic in accounts["topics"]
        for contrast in topic["contrasts"]
    ]
    return "\n\n".join([accounts["title"], *parts, *(["Contrasts", *contrasts] if contrasts else []), f"-  {SILENCE}"])


def _table(accounts: Data, names: list[str]) -> str:
    first = max((len(topic["topic"]) for topic in accounts["topics"]), default=0)
    width = (WIDTH - first) // len(names) - GAP
    lines = [["", *names]]
    several = len(_sources(accounts)) > 1
    for topic in accounts["topics"]:
        said = (_in_words(one, several) for one in topic["accounts"] if one["account"] in names)
        lines.append([topic["topic"], *said])
    return tabulate(lines, tablefmt="plain", maxcolwidths=[first, *[width] * len(names)], disable_numparse=True)


def _sources(accounts: Data) -> set[str]:
    """The sources in which the accounts stand."""
    told = (one for topic in accounts["topics"] for account in topic["accounts"] for one in account["statements"])
    return {citation["source"] for statement in told for citation in statement["citations"]}


def _said(account: str, told: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    statements = [
        {
            "statement": statement["id"],
            **{name: statement[name] for name in ("speaker", "quote", "summary", "citations")},
        }
        for by, statement in told
        if by == account
    ]
    return {"account": account, "silent": not statements, "statements": statements}


def _contrasts(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contrasts that an editor found, each pair once."""
    pairs: dict[frozenset[str], dict[str, Any]] = {}
    for statement in statements:
        for contrast in statement["contrasts_with"]:
            pair = [statement["id"], contrast["statement"]]
            pairs.setdefault(frozenset(pair), {"statements": pair, "note": contrast["note"]})
    return list(pairs.values())


def _rows(topic: dict[str, Any], account: dict[str, Any]) -> Rows:
    beginning = [topic["topic"], account["account"], account["silent"]]
    if account["silent"]:
        return [[*beginning, *[None] * 6]]
    return [
        [
            *beginning,
            *(said[name] for name in ("statement", "speaker", "quote", "summary")),
            *([citation[name] for citation in said["citations"]] for name in ("source", "paragraph")),
        ]
        for said in account["statements"]
    ]


def _in_words(account: dict[str, Any], several: bool) -> str:
    if account["silent"]:
        return "-"
    return "\n".join(_words(said, several) for said in account["statements"])


def _words(said: dict[str, Any], several: bool) -> str:
    """What was said, by whom, and where; of which source where there are several."""
    paragraphs = ", ".join(str(citation["paragraph"]) for citation in said["citations"])
    source = f"{said['citations'][0]['source']} " if several else ""
    words = f"“{said['quote']}”" if said["quote"] else said["summary"]
    return f"{words} ({said['speaker']}, {source}¶ {paragraphs})"
