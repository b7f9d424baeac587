"""The change feed, from which another service can keep a copy up to date, and the history of each record."""

import sqlite3
from collections.abc import Iterable
from typing import Any, get_args
from urllib.parse import urlencode

import msgspec.json
from flask import Flask, request
from marshmallow import validate
from werkzeug.exceptions import NotFound

from api.database import current_revision, select
from api.feeds.changes import FEED_QUERY, all_changes
from api.http.problems import InvalidQuery
from api.http.query_params import not_found_message
from api.http.serialization import link_parts, parse_record
from api.http.urls import data_url
from api.lists.formats import META_EXAMPLE, meta
from api.lists.list_parameters import MAX_LIMIT
from api.openapi.field_converter import schema_for
from api.openapi.json_schema import ID, INTEGER, META, TEXT, Json, array_of, nullable, object_of, url_schema
from api.openapi.retired import REMOVAL_COLUMNS, REMOVAL_EXAMPLE, REMOVAL_PROPERTIES
from api.openapi.routes import EXAMPLE_BASE
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, ViewFeed, add_view
from schemas import RECORDS, Party, Source
from schemas.errors import FieldError
from schemas.fields import MAX_CODE_LENGTH, MAX_INTEGER, MAX_TEXT_LENGTH, VocabularyTerm
from schemas.filter_sql import FilterContext, SqlCondition
from schemas.filters import DateFilter, Filter
from schemas.query_schema import DataQuery, IntegerParameter
from schemas.record_types import RECORD_TYPES
from seed.storage.tables import CHANGES_SELECT, Action

ACTION = {"title": "ChangeAction", "type": "string", "enum": list(get_args(Action))}
CHANGE = object_of(
    {
        "revision": INTEGER,
        "ordinal": INTEGER | {"description": "Its position within the revision."},
        "action": ACTION,
        "type": ID,
        "id": ID,
        **REMOVAL_PROPERTIES,
        "removal": nullable(REMOVAL_PROPERTIES["removal"])
        | {"description": "How it was removed. Null if it moved to another bundle, or if it is not deleted."},
        "url": url_schema("The record."),
        "record": {
            "type": ["object", "null"],
            "description": "The record after the change; null if deleted or purged.",
        },
        "purged": nullable(INTEGER) | {"description": "The revision that removed this record for good, if one did."},
    },
    "Change",
)
RECORD_IN_PATH: Json = {
    "type": {
        "description": "The record type.",
        "schema": schema_for(VocabularyTerm(RECORD_TYPES, "")),
        "example": Party.plural,
    },
    "id": {"description": "The id of the record.", "schema": ID, "example": Party.example},
}
NAMED = {
    "type": ID,
    "id": ID,
    "title": TEXT | {"description": "What the record is called, or was when it last existed; the id if it was purged."},
}
"""The record of a history."""
CHANGE_LABELS = {
    "create": "added",
    "update": "changed",
    "delete": "moved to another bundle",
    "dropped": "withdrawn",
    "withdrawn": "withdrawn",
    "renamed": "renamed",
    "merged": "merged",
    "purged": "purged",
}
"""What pages call a removal, or an action that removes nothing."""
CHANGE_COLUMNS = ("revision", "ordinal", "action", "type", "id", *REMOVAL_COLUMNS)
"""The members of a change that are served as they are stored."""
COUNT_SELECT = """
select coalesce(sum(1 + (select max(ordinal) from changes where changes.revision = revisions.revision)), 0)
    - coalesce((select 1 + min(:after, max(ordinal)) from changes where revision = :since + 1), 0)
from revisions where revision > :since
"""
"""Counts the changes after a position. It needs no scan: ordinals of a revision start at 0 and have no gaps."""
FILTERED_COUNT_SELECT = "select count(*) from changes join revisions using (revision)"
EXAMPLE = {
    "revision": 1,
    "ordinal": 0,
    "action": "delete",
    "type": "parties",
    "id": "vladimir-putin",
    **REMOVAL_EXAMPLE,
    "url": f"{EXAMPLE_BASE}/parties/vladimir-putin",
    "record": None,
    "purged": None,
}


PAGE = ViewPage(
    "Changes",
    "Everything that was added, changed or withdrawn, the oldest first.",
    "parts/changes.html",
)


def in_revision(condition: str) -> SqlCondition:
    """Return the condition that the revision of a change meets `condition`, which is tested once per revision."""
    return lambda context: (
        f"revision in (select revision from revisions where {condition.format(f':{context.parameter}')})"
    )


def text_filter(condition: SqlCondition, description: str, example: str, most: int) -> Filter:
    """Return a filter by a text of at most so many characters."""
    return Filter(
        condition, validate=validate.Length(1, most), metadata={"description": description, "example": example}
    )


