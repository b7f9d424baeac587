"""Records as Markdown: one with its fields, and a list with a line for each."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Response

from api.http.serialization import parse_record
from api.http.urls import with_known_at
from api.lists.conditions import POSITIONS, condition_titles
from api.lists.formats import BY_ID, Format, Layout, Query, is_by_date, link_header, page_links
from api.lists.list_parameters import page_query
from api.lists.list_query import ListQuery
from api.lists.markdown import MARKDOWN, MAX_TITLE_CHARACTERS, ONE_LINE, PURPOSE, SUFFIX, markdown_response
from api.lists.state_labels import state_label
from api.lists.text_table import safe_text
from api.pages.record_text import SHOWN_ABOVE, record_provenance
from api.pages.values import Value, facts, words
from schemas.record import Record
from seed.storage.mapping import singular


def record_markdown(record: type[Record], data: dict[str, Any]) -> Response:
    """Respond with a record as Markdown: its attribution, its quote, and its other fields."""
    title = f"{words(singular(record.plural))}: {data[record.label]}"
    shown = {record.label} if len(title) <= MAX_TITLE_CHARACTERS else set()
    return markdown_response(title, "\n".join(map(safe_text, _fields(record, data, shown))), data)


def _fields(record: type[Record], data: dict[str, Any], shown: set[str]) -> Iterator[str]:
    yield with_known_at(f"/{record.plural}/{data['id']}")
    place = record_provenance(data)
    if place:
        yield place
    if data.get("quote"):
        yield f"“{data['quote']}”"
    for fact in facts(record, data, leave_out=shown | {"quote", *(SHOWN_ABOVE if place else ())}):
        yield f"{fact.name}: {'; '.join(': '.join(map(_value, item)) for item in fact.items)}"


def _value(value: Value) -> str:
    """Return a value with the path of the record that it names, by which that can be read."""
    names_record = value.path and value.path.startswith("/") and "#" not in value.path
    return f"{value.in_words()} ({with_known_at(str(value.path))})" if names_record else value.in_words()


def list_format(layout: Layout | None) -> Format:
    """Return the Markdown of lists, in a layout or with a line for each record."""
    respond = partial(markdown_list, layout=layout)
    return Format(SUFFIX, MARKDOWN, f"a page of them, {PURPOSE}", page_query, respond, pages=True)


def markdown_list(record: type[Record], query: Query, *, layout: Layout | None) -> Response:
    """Respond with a page as Markdown."""
    page = ListQuery(record, query).page()
    records = [parse_record(row) for row in page.rows]
    conditions = condition_titles(data["id"] for data in records) if record.plural == POSITIONS else {}
    lines = (safe_text(_line(record, data | {"condition_titles": conditions.get(data["id"])})) for data in records)
    outline = layout(page.rows, ONE_LINE) if layout else "\n".join(lines)
    links = page_links(f"/{record.plural}{SUFFIX}", page)
    more = ["The query has further pages: the Link header has their URLs."] if any(links.values()) else []
    notes = [
        f"This page, with what is left out, has {len(records)} of {page.total}.",
        *more,
        *[BY_ID] * is_by_date(record, query),
    ]
    response = markdown_response(words(record.plural), outline, records, notes)
    response.headers.update(link_header(links))
    return response


def _line(record: type[Record], data: dict[str, Any]) -> str:
    """Return a record on a line: its state, label, quote, attribution and path."""
    state = state_label(record.plural, data[record.state_column]) if record.state_column else None
    quote = f" “{data['quote']}”" if data.get("quote") else ""
    place, path = record_provenance(data), with_known_at(f"/{record.plural}/{data['id']}")
    return f"{f'{state}: ' if state else ''}{data[record.label]}{quote}{f' ({place})' if place else ''} {path}"
