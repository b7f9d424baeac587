"""Every create, update and delete in order: enough for another service to stay in step."""

import sqlite3
from functools import partial
from typing import Any

import msgspec.json
from flask import Flask, request
from werkzeug.exceptions import NotFound

from api.bodies import base_url, extras, record_text
from api.database import select, state
from api.endpoints import EXAMPLE_BASE
from api.formats import META_EXAMPLE, meta
from api.problems import BadQuery
from api.queries import no_such
from api.views import Data, Query, View, add_view
from schemas import RECORDS
from schemas.faults import Fault
from schemas.fields import LARGEST_INTEGER
from schemas.filters import Number
from schemas.layout import singular
from schemas.query import HIGHEST_LIMIT, Parameters
from schemas.shapes import ID, META, WHOLE, list_of, object_of, or_null, url_of
from seed.tables import TOLD

CHANGE = object_of(
    {
        "revision": WHOLE,
        "ordinal": WHOLE | {"description": "Its place within the revision."},
        "action": {"type": "string", "enum": ["create", "update", "delete"]},
        "type": ID,
        "id": ID,
        "url": url_of("The record."),
        "record": {"type": ["object", "null"], "description": "As served after the change; null where it is gone."},
    }
)
COUNT = """
select coalesce(sum(1 + (select max(ordinal) from changes where changes.revision = revisions.revision)), 0)
    - coalesce((select 1 + min(:after, max(ordinal)) from changes where revision = :since + 1), 0)
from revisions where revision > :since
"""
"""How many changes lie beyond a place: those of each revision are numbered from 0 without a gap."""
EXAMPLE = {
    "revision": 1,
    "ordinal": 0,
    "action": "delete",
    "type": "parties",
    "id": "putin",
    "url": f"{EXAMPLE_BASE}/parties/putin",
    "record": None,
}


class ChangesQuery(Parameters):
    """From where, and how many."""

    since = Number(
        "Only what came after this revision; 0 for everything.", least=0, most=LARGEST_INTEGER, default=0, example=0
    )
    after = Number(
        "Within the revision that follows `since`, only what came after this place; `next` sets it.",
        least=-1,
        most=LARGEST_INTEGER,
        default=-1,
        example=-1,
    )
    limit = Number("How many changes at most.", least=1, most=HIGHEST_LIMIT, default=HIGHEST_LIMIT, example=100)


def init_app(app: Flask) -> None:
    """Add the feed of changes, and the history of each record."""
    page = object_of({"limit": WHOLE, "total": WHOLE, "next": or_null(url_of("What comes after."))})
    feed = object_of({"data": list_of(CHANGE, HIGHEST_LIMIT), "page": page, "meta": META})
    told = {"data": [EXAMPLE], "page": {"limit": HIGHEST_LIMIT, "total": 1, "next": None}, "meta": META_EXAMPLE}
    purpose = "Every create, update and delete after a revision, in order, deletions as tombstones."
    add_view(app, View("/changes", purpose, "listChanges", changes, feed, told, ChangesQuery()))
    for plural, record in RECORDS.items():
        one = singular(plural)
        view = View(
            path=f"/{plural}/{{id}}/history",
            purpose=f"Every change of one {one}, deletion included.",
            operation=f"get{one.title()}History",
            build=partial(history, plural),
            schema=object_of({"data": list_of(CHANGE), "meta": META}),
            example={"data": [EXAMPLE], "meta": META_EXAMPLE},
            path_values={"id": {"description": f"The id of the {one}.", "schema": ID, "example": record.example}},
        )
        add_view(app, view)


def changes(query: Query) -> Data:
    """The changes after a place in the log."""
    since, after, limit, newest = query["since"], query["after"], query["limit"], state().revision
    if since > newest:
        raise BadQuery([Fault("/since", f"The newest revision is {newest}; the data may have been built anew.")])
    place = {"since": since, "after": after, "limit": limit + 1}
    beyond = "(revision, ordinal) > (:since + 1, :after)"
    rows = select(f"{TOLD} where {beyond} order by revision, ordinal limit :limit", place)
    (total,) = select(COUNT, place)[0]
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "data": [change_told(row) for row in rows],
        "page": {"limit": limit, "total": total, "next": next_url(rows[-1], limit) if more else None},
        "meta": meta({}),
    }


def next_url(last: sqlite3.Row, limit: int) -> str:
    """The address of what comes after a change."""
    return f"{base_url()}{request.path}?since={last['revision'] - 1}&after={last['ordinal']}&limit={limit}"


def history(plural: str, query: Query, id: str) -> Data:
    """Every change of one record; NotFound where there never was one."""
    rows = select(f"{TOLD} where type = :type and id = :id order by revision, ordinal", {"type": plural, "id": id})
    if not rows:
        raise NotFound(no_such(plural, id))
    return {"data": [change_told(row) for row in rows], "meta": meta({})}


def change_told(row: sqlite3.Row) -> dict[str, Any]:
    """A change as it is served."""
    record = RECORDS[row["type"]]
    return {
        **{name: row[name] for name in ("revision", "ordinal", "action", "type", "id")},
        "url": f"{base_url()}/{row['type']}/{row['id']}",
        "record": msgspec.json.decode(record_text(row, extras(record))) if row["record"] else None,
    }
