"""The records: one generic pair of routes, a list and a single record, for every record type."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from api.bodies import base_url, json_response, list_text, record_text
from api.database import select, state
from api.endpoints import Endpoint, add
from api.pages import Page, page
from api.queries import asked, nearest_id, no_such
from schemas import RECORDS
from schemas.layout import singular
from schemas.query import parameters, selection
from schemas.record import Record


def init_app(app: Flask) -> None:
    """Add both routes for every record type."""
    for plural, record in RECORDS.items():
        one = singular(plural)
        add(app, Endpoint(f"/{plural}", f"All {plural}. {record.__doc__}"), partial(list_records, record))
        add(app, Endpoint(f"/{plural}/{{id}}", f"One {one} by its id."), partial(one_record, record))


def list_records(record: type[Record]) -> Response:
    """The records that match, a page of them, with the exact number of all that do."""
    query = asked(parameters(record))
    found = page(record, query)
    links = {"next": page_url(found.next), "previous": page_url(found.previous)}
    text = list_text(
        (record_text(record, row, query.get("fields")) for row in found.rows), envelope(query, found, links)
    )
    told = ", ".join(f'<{url}>; rel="{rel[:4]}"' for rel, url in links.items() if url)
    return json_response(text, {"Link": told} if told else {})


def one_record(record: type[Record], id: str) -> Response:
    """One record by its id."""
    query = asked(selection(record))
    rows = select(f'select id, revision, record from "{record.plural}" where id = :id', {"id": id})
    if not rows:
        near = nearest_id(record.plural, id)
        raise NotFound(no_such(record.plural, id) + (f" Did you mean {near!r}?" if near else ""))
    return json_response(record_text(record, rows[0], query.get("fields")))


def envelope(query: Mapping[str, Any], found: Page, links: Mapping[str, str | None]) -> dict[str, Any]:
    """What a list says about its page and about the data."""
    at = state()
    return {
        "page": {"limit": query["limit"], "total": found.total, **links},
        "meta": {"revision": at.revision, "data_through": at.data_through, "as_of": None},
    }


def page_url(cursor: str | None) -> str | None:
    """The address of another page of the same list, None where there is none."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{base_url()}{request.path}?{urlencode([*kept, ('cursor', cursor)])}"
