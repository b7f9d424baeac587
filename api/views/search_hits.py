"""The hits of a search, ranked across record types, with snippets and attribution."""

import json
import sqlite3
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from api.database import select
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.corrections import SEARCHED
from api.lists.filters import MAX_RANKED
from api.lists.list_query import ListQuery
from api.lists.matches import Ranking, bitmap_keys, phrases_query, ranking, without_prefixes
from api.openapi.json_schema import ID, TEXT, array_of, nullable, object_of, url_schema
from api.openapi.view_schemas import ACCOUNT_ID, DATE, DATE_BASIS
from api.views import Data, Query
from api.views.shared_filters import own_filters
from api.views.snippets import END, START, snippet
from schemas import RECORDS, Source
from schemas.filter_sql import json_values
from seed.storage.attribution import source_account
from seed.storage.mapping import fts_columns, searched_texts

HIT = object_of(
    {
        "type": ID,
        "id": ID,
        "label": TEXT,
        "snippet": TEXT | {"description": "A part of the record with what was found between ** and **."},
        "accounts": array_of(ACCOUNT_ID),
        "attribution": TEXT | {"description": "According to whom; for a source, its issuers, or the source itself."},
        "inference": nullable(TEXT),
        "date": nullable(DATE),
        "date_basis": nullable(DATE_BASIS),
        "citations": array_of({"$ref": "#/components/schemas/Citation"}),
        "url": url_schema("The record."),
    },
    "SearchHit",
)


class RankedHit(NamedTuple):
    """A record that matches: its rank, the lowest first, its type and its key."""

    rank: float
    plural: str
    key: int


def total_hits(query: Query) -> int:
    """Return the number of records of all types that match."""
    return sum(found.total for found in matching(query).values())


def query_types(query: Query) -> list[str]:
    """Return the record types to search: the requested ones that have the filters."""
    types = json.loads(query["type"]) if "type" in query else SEARCHED
    return [plural for plural in SEARCHED if plural in types and own_filters(plural, query) is not None]


def matching(query: Query) -> dict[str, ListQuery]:
    """Return the records of each type that match."""
    return {
        plural: ListQuery(RECORDS[plural], {**(own_filters(plural, query) or {}), "q": query["q"]})
        for plural in query_types(query)
    }


def best_hits(found: ListQuery, limit: int) -> list[RankedHit]:
    """Return the best of the matches of one type, or the first ones if there are too many to rank."""
    plural = found.record.plural
    if found.matches is None:
        return _rank_all(plural, found, limit)
    by = ranking(plural, found.bound["q"], found.matches) if found.total <= MAX_RANKED else None
    if by and by.fts:
        return _rank(plural, by, limit)
    return [RankedHit(0.0, plural, key) for key in islice(bitmap_keys(found.matches), limit)]


def _rank_all(plural: str, found: ListQuery, limit: int) -> list[RankedHit]:
    """Return the best of the records that FTS5 finds."""
    key = f'"{plural}_fts".rowid'
    rank, order = (f'"{plural}_fts".rank', f"rank, {key}") if found.total <= MAX_RANKED else ("0.0", key)
    # The join, which only filters need, doubles the time.
    tables = found.from_clause() if len(found.bound) > 1 else f'from "{plural}_fts"'
    rows = select(
        f"select {rank} rank, {key} key {tables} where {found.where_clause()} order by {order} limit :limit",
        {**found.bound, "q": without_prefixes(plural, found.bound["q"]), "limit": limit},
    )
    return [RankedHit(row["rank"], plural, row["key"]) for row in rows]


def _rank(plural: str, by: Ranking, limit: int) -> list[RankedHit]:
    """Return the best of the matches. The plus signs keep SQLite from looking up each in the index."""
    fts, only = f'"{plural}_fts"', f"and +rowid in {json_values('keys')}" if by.keys else ""
    rows = select(
        f"select rank, rowid key from {fts} where {fts} match :q {only} order by +rank, rowid limit :limit",
        {"q": by.fts, "keys": by.keys, "limit": limit},
    )
    return [RankedHit(row["rank"], plural, row["key"]) for row in rows]


def hits(ranked: Sequence[RankedHit], query: Query) -> list[Data]:
    """Return hits as they are served, in the same order."""
    keys: dict[str, list[int]] = {}
    for hit in ranked:
        keys.setdefault(hit.plural, []).append(hit.key)
    served = {(plural, key): hit for plural in keys for key, hit in hits_in(plural, keys[plural], query["q"])}
    return [served[hit.plural, hit.key] for hit in ranked]


def hits_in(plural: str, keys: list[int], fts: str) -> list[tuple[int, Data]]:
    """Return hits of one type with their keys."""
    record, table = RECORDS[plural], f"{plural}_fts"
    highlighted = ", ".join(f'highlight("{table}", {place}, :start, :end)' for place in range(len(fts_columns(record))))
    whose = source_account() if plural == Source.plural else "null"
    rows = select(
        f"select r.key, r.id, r.record, r.derived, json_array({highlighted}) highlighted, {whose} source_account"
        f' from json_each(:keys) chosen cross join "{table}" on "{table}".rowid = chosen.value'
        f' cross join "{plural}" r on r.key = chosen.value'
        f' where "{table}" match :q',
        {"keys": json.dumps(keys), "q": phrases_query(plural, fts), "start": START, "end": END},
    )
    return [(row["key"], hit_json(plural, row)) for row in rows]


def hit_json(plural: str, row: sqlite3.Row) -> Data:
    """Return a hit as served."""
    record = RECORDS[plural]
    data = parse_record(row) | json.loads(row["source_account"] or "{}")
    return {
        "type": plural,
        "id": row["id"],
        "label": data[record.label],
        "snippet": snippet(searched_texts(record, data), json.loads(row["highlighted"])),
        "accounts": data["accounts"],
        "attribution": data["attribution"],
        "inference": data.get("inference"),
        "date": data.get("date"),
        "date_basis": data.get("date_basis"),
        "citations": data.get("citations", []),
        "url": data_url(f"/{plural}/{row['id']}"),
    }
