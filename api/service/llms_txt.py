"""A short description of the service for language models, in the format of llmstxt.org."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask, Response

from api.http.media_types import TEXT
from api.http.query_params import parse_query
from api.http.urls import base_url
from api.openapi.routes import all_endpoints
from api.service.examples import known_examples
from api.service.index import ABOUT
from schemas import RECORDS
from schemas.query_schema import QuerySchema

PATH = "/llms.txt"
HOW_TO_CITE = """\
Every record says according to whom (`attribution`) and where it is written (`citations`: source and paragraph).
Name both whenever you repeat a record. `(inferred)` marks what the editor, or whoever gives the account, inferred.
The absence of a record is not a position: never read it as assent, refusal or neutrality.
What is planned, threatened or alleged has not happened (`status`); what is proposed is not agreed (`stage`)."""
"""What a reader must keep in mind of every record."""
HOW_TO_READ = """\
Reading needs no key. Without a suffix the answer is JSON. With .md, lists, records and most views are Markdown of at
most 7,000 characters with citations and sources; it says how much was left out. Lists and views are tables with .csv.
One record is at /TYPE/ID, as /parties/putin.
An unknown parameter or value is an error that lists what is allowed."""


def init_app(app: Flask) -> None:
    """Add the file."""
    app.add_url_rule(PATH, "llms", llms_txt)


def llms_txt() -> Response:
    """Return the description, with the endpoints and examples of this server."""
    parse_query(QuerySchema())
    return Response("\n".join(_lines(base_url())) + "\n", content_type=TEXT)


def _lines(base: str) -> Iterator[str]:
    yield f"# Readout\n\n> {ABOUT}\n\n{HOW_TO_READ}\n{HOW_TO_CITE}\n\n## Views\n"
    for endpoint in all_endpoints():
        if endpoint.tag == "views" and "." not in endpoint.path:
            yield f"- [{endpoint.path}]({base}{endpoint.path}): {endpoint.purpose}"
    yield "\n## Records\n"
    for plural, record in RECORDS.items():
        purpose = (record.__doc__ or "").splitlines()[0]
        yield f"- [/{plural}]({base}/{plural}): {purpose}"
    yield "\n## Examples\n"
    for example in known_examples():
        if "." not in urlsplit(example.path).path:
            yield f"- [{example.question}]({base}{example.path})"
    yield f"\n## Optional\n\n- [Every endpoint and parameter]({base}/openapi.json)"
    yield f"- [One of them]({base}/openapi.json?operation=listPositions)"
