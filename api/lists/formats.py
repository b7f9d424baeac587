"""Formats of a list: JSON by the page, CSV, NDJSON, text and iCalendar."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema

from api.database import current_revision, data_through
from api.http.serialization import JSON, json_response, link_parts, list_json, pretty, record_json, to_json
from api.http.streaming import stream_response
from api.http.urls import base_url
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
    """Format: suffix of the path, media type, purpose, query schema, and the function that responds."""

    suffix: str
    mimetype: str
    purpose: str
    query: Callable[[type[Record]], Schema]
    respond: Callable[[type[Record], Query], Response]
    answer_of: Callable[[type[Record]], MediaType]
    """Function that describes the response for OpenAPI."""
    pages: bool = False

    @property
    def bare(self) -> str:
        """Return the media type without parameters."""
        return self.mimetype.partition(";")[0]


def as_json(record: type[Record], query: Query) -> Response:
    """Respond with a page, the exact total, facets and embedded records."""
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
    """Respond with all matching records as CSV."""
    return _stream(csv_text(record, ListQuery(record, query).stream(), query.get("fields")), CSV)


def as_ndjson(record: type[Record], query: Query) -> Response:
    """Respond with all matching records, one JSON object per line."""
    more, fields = link_parts(record), query.get("fields")
    return _stream((record_json(row, more, fields) + "\n" for row in ListQuery(record, query).stream()), NDJSON)


def as_text(record: type[Record], query: Query) -> Response:
    """Respond with a page as a text table."""
    page = ListQuery(record, query).page()
    links = page_links(f"/{record.plural}.txt", page)
    more = f"; next: {links['next']}" if links["next"] else ""
    table = table_text(record, page.rows, query.get("fields"))
    text = f"{table}\n\n{len(page.rows)} of {page.total} {record.plural}{more}\n"
    return Response(text, headers=link_header(links), content_type=TEXT)


def as_calendar(record: type[Record], query: Query) -> Response:
    """Respond with all matching records that have a calendar entry."""
    return stream_response(calendar_text(record.plural, ListQuery(record, query).stream()), CALENDAR)


def json_answer(record: type[Record]) -> MediaType:
    """Describe a list as JSON."""
    page = {"limit": 50, "total": 1, "next": None, "previous": None}
    told = {"page": page, "meta": META_EXAMPLE}
    schema = {"$ref": f"#/components/schemas/{record.__name__}List"}
    return MediaType(schema, {"data": [example_record(record, EXAMPLE_BASE)], **told})


def csv_answer(record: type[Record]) -> MediaType:
    """Describe a list as CSV: its columns."""
    header = ",".join(csv_columns(record))
    columns = (
        f"RFC 4180, UTF-8, with a header; lists are joined with ` | `. The columns: {', '.join(csv_columns(record))}."
    )
    return MediaType({**LONG_TEXT, "description": columns}, f"{header}\r\n")


def ndjson_answer(record: type[Record]) -> MediaType:
    """Describe a list as NDJSON."""
    told = f"On each line an object as in the schema {record.__name__}."
    line = to_json(example_record(record, EXAMPLE_BASE))
    return MediaType({**LONG_TEXT, "description": told}, f"{line}\n")


def text_answer(record: type[Record]) -> MediaType:
    """Describe a list as a text table."""
    schema = {**LONG_TEXT, "description": "At most 100 characters wide, aligned."}
    return MediaType(schema, f"{'  '.join(record.brief)}\n\n0 of 0 {record.plural}\n")


def calendar_answer(record: type[Record]) -> MediaType:
    """Describe a list as a calendar."""
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
"""Every format; JSON first, as the default."""


def formats(record: type[Record]) -> list[Format]:
    """Return the formats of a type."""
    return [format for format in FORMATS if format.mimetype != CALENDAR or record.plural in ENTRIES]


META_EXAMPLE = {"revision": 1, "data_through": "2025-03-18", "as_of": None}


def meta(query: Query) -> dict[str, Any]:
    """Return metadata: the revision, the last day that the sources know about, and the day of `as_of`."""
    return {"revision": current_revision().number, "data_through": data_through(), "as_of": as_of_day(query)}


def as_of_day(query: Query) -> str | None:
    """Return the last day of `as_of`."""
    return str(json.loads(query["as_of"])[1]) if "as_of" in query else None


def page_links(path: str, page: Page) -> dict[str, str | None]:
    """Return the URLs of the next and previous page in the same format, or None."""
    # Sorted by name, so that the order of parameters in the URL does not change the response.
    asked = sorted(request.args.items(multi=True), key=lambda item: item[0])
    kept = [(name, value) for name, value in asked if name != "cursor"]
    return {
        rel: f"{base_url()}{path}?{urlencode([*kept, ('cursor', cursor)])}" if cursor else None
        for rel, cursor in (("next", page.next), ("previous", page.previous))
    }


def link_header(links: Mapping[str, str | None]) -> dict[str, str]:
    """Return a Link header (RFC 8288) for the neighbouring pages."""
    told = ", ".join(f'<{url}>; rel="{rel[:4]}"' for rel, url in links.items() if url)
    return {"Link": told} if told else {}


def _stream(pieces: Iterable[str], mimetype: str) -> Response:
    return stream_response((piece.encode() for piece in pieces), mimetype)
