"""The formats of a list: JSON by the page, and whatever else its records can be had as."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema

from api.database import data_through, state
from api.http.serialization import JSON, base_url, json_response, link_parts, list_json, pretty, record_json, to_json
from api.http.streaming import stream_response
from api.lists.csv import csv_text, table_text
from api.lists.csv_columns import csv_columns
from api.lists.facets import facet_counts
from api.lists.icalendar import ENTRIES, calendar_text
from api.lists.include import embed_related
from api.lists.list_parameters import calendar_query, lines_query, list_query, rows_query, table_query
from api.lists.list_query import ListQuery, Page
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import EXAMPLE_BASE, MediaType
from api.openapi.schemas import example_record
from schemas.record import Record

Query = Mapping[str, Any]


class Format(NamedTuple):
    """A format: the suffix of its path, its media type, what it is good for, its query, and how it answers."""

    suffix: str
    mimetype: str
    purpose: str
    query: Callable[[type[Record]], Schema]
    respond: Callable[[type[Record], Query], Response]
    answer_of: Callable[[type[Record]], MediaType]
    """How the answer is described."""
    pages: bool = False

    @property
    def bare(self) -> str:
        """The media type without its parameters."""
        return self.mimetype.partition(";")[0]


def as_json(record: type[Record], query: Query) -> Response:
    """A page, with the exact number of all that match, and what was asked for beside."""
    matching = ListQuery(record, query)
    page = matching.page()
    links = page_links(f"/{record.plural}", page)
    beside = embed_related(record, page.rows, query["include"]) if "include" in query else {}
    more = link_parts(record)
    items = (record_json(row, more, query.get("fields"), beside.get(row["id"])) for row in page.rows)
    facets = {"facets": facet_counts(matching, query["facet"])} if "facet" in query else {}
    told = {"page": {"limit": query["limit"], "total": page.total, **links}, "meta": meta(query), **facets}
    return json_response(pretty(list_json(items, told)), link_header(links))


def as_csv(record: type[Record], query: Query) -> Response:
    """Everything that matches, a row each."""
    return _stream(csv_text(record, ListQuery(record, query).stream(), query.get("fields")), CSV)


def as_ndjson(record: type[Record], query: Query) -> Response:
    """Everything that matches, a line each."""
    more, fields = link_parts(record), query.get("fields")
    return _stream((record_json(row, more, fields) + "\n" for row in ListQuery(record, query).stream()), NDJSON)


def as_text(record: type[Record], query: Query) -> Response:
    """A page, as a table."""
    page = ListQuery(record, query).page()
    links = page_links(f"/{record.plural}.txt", page)
    more = f"; next: {links['next']}" if links["next"] else ""
    table = table_text(record, page.rows, query.get("fields"))
    text = f"{table}\n\n{len(page.rows)} of {page.total} {record.plural}{more}\n"
    return Response(text, headers=link_header(links), content_type=TEXT)


def as_calendar(record: type[Record], query: Query) -> Response:
    """Everything that matches and has a place in a calendar."""
    return stream_response(calendar_text(record.plural, ListQuery(record, query).stream()), CALENDAR)


def json_answer(record: type[Record]) -> MediaType:
    """A list as JSON, described."""
    page = {"limit": 50, "total": 1, "next": None, "previous": None}
    told = {"page": page, "meta": META_EXAMPLE}
    schema = {"$ref": f"#/components/schemas/{record.__name__}List"}
    return MediaType(schema, {"data": [example_record(record, EXAMPLE_BASE)], **told})


def csv_answer(record: type[Record]) -> MediaType:
    """A list as CSV, described: its header."""
    header = ",".join(csv_columns(record))
    columns = (
        f"RFC 4180, UTF-8, with a header; lists are joined with ` | `. The columns: {', '.join(csv_columns(record))}."
    )
    return MediaType({**LONG_TEXT, "description": columns}, f"{header}\r\n")


def ndjson_answer(record: type[Record]) -> MediaType:
    """A list as lines of JSON, described."""
    told = f"On each line an object as in the schema {record.__name__}."
    line = to_json(example_record(record, EXAMPLE_BASE))
    return MediaType({**LONG_TEXT, "description": told}, f"{line}\n")


def text_answer(record: type[Record]) -> MediaType:
    """A list as a table, described."""
    schema = {**LONG_TEXT, "description": "At most 100 characters wide, aligned."}
    return MediaType(schema, f"{'  '.join(record.brief)}\n\n0 of 0 {record.plural}\n")


def calendar_answer(record: type[Record]) -> MediaType:
    """A list as a calendar, described."""
    told = f"RFC 5545, an all-day entry for each of the {record.plural} that has a place in a calendar."
    example = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Readout//Readout//EN\r\nEND:VCALENDAR\r\n"
    return MediaType({**LONG_TEXT, "description": told}, example)


CSV = "text/csv; charset=utf-8; header=present"
NDJSON = "application/x-ndjson"
TEXT = "text/plain; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
FORMATS = (
    Format("", JSON, "a page of them as JSON", list_query, as_json, json_answer, pages=True),
    Format(".csv", CSV, "all that match, as CSV for a spreadsheet", rows_query, as_csv, csv_answer),
    Format(".ndjson", NDJSON, "all that match, one JSON object a line", lines_query, as_ndjson, ndjson_answer),
    Format(".txt", TEXT, "a page of them, as a table to be read", table_query, as_text, text_answer, pages=True),
    Format(".ics", CALENDAR, "those with a day, for a calendar", calendar_query, as_calendar, calendar_answer),
)
"""Every format, JSON first: it is what a client gets that does not ask for another."""


def formats(record: type[Record]) -> list[Format]:
    """The formats that a type can be had in."""
    return [format for format in FORMATS if format.mimetype != CALENDAR or record.plural in ENTRIES]


META_EXAMPLE = {"revision": 1, "data_through": "2025-03-18", "as_of": None}


def meta(query: Query) -> dict[str, Any]:
    """What is said of the data: its revision, the last day that its sources know of, and the day that is asked for."""
    return {"revision": state().revision, "data_through": data_through(), "as_of": as_of_day(query)}


def as_of_day(query: Query) -> str | None:
    """The day at whose end the records are asked for."""
    return str(json.loads(query["as_of"])[1]) if "as_of" in query else None


def page_links(path: str, page: Page) -> dict[str, str | None]:
    """The addresses of the pages around one, in the same format, None where there is none."""
    # In the order of their names: the same question has the same answer, in whatever order it is asked.
    asked = sorted(request.args.items(multi=True), key=lambda item: item[0])
    kept = [(name, value) for name, value in asked if name != "cursor"]
    return {
        rel: f"{base_url()}{path}?{urlencode([*kept, ('cursor', cursor)])}" if cursor else None
        for rel, cursor in (("next", page.next), ("previous", page.previous))
    }


def link_header(links: Mapping[str, str | None]) -> dict[str, str]:
    """The pages around this one as a Link header (RFC 8288)."""
    told = ", ".join(f'<{url}>; rel="{rel[:4]}"' for rel, url in links.items() if url)
    return {"Link": told} if told else {}


def _stream(pieces: Iterable[str], mimetype: str) -> Response:
    return stream_response((piece.encode() for piece in pieces), mimetype)
