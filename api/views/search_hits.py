"""The hits of a search, ranked across record types, with snippets and attribution."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from api.database import cached_total, select
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.corrections import SEARCHED
from api.lists.filters import MAX_RANKED
from api.lists.list_query import filter_conditions
from api.lists.matches import Ranking, cheap_ranking, count_matches, first_matches, phrases_query, without_prefixes
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
    return sum(count_hits(plural, query) for plural in query_types(query))


def query_types(query: Query) -> list[str]:
    """Return the record types to search: the requested ones that have the filters."""
    types = json.loads(query["type"]) if "type" in query else SEARCHED
    return [plural for plural in SEARCHED if plural in types and own_filters(plural, query) is not None]


def matching(plural: str, query: Query) -> tuple[str, dict[str, Any]]:
    """Return FROM and WHERE for the records of a type that match, and the values that they bind."""
    bound = own_filters(plural, query) or {}
    conditions = [f'"{plural}_fts" match :q', *filter_conditions(RECORDS[plural], bound)]
    # The join doubles the time. A cross join is not reordered: to look up single rows in the index is slower still.
    joined = f' cross join "{plural}" r on r.key = "{plural}_fts".rowid' if bound else ""
    fts = without_prefixes(plural, query["q"])
    return f'from "{plural}_fts"{joined} where {" and ".join(conditions)}', {"q": fts, **bound}


def count_hits(plural: str, query: Query) -> int:
    """Return the number of records of a type that match."""
    if not own_filters(plural, query):
        return count_matches(plural, query["q"])
    found, bound = matching(plural, query)
    return cached_total(f"select count(*) {found}", bound)


def best_hits(plural: str, query: Query, number: int) -> list[RankedHit]:
    """Return the best hits of one type, or the first ones if there are too many to rank."""
    if not own_filters(plural, query):
        if number > MAX_RANKED and (keys := first_matches(plural, query["q"], query["limit"])):
            return [RankedHit(0.0, plural, key) for key in keys]
        if number <= MAX_RANKED and (ranking := cheap_ranking(plural, query["q"])):
            return _rank(plural, ranking, query["limit"])
    key = f'"{plural}_fts".rowid'
    rank, order = (f'"{plural}_fts".rank', f"rank, {key}") if number <= MAX_RANKED else ("0.0", key)
    found, bound = matching(plural, query)
    rows = select(
        f"select {rank} rank, {key} key {found} order by {order} limit :limit", {**bound, "limit": query["limit"]}
    )
    return [RankedHit(row["rank"], plural, row["key"]) for row in rows]


def _rank(plural: str, ranking: Ranking, limit: int) -> list[RankedHit]:
    """Return the best of the matches. The plus signs keep SQLite from looking up each in the index."""
    if not ranking.fts:
        return [RankedHit(0.0, plural, key) for key in json.loads(ranking.keys)[:limit]]
    fts = f'"{plural}_fts"'
    rows = select(
        f"select rank, rowid key from {fts} where {fts} match :q and +rowid in {json_values('keys')}"
        " order by +rank, rowid limit :limit",
        {"q": ranking.fts, "keys": ranking.keys, "limit": limit},
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
