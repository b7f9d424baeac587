"""The feeds of changes, the newest first: all of them, or those that concern one record."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec.json
from flask import request
from marshmallow import Schema

from api.database import current_revision, select
from api.feeds.atom import SUFFIX, Feed, newest
from api.feeds.entries import Key, change_entries
from api.http.problems import InvalidQuery
from api.http.query_params import get_or_404
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.filters import filters
from api.lists.list_parameters import feed_paging
from api.lists.list_query import ListQuery
from api.lists.pagination import Cursor, decode_cursor, encode_cursor
from api.lists.related import record_lists
from api.pages.messages import gettext
from schemas import RECORDS, Party, Position
from schemas.errors import FieldError
from schemas.fields import MAX_INTEGER
from schemas.query_schema import DataQuery
from schemas.record import Accounted, Record
from schemas.references import references

FOLLOWED = ("negotiations", "parties", "issues")
"""The types whose records have a feed: what people follow."""
MAX_DELETED = 2000
"""The number of deletions, the latest, for which it is known what the deleted record was about."""
BOUND_TO = "changes"
"""What a cursor is bound to. A position in the change log is one in every feed of changes."""
DELETED_SELECT = f"""
select type, id, (
    select earlier.record from changes earlier where (earlier.type, earlier.id) = (deleted.type, deleted.id)
    and earlier.record is not null order by earlier.revision desc, earlier.ordinal desc limit 1
) record from (
    select type, id from changes where action = 'delete' order by revision desc, ordinal desc limit {MAX_DELETED}
) deleted
"""
LATEST_VERSION = """
select record from proposals where id = :id union all
select * from (select record from changes where type = 'proposals' and id = :id and record is not null
    order by revision desc, ordinal desc limit 1)
limit 1
"""
FEED_QUERY: Schema = DataQuery.from_dict(feed_paging(), name="ChangesFeedQuery")()
Pair = tuple[str, str]
"""The type and the id of a record."""


def all_changes(query: Mapping[str, Any]) -> Feed:
    """Return the feed of all changes."""
    keys = _select_keys("from changes c", query, {})
    subtitle = gettext("Everything that was added, corrected or withdrawn, the newest first.")
    return _feed(gettext("Changes"), subtitle, keys, query)


def changes_about(record: type[Record], query: Mapping[str, Any], id: str) -> Feed:
    """Return the feed of what concerns a record: its own changes and those of the records that name it."""
    label = parse_record(get_or_404(record.plural, id))[record.label]
    selects, bound = _related_records(record, id)
    source = (
        f"from ({' union '.join(selects)}) concerned join changes c on (c.type, c.id) = (concerned.type, concerned.id)"
    )
    keys = _select_keys(source, query, bound)
    subtitle = gettext("What was added, corrected or withdrawn about %(name)s, the newest first.", name=label)
    return _feed(label, subtitle, keys, query)


def _related_records(record: type[Record], id: str) -> tuple[list[str], dict[str, Any]]:
    """Return SELECTs of type and id of the records that a feed is about, and their parameters.

    They are the record itself, the records in the lists that it links to, those on its account if it is a party, and
    deleted records that named it.
    """
    own = [(record.plural, id), *_deleted_about(current_revision().key).get((record.plural, id), ())]
    selects = ["select value ->> 0 type, value ->> 1 id from json_each(:own)"]
    bound: dict[str, Any] = {"own": json.dumps(own)}
    for plural, parameter in _lists(record):
        matches = ListQuery(RECORDS[plural], {parameter: json.dumps([id])})
        found = f"select '{plural}', {matches.alias}.id {matches.from_clause()} where {matches.where_clause()}"
        selects.append(found)
        bound |= matches.bound
    return selects, bound


def _lists(record: type[Record]) -> Iterator[tuple[str, str]]:
    yield from ((plural, parameter) for plural, parameter in record_lists(record).values() if plural in RECORDS)
    if record is Party:
        for plural, other in RECORDS.items():
            if issubclass(other, Accounted) and "account" in filters(other):
                yield plural, "account"


@lru_cache(maxsize=2)
def _deleted_about(key: str) -> Mapping[Pair, set[Pair]]:
    """Return the deleted records by what they named, in the data with a cache key, that of the request's revision."""
    found: dict[Pair, set[Pair]] = defaultdict(set)
    for row in select(DELETED_SELECT):
        if row["record"] is None:  # purged
            continue
        for named in _references(row["type"], msgspec.json.decode(row["record"])):
            found[named].add((row["type"], row["id"]))
    return found


def _references(plural: str, data: dict[str, Any]) -> Iterator[Pair]:
    """Yield what a record names. A position belongs to the negotiations and issues of its proposal."""
    yield from ((each.plural, each.id) for each in references(plural, data))
    if plural == Position.plural:
        for row in select(LATEST_VERSION, {"id": data["proposal"]}):
            proposal = msgspec.json.decode(row["record"])
            yield from ((each, id) for each in ("negotiations", "issues") for id in proposal[each])


def _select_keys(source: str, query: Mapping[str, Any], bound: Mapping[str, Any]) -> list[Key]:
    """Return the keys of a page's changes, and of one more if there are older changes."""
    revision, ordinal = _position(query)
    statement = (
        f"select c.revision, c.ordinal {source} where (c.revision, c.ordinal) < (:revision, :ordinal)"
        " order by c.revision desc, c.ordinal desc limit :count"
    )
    position = {"revision": revision, "ordinal": ordinal, "count": query["limit"] + 1}
    return [(row["revision"], row["ordinal"]) for row in select(statement, {**bound, **position})]


def _position(query: Mapping[str, Any]) -> Key:
    """Return the change before which a page begins. Raise InvalidQuery if the cursor is not one of these feeds."""
    if "cursor" not in query:
        return MAX_INTEGER, 0
    cursor = decode_cursor(query["cursor"], BOUND_TO)
    match cursor.values if cursor else None:
        case [int(revision), int(ordinal)] if min(revision, ordinal) >= 0 and max(revision, ordinal) <= MAX_INTEGER:
            return revision, ordinal
    raise InvalidQuery([FieldError("/cursor", "The cursor was made for another list. Omit it to begin again.")])


def _feed(title: str, subtitle: str, keys: list[Key], query: Mapping[str, Any]) -> Feed:
    more, keys = len(keys) > query["limit"], keys[: query["limit"]]
    entries = change_entries(keys)
    return Feed(title, subtitle, newest(entries), entries, _next_url(keys[-1], query["limit"]) if more else None)


def _next_url(last: Key, limit: int) -> str:
    path = request.path.removesuffix(SUFFIX) + SUFFIX
    cursor = encode_cursor(Cursor(list(last), backwards=False), BOUND_TO)
    return data_url(f"{path}?{urlencode({'cursor': cursor, 'limit': limit})}")
