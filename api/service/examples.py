"""Example questions, each with the URL that answers it. A test requests every URL."""

from typing import NamedTuple

from flask import Flask

from api.http.urls import base_url
from api.openapi.json_schema import TEXT, array_of, object_of, url_schema
from api.openapi.routes import EXAMPLE_BASE
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from schemas.query_schema import QuerySchema


class Example(NamedTuple):
    """A question and the path that answers it."""

    question: str
    path: str


EXAMPLES = (
    Example(
        "Which proposals, conditions and aims are recorded, and on whose account, in order of date?",
        "/proposals.json?sort=date&fields=id,title,stage,date,attribution",
    ),
    Example(
        "Who takes which stance on the halt that Putin ordered, and on its variants in other accounts?",
        "/positions?proposal=energy-strikes-halt-30-days,energy-strikes-halt,energy-infrastructure-ceasefire",
    ),
    Example(
        "What has Ukraine, or anyone acting for it, accepted or supported?",
        "/positions?principal=ukraine&stance=accepts,supports",
    ),
    Example("What did the Kremlin say, and what did others say according to it?", "/statements?account=kremlin"),
    Example(
        "Which words of Trump's are quoted at first hand, not through another party?",
        "/statements.json?speaker=trump&account=trump&form=quotation&fields=quote,attribution,citations",
    ),
    Example(
        "What happened, or may have happened, from 10 to 16 March 2025?", "/events?since=2025-03-10&until=2025-03-16"
    ),
    Example("Which events have no date?", "/events?dated=false"),
    Example("Which proposals have no known stage?", "/proposals?stage=null"),
    Example("Which positions certainly stood at the end of 16 March 2025?", "/positions?as_of=2025-03-16"),
    Example(
        "Which statements cite paragraph 11, and to whom are they attributed?",
        "/statements.json?paragraph=11&fields=summary,quote,attribution,citations",
    ),
    Example("Which proposals mention the Black Sea?", "/proposals?q=black+sea"),
    Example(
        "Trump's unconditional 30-day ceasefire, with every position on it",
        "/proposals/unconditional-ceasefire-30-days?include=positions",
    ),
    Example("How many events are there of each kind and status?", "/events.json?facet=kind,status&limit=1"),
    Example("All parties, for a spreadsheet", "/parties.csv"),
    Example("The scheduled events, for a calendar", "/events.ics?status=scheduled"),
    Example("All positions, for a program", "/positions.ndjson"),
    Example(
        "Where does each party stand on each issue? In a terminal", "/matrix.txt?negotiation=ukraine-war-settlement"
    ),
    Example(
        "The same at the end of 16 March 2025, for a spreadsheet",
        "/matrix.csv?negotiation=ukraine-war-settlement&as_of=2025-03-16",
    ),
    Example("Every position by issue, one per row, for a spreadsheet", "/matrix.csv?layout=long"),
    Example("The accounts of the call side by side", "/events/trump-putin-call/accounts.txt"),
    Example("What does each account say about strikes on energy?", "/issues/energy-strikes/accounts.txt"),
    Example(
        "What do the Kremlin and the White House report alike, and what differently?",
        "/compare.txt?accounts=kremlin,white-house",
    ),
    Example(
        "Where do Kyiv and Moscow stand on a ceasefire, and in which order did that come about?",
        "/issues/general-ceasefire/standing.txt",
    ),
    Example("What does the article leave open?", "/questions.txt?status=open"),
    Example(
        "Which events order, carry out or breach the 30-day halt of strikes on energy?",
        "/events.json?proposal=energy-strikes-halt-30-days&fields=title,status,date,proposals,attribution",
    ),
    Example("What happened in which order, each fact once?", "/timeline.txt"),
    Example(
        "Where does Trump's unconditional 30-day ceasefire stand?",
        "/proposals/unconditional-ceasefire-30-days/standing",
    ),
    Example("Which records mention a hospital?", "/search?q=hospital"),
    Example("Which records cite each paragraph, and which paragraphs does no record cite?", "/coverage"),
    Example("What does each stance mean?", "/vocabularies/stances"),
    Example("The first ten changes since the database was built", "/changes?since=0&limit=10"),
)
SCHEMA = object_of(
    {
        "examples": array_of(
            object_of({"question": TEXT, "url": url_schema("The URL that answers the question.")}, "Example")
        )
    },
    "Examples",
)
EXAMPLE = {"examples": [{"question": EXAMPLES[0].question, "url": EXAMPLE_BASE + EXAMPLES[0].path}]}

PAGE = ViewPage(
    "Example questions",
    "Questions that the data answers, each with its address.",
    "parts/examples.html",
)


def init_app(app: Flask) -> None:
    """Add the examples."""
    purpose = "Example questions, each with the URL that answers it."
    query = QuerySchema()
    add_view(
        app,
        View("/examples", purpose, "listExamples", PAGE, examples, SCHEMA, EXAMPLE, query, tag="service", text=text),
    )


def examples(query: Query) -> Data:
    """Return the examples with URLs of this server."""
    base = base_url()
    return {"examples": [{"question": question, "url": base + path} for question, path in EXAMPLES]}


def text(data: Data, query: Query) -> str:
    """Return the examples as commands to copy."""
    return "\n\n".join(f"# {example['question']}\ncurl '{example['url']}'" for example in data["examples"])
