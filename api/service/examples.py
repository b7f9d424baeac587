"""Example questions, each with the URL that answers it. A test requests every URL."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import yaml
from flask import Flask

from api.database import select
from api.http.urls import base_url
from api.openapi.json_schema import TEXT, array_of, object_of, url_schema
from api.openapi.routes import EXAMPLE_BASE
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from schemas.query_schema import QuerySchema
from seed.bundles import SEED


class Example(NamedTuple):
    """A question and the path that answers it."""

    question: str
    path: str
    source: str | None = None
    """The source whose records answer it; None if any records do."""


FOLDER = SEED / "examples"
"""The questions that the records of one source answer, in a file with its id as the name."""
GENERAL = (
    Example(
        "Which proposals, conditions and aims are recorded, and on whose account, in order of date?",
        "/proposals.json?sort=date&fields=id,title,stage,date,attribution",
    ),
    Example("Which events have no date?", "/events?dated=false"),
    Example("Which proposals have no known stage?", "/proposals?stage=null"),
    Example("How many events are there of each kind and status?", "/events.json?facet=kind,status&limit=1"),
    Example("All parties, for a spreadsheet", "/parties.csv"),
    Example("The scheduled events, for a calendar", "/events.ics?status=scheduled"),
    Example("All positions, for a program", "/positions.ndjson"),
    Example("Every position by issue, one per row, for a spreadsheet", "/matrix.csv?layout=long"),
    Example("What happened in which order, each fact once?", "/timeline.txt"),
    Example("Which records cite each paragraph, and which paragraphs does no record cite?", "/coverage"),
    Example("What does each stance mean?", "/vocabularies/stances"),
    Example("The first ten changes since the database was built", "/changes?since=0&limit=10"),
)


def _read_examples() -> Iterator[Example]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for written in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Example(written["question"], written["path"], path.stem)


EXAMPLES = (*_read_examples(), *GENERAL)
SCHEMA = object_of(
    {
        "examples": array_of(
            object_of({"question": TEXT, "url": url_schema("The URL that answers the question.")}, "Example")
        )
    },
    "Examples",
)
EXAMPLE = {"examples": [{"question": GENERAL[0].question, "url": EXAMPLE_BASE + GENERAL[0].path}]}

PAGE = ViewPage(
    "Example questions",
    "Questions that the data answers, each with its URL.",
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
    return {"examples": [{"question": example.question, "url": base + example.path} for example in known_examples()]}


def known_examples() -> list[Example]:
    """Return the examples that the stored records can answer."""
    sources = {
        row["id"]
        for row in select(
            "select id from sources where id in (select value from json_each(:ids))",
            {"ids": json.dumps([example.source for example in EXAMPLES])},
        )
    }
    return [example for example in EXAMPLES if example.source is None or example.source in sources]


def text(data: Data, query: Query) -> str:
    """Return the examples as commands to copy."""
    return "\n\n".join(f"# {example['question']}\ncurl '{example['url']}'" for example in data["examples"])
