"""The formats of a list: for each, the suffix, the purpose, the query schema and the response."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema

from api.database import current_revision, data_through
from api.feeds import atom
from api.feeds.timeline import timeline_feed
from api.http.media_types import CSV, NDJSON, TEXT
from api.http.negotiation import bare
from api.http.serialization import JSON, join_ndjson, link_parts, list_json, pretty, record_json
from api.http.streaming import list_response, stream_response
from api.http.urls import base_url
from api.lists.corrections import correct_query
from api.lists.csv import BATCH_SIZE, csv_text, flatten, select_columns
from api.lists.csv_dialect import SEPARATORS, byte_order_mark
from api.lists.facets import facet_counts
from api.lists.icalendar import ENTRIES, calendar_text
from api.lists.include import embed_related
from api.lists.list_parameters import (
    calendar_query,
    csv_query,
    feed_query,
    json_query,
    ndjson_query,
    text_query,
    xlsx_query,
)
from api.lists.list_query import ListQuery
from api.lists.pagination import Page
from api.lists.readable_date import MARK_NOTE, has_marks
from api.lists.text_table import records_text, wrap
from api.lists.xlsx import MAX_ROWS, XLSX, require_few, spreadsheet_response
from api.lists.xlsx import SUFFIX as XLSX_SUFFIX
from schemas.record import Record
from schemas.timeline import DATED, Timeline
from seed.batches import batches
from seed.storage.mapping import default_sort

Query = Mapping[str, Any]
BY_ID = "Records of one date are in the order of their ids, which says nothing about which came first."
"""The caveat of lists in the order of dates."""
Layout = Callable[[Sequence[sqlite3.Row], int], str]
"""Lays records out as text of a width."""


class Format(NamedTuple):
    """A format of lists."""

    suffix: str
    """The end of its path, empty for the format that is served without one."""
    mimetype: str
    purpose: str
    """What it contains, as the end of a sentence."""
    query: Callable[[type[Record]], Schema]
    respond: Callable[[type[Record], Query], Response]
    pages: bool = False
    """Whether a response is one page of the records that match."""

    @property
    def bare(self) -> str:
        """The media type without parameters."""
        return bare(self.mimetype)


def json_list(record: type[Record], query: Query, *, suffix: str = "") -> Response:
    """Respond with a page, the total number of matches, and the facets that were requested."""
    matches = ListQuery(record, query)
    page = matches.page()
    links = page_links(f"/{record.plural}{suffix}", page)
    included = embed_related(record, page.rows, query["include"]) if "include" in query else {}
    parts = link_parts(record)
    items = (record_json(row, parts, query.get("fields"), included.get(row["id"])) for row in page.rows)
    facets = {"facets": facet_counts(matches, query["facet"])} if "facet" in query else {}
    state = {**meta(query), "did_you_mean": better_search(record, page.total)}
    envelope = {"page": {"limit": query["limit"], "total": page.total, **links}, "meta": state, **facets}
    return Response(pretty(list_json(items, envelope)), headers=link_header(links), content_type=JSON)


def better_search(record: type[Record], total: int) -> str | None:
    """Return a corrected text for a search that found none of the records, or None."""
    if total or "q" not in request.args:
        return None
    return correct_query(request.args["q"], [record.plural] if record.stored else [*DATED])


def csv_list(record: type[Record], query: Query) -> Response:
    """Respond with all records that match, one per row."""
    matches = ListQuery(record, query)
    text = csv_text(record, matches.stream(), query.get("fields"), separator=SEPARATORS[query["sep"]])
    return _stream(chain([byte_order_mark(query)], text), matches, CSV)


def xlsx_list(record: type[Record], query: Query) -> Response:
    """Respond with all records that match, one per row of a spreadsheet. Raise BadRequest if they are too many."""
    matches = ListQuery(record, query)
    require_few(matches.total)
    columns = select_columns(record, query.get("fields"))
    rows = (row for batch in batches(matches.stream(), BATCH_SIZE) for row in flatten(record, batch, columns))
    notes = {column.name: column.field.metadata["description"] for column in columns}
    return spreadsheet_response(record.plural.capitalize(), [column.name for column in columns], rows, notes)


def ndjson_list(record: type[Record], query: Query) -> Response:
    """Respond with all records that match, one per line."""
    matches, parts, fields = ListQuery(record, query), link_parts(record), query.get("fields")
    lines = (record_json(row, parts, fields) for row in matches.stream())
    return list_response(map(join_ndjson, batches(lines, BATCH_SIZE)), matches.total, NDJSON)


def text_list(record: type[Record], query: Query, *, layout: Layout | None = None) -> Response:
    """Respond with a page as a table, or in its layout unless the query names columns."""
    page = ListQuery(record, query).page()
    links = page_links(f"/{record.plural}.txt", page)
    next_page = f"\nnext: {links['next']}" if links["next"] else ""
    if layout and "fields" not in query:
        body, noun = layout(page.rows, query["width"]), "entries"
    else:
        body, noun = records_text(record, page.rows, query.get("fields"), query["width"]), record.plural
    better = better_search(record, page.total)
    hint = f"\ndid you mean: {better}" if better else ""
    has_order = layout is None and len(page.rows) > 1 and is_by_date(record, query)
    caveats = [*[MARK_NOTE] * (layout is None and has_marks(body)), *[BY_ID] * has_order]
    order = "".join(f"{line}\n" for caveat in caveats for line in wrap(caveat, query["width"]))
    text = f"{body}\n\n{order}{len(page.rows)} of {page.total} {noun}{next_page}{hint}\n"
    return Response(text, headers=link_header(links), content_type=TEXT)


def is_by_date(record: type[Record], query: Query) -> bool:
    """Return whether a list is in the order of the dates of its records."""
    names: list[str] = query.get("sort", [default_sort(record)])
    return names[-1].removeprefix("-") == "date"


def calendar_list(record: type[Record], query: Query) -> Response:
    """Respond with all records that match and have a calendar entry."""
    return stream_response(calendar_text(record, ListQuery(record, query).stream()), CALENDAR)


def feed_list(record: type[Record], query: Query) -> Response:
    """Respond with a page as a feed, the latest record first."""
    page = ListQuery(record, {**query, "sort": ["-date"]}).page()
    return atom.feed_response(timeline_feed(page.rows, page_links(f"/{record.plural}{atom.SUFFIX}", page)["next"]))


CALENDAR = "text/calendar; charset=utf-8"
CSV_PURPOSE = "as CSV (RFC 4180); what a spreadsheet would run as a formula has an apostrophe in front"
CALENDAR_PURPOSE = "as a calendar (RFC 5545); an entry covers all days that an uncertain date may mean"
JSON_FILE = partial(json_list, suffix=".json")
FORMATS = (
    Format("", JSON, "a page of them as JSON", json_query, json_list, pages=True),
    Format(".json", JSON, "the same, whatever Accept says", json_query, JSON_FILE, pages=True),
    Format(".csv", CSV, f"all that match, {CSV_PURPOSE}", csv_query, csv_list),
    Format(
        XLSX_SUFFIX, XLSX, f"all that match, up to {MAX_ROWS}, as a spreadsheet with typed cells", xlsx_query, xlsx_list
    ),
    Format(".ndjson", NDJSON, "all that match, one JSON object per line", ndjson_query, ndjson_list),
    Format(".txt", TEXT, "a page of them, as a text table", text_query, text_list, pages=True),
    Format(".ics", CALENDAR, f"those with a date, {CALENDAR_PURPOSE}", calendar_query, calendar_list),
    Format(
        atom.SUFFIX, atom.ATOM, "a page of them as an Atom feed, the latest first", feed_query, feed_list, pages=True
    ),
)
"""Every format. The first one is served if the client has no preference."""


SOME_TYPES = {CALENDAR: set(ENTRIES), atom.ATOM: {Timeline.plural}}
"""The formats that only some types have, and these types."""


def formats(record: type[Record], layout: Layout | None = None) -> list[Format]:
    """Return the formats of a type's list, text in a layout if one is given."""
    available = [format for format in FORMATS if record.plural in SOME_TYPES.get(format.mimetype, {record.plural})]
    if layout is None:
        return available
    laid_out = partial(text_list, layout=layout)
    return [format._replace(respond=laid_out) if format.mimetype == TEXT else format for format in available]