class ChangesQuery(DataQuery):
    """Where to start, and how many changes to return."""

    since = IntegerParameter(
        "Only changes after this revision; 0 for all.", least=0, most=MAX_INTEGER, default=0, example=0
    )
    after = IntegerParameter(
        "Within the revision that follows `since`, only changes after this ordinal. `next` sets it.",
        least=-1,
        most=MAX_INTEGER,
        default=-1,
        example=-1,
    )
    limit = IntegerParameter("The maximum number of changes.", least=1, most=MAX_LIMIT, default=MAX_LIMIT, example=100)
    author = text_filter(
        in_revision("author = {}"),
        "Only changes by this author, as `author` has it.",
        "A. Editor",
        MAX_TEXT_LENGTH,
    )
    source = text_filter(
        lambda context: f"source = :{context.parameter}",
        "Only changes in the bundle of this source, which may have been withdrawn.",
        Source.example,
        MAX_CODE_LENGTH,
    )
    reason = text_filter(
        in_revision("instr(lower(reason), lower({}))"),
        "Only changes whose reason contains this text. The case of A to Z is ignored.",
        "second report",
        MAX_TEXT_LENGTH,
    )
    recorded_since = DateFilter(
        in_revision("recorded_at >= {} ->> 0"),
        "Only changes recorded on or after this day, month or year (UTC).",
    )
    recorded_until = DateFilter(
        in_revision("substr(recorded_at, 1, 10) <= {} ->> 1"),
        "Only changes recorded on or before this day, month or year (UTC).",
    )


def init_app(app: Flask) -> None:
    """Register the feed and the history of each record."""
    page = object_of(
        {"limit": INTEGER, "total": INTEGER, "next": nullable(url_schema("The next page."))}, "ChangesPage"
    )
    feed = object_of({"data": array_of(CHANGE, MAX_LIMIT), "page": page, "meta": META}, "ChangeList")
    example = {"data": [EXAMPLE], "page": {"limit": MAX_LIMIT, "total": 1, "next": None}, "meta": META_EXAMPLE}
    purpose = "Every create, update and delete after a revision, in order. Deleted records appear with `record: null`."
    atom_feed = ViewFeed(FEED_QUERY, all_changes)
    add_view(
        app, View("/changes", purpose, "listChanges", PAGE, changes, feed, example, ChangesQuery(), feed=atom_feed)
    )
    add_view(
        app,
        View(
            path="/{type}/{id}/history",
            purpose="Every change of one record, including its deletion.",
            operation="getHistory",
            page=ViewPage(
                "History",
                "Every change of this record, the oldest first.",
                "parts/changes.html",
            ),
            build=history,
            schema=object_of({**NAMED, "data": array_of(CHANGE), "meta": META}, "History"),
            path_values=RECORD_IN_PATH,
        ),
    )


def changes(query: Query) -> Data:
    """Return a page of changes."""
    since, after, limit, newest = query["since"], query["after"], query["limit"], current_revision().number
    if since > newest:
        raise InvalidQuery(
            [FieldError("/since", f"The latest revision is {newest}; the database may have been rebuilt.")]
        )
    filters = {
        name: field.sql(FilterContext(name, query[name])).sql
        for name, field in ChangesQuery().fields.items()
        if isinstance(field, Filter) and name in query
    }
    bound = {"since": since, "after": after, "limit": limit + 1, **{name: query[name] for name in filters}}
    where = " and ".join(["(revision, ordinal) > (:since + 1, :after)", *filters.values()])
    rows = select(f"{CHANGES_SELECT} where {where} order by revision, ordinal limit :limit", bound)
    count = f"{FILTERED_COUNT_SELECT} where {where}" if filters else COUNT_SELECT
    (total,) = select(count, bound)[0]
    more, rows = len(rows) > limit, rows[:limit]
    return {
        "data": [change_json(row) for row in rows],
        "page": {"limit": limit, "total": total, "next": next_url(rows[-1], limit, filters) if more else None},
        "meta": meta({}),
    }


def next_url(last: sqlite3.Row, limit: int, filters: Iterable[str]) -> str:
    """Return the URL of the page after a change, with the same filters."""
    position = {"since": last["revision"] - 1, "after": last["ordinal"], "limit": limit}
    parameters = position | {name: request.args[name] for name in filters}
    return data_url(f"{request.path}?{urlencode(parameters)}")


def history(query: Query, type: str, id: str) -> Data:
    """Return every change of one record. Raise NotFound if there never was such a record."""
    rows = select(
        f"{CHANGES_SELECT} where type = :type and id = :id order by revision, ordinal", {"type": type, "id": id}
    )
    if not rows:
        raise NotFound(not_found_message(type, id))
    data = [change_json(row) for row in rows]
    names = [change["record"][RECORDS[type].label] for change in data if change["record"]]
    return {"type": type, "id": id, "title": names[-1] if names else id, "data": data, "meta": meta({})}


def change_json(row: sqlite3.Row) -> dict[str, Any]:
    """Return a change as served."""
    links = row["id"].encode().join(link_parts(RECORDS[row["type"]]))
    extra = {"revision": row["revision"], **msgspec.json.decode(b"{" + links)}
    return {
        **{name: row[name] for name in CHANGE_COLUMNS},
        "url": data_url(f"/{row['type']}/{row['id']}"),
        "record": parse_record(row) | extra if row["record"] else None,
        "purged": row["purged"],
    }
