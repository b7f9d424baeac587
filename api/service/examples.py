"""Example questions with the URL that answers each; a test runs every one."""

from typing import NamedTuple

from flask import Flask

from api.http.urls import base_url
from api.openapi.json_schema import TEXT, array_of, object_of, url_schema
from api.openapi.routes import EXAMPLE_BASE
from api.views import Data, Query, View, add_view


class Example(NamedTuple):
    """A question and the path that answers it."""

    question: str
    path: str


EXAMPLES = (
    Example("What is on the table, in order of time?", "/proposals?sort=date&fields=id,title,stage,date"),
    Example("Who takes which stand on the halt that Putin ordered?", "/positions?proposal=energy-strikes-halt-30-days"),
    Example(
        "What has been accepted or supported on Ukraine's behalf?",
        "/positions?principal=ukraine&stance=accepts,supports",
    ),
    Example("What does the Kremlin say, of itself and of others?", "/statements?account=kremlin"),
    Example("Which words of Trump's are exact?", "/statements?speaker=trump&form=quotation&fields=quote,citations"),
    Example("What happened in the week before the call?", "/events?since=2025-03-10&until=2025-03-16"),
    Example("What has no date?", "/events?dated=false"),
    Example("What is not known to have come to any stage?", "/proposals?stage=null"),
    Example("What certainly stood by 16 March?", "/positions?as_of=2025-03-16"),
    Example("What rests on paragraph 11?", "/timeline?paragraph=11"),
    Example("Which proposals speak of the Black Sea?", "/proposals?q=black+sea"),
    Example("One proposal with every stand on it", "/proposals/unconditional-ceasefire-30-days?include=positions"),
    Example("How many events of each kind and status are there?", "/events?facet=kind,status&limit=1"),
    Example("Everybody who is named, for a spreadsheet", "/parties.csv"),
    Example("The statements by topic, in a terminal", "/statements.txt?sort=topic&limit=20"),
    Example("What is scheduled, for a calendar", "/events.ics?status=scheduled"),
    Example("All positions, for a program", "/positions.ndjson"),
    Example("Where everybody stands, in a terminal", "/matrix.txt?negotiation=ukraine-war-settlement"),
    Example("The same on 16 March, for a spreadsheet", "/matrix.csv?as_of=2025-03-16"),
    Example("The accounts of the call side by side", "/events/trump-putin-call/accounts.txt"),
    Example("Where the unconditional ceasefire stands", "/proposals/unconditional-ceasefire-30-days/standing"),
    Example("Everything that speaks of a hospital", "/search?q=hospital"),
    Example("Which paragraphs nothing rests on", "/coverage"),
    Example("What each stance means", "/vocabularies/stances"),
    Example("What changed since the beginning", "/changes?since=0&limit=10"),
)
SCHEMA = object_of({"examples": array_of(object_of({"question": TEXT, "url": url_schema("What answers it.")}))})
EXAMPLE = {"examples": [{"question": EXAMPLES[0].question, "url": EXAMPLE_BASE + EXAMPLES[0].path}]}


def init_app(app: Flask) -> None:
    """Add the examples page."""
    purpose = "Questions, each with the address that answers it."
    add_view(app, View("/examples", purpose, "listExamples", build, SCHEMA, EXAMPLE, tag="service", text=text_of))


def build(query: Query) -> Data:
    """Return the examples with URLs of this server."""
    base = base_url()
    return {"examples": [{"question": question, "url": base + path} for question, path in EXAMPLES]}


def text_of(found: Data) -> str:
    """Return the examples as commands to copy."""
    return "\n\n".join(f"# {one['question']}\ncurl '{one['url']}'" for one in found["examples"])