META_EXAMPLE = {"revision": 1, "data_through": "2025-03-18", "as_of": None}


def meta(query: Query) -> dict[str, Any]:
    """Return `meta` of a response: the revision, the last date of any source, and the date of `as_of`."""
    return {"revision": current_revision().number, "data_through": data_through(), "as_of": as_of_day(query)}


def as_of_day(query: Query) -> str | None:
    """Return the last day of `as_of`, or None without that parameter."""
    return str(json.loads(query["as_of"])[1]) if "as_of" in query else None


def page_links(path: str, page: Page) -> dict[str, str | None]:
    """Return the URLs of the next and the previous page in the same format, None where the list ends."""
    parameters = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = "".join(f"{urlencode([pair])}&" for pair in parameters)
    url = f"{base_url()}{path}?{query}cursor="
    return {rel: url + cursor if cursor else None for rel, cursor in (("next", page.next), ("previous", page.previous))}


def link_header(links: Mapping[str, str | None]) -> dict[str, str]:
    """Return the Link header (RFC 8288) for the next and the previous page."""
    value = ", ".join(f'<{url}>; rel="{rel[:4]}"' for rel, url in links.items() if url)
    return {"Link": value} if value else {}


def _stream(pieces: Iterable[str], matches: ListQuery, mimetype: str) -> Response:
    return list_response((piece.encode() for piece in pieces), matches.total, mimetype)
