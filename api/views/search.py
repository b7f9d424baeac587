"""Full-text search across all record types: best matches first, with the hits marked."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Flask, request

from api.database import cached_total, select
from api.http.serialization import parse_record
from api.http.urls import base_url
from api.lists.corrections import SEARCHED, corrected, occurring_words
from api.lists.filters import MAX_RANKED
from api.lists.formats import META_EXAMPLE, meta
from api.lists.list_query import filter_conditions
from api.openapi.json_schema import ID, INTEGER, META, TEXT, array_of, nullable, object_of, url_schema
from api.pages.view_page import ViewPage
from api.party_names import party_names
from api.views import Data, Query, View, add_view
from api.views.search_suggestions import SUGGESTION, suggestions
from api.views.search_text import csv_rows, search_text
from api.views.shared_filters import SharedFilters, own_filters
from api.views.snippets import END, START, snippet
from api.views.text import WidthQuery
from schemas import RECORDS, Source
from schemas.fields import VocabularyTerm
from schemas.filters import AnyOf, FullText
from schemas.full_text import SYNTAX, parse_text
from schemas.query_schema import IntegerParameter
from schemas.terms import Term, Vocabulary
from seed.storage.attribution import source_account
from seed.storage.mapping import fts_columns, searched_texts

TYPES = Vocabulary(
    "types",
    "The record types.",
    *(Term(plural, plural, (record.__doc__ or "").strip()) for plural, record in RECORDS.items()),
)
MAX_HITS = 100
HIT = object_of(
    {
        "type": ID,
        "id": ID,
        "label": TEXT,
        "snippet": TEXT | {"description": "A part of the record with what was found between ** and **."},
        "accounts": array_of(ID),
        "attribution": TEXT | {"description": "Whose word it is; for a source, whose text it is."},
        "date": nullable(ID),
        "citations": array_of({"$ref": "#/components/schemas/Citation"}),
        "url": url_schema("The record."),
    }
)
COUNTS = object_of({"type": array_of(object_of({"value": ID, "count": INTEGER}), len(RECORDS))})
WIDENED = array_of(object_of({"typed": TEXT, "others": array_of(TEXT)}))
SCHEMA = object_of(
    {
        "data": array_of(HIT, MAX_HITS),
        "page": object_of({"limit": INTEGER, "total": INTEGER}),
        "facets": COUNTS,
        "also_searched": {**WIDENED, "description": "Other spellings and names that were searched for, if they occur."},
        "did_you_mean": nullable(TEXT) | {"description": "A query that may find more, if this one finds nothing."},
        "suggestions": {**array_of(SUGGESTION), "description": "What to try, if nothing was found."},
        "meta": META,
    }
)
EXAMPLE: Data = {
    "data": [],
    "page": {"limit": 20, "total": 0},
    "facets": {"type": []},
    "also_searched": [],
    "did_you_mean": None,
    "suggestions": [],
    "meta": META_EXAMPLE,
}


PAGE = ViewPage(
    "Search",
    "All records: events, parties, issues, proposals, positions, statements and questions.",
    "parts/search.html",
)


class SearchQuery(SharedFilters, WidthQuery):
    """The words, the filters and the number of hits."""

    q = FullText(f"Full text. {SYNTAX} The endings of English words do not matter.", required=True)
    type = AnyOf(VocabularyTerm(TYPES, "A type."), description="Only these record types.")
    limit = IntegerParameter("The maximum number of hits.", least=1, most=MAX_HITS, default=20, example=10)


class Ranked(NamedTuple):
    """A record that matches: its rank, the lowest first, its type and its key."""

    rank: float
    plural: str
    key: int


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    purpose = "Full-text search across all records: best matches first, with each hit between ** and **."
    query = SearchQuery()
    add_view(
        app, View("/search", purpose, "search", PAGE, build, SCHEMA, EXAMPLE, query, rows=csv_rows, text=search_text)
    )


def build(query: Query) -> Data:
    """Return the hits, their number by record type, and what to try if there are none."""
    text = request.args["q"]
    counts = {plural: number for plural in query_types(query) if (number := count_hits(plural, query))}
    ranked = sorted(hit for plural, number in counts.items() for hit in best_hits(plural, query, number))
    better = None if counts else corrected(text)
    return {
        "data": hits(ranked[: query["limit"]], query),
        "page": {"limit": query["limit"], "total": sum(counts.values())},
        "facets": {
            "type": [
                {"value": plural, "count": counts[plural]}
                for plural in sorted(counts, key=lambda plural: -counts[plural])
            ]
        },
        "also_searched": also_searched(text),
        "did_you_mean": better,
        "suggestions": [] if counts else suggestions(text, better, query, total_hits),
        "meta": meta({}),
    }


def also_searched(text: str) -> list[Data]:
    """Return the other spellings and names that were searched for, of those that occur in the records."""
    widened = parse_text(text, party_names()).widened
    occurring = occurring_words([other for others in widened.values() for other in others])
    kept = {typed: [other for other in others if other in occurring] for typed, others in widened.items()}
    return [{"typed": typed, "others": others} for typed, others in kept.items() if others]


def total_hits(query: Query) -> int:
    """Return the number of records of all types that match."""
    return sum(count_hits(plural, query) for plural in query_types(query))


def query_types(query: Query) -> list[str]:
    """Return the record types to search: those asked for that have the filters."""
    types = json.loads(query["type"]) if "type" in query else SEARCHED
    return [plural for plural in SEARCHED if plural in types and own_filters(plural, query) is not None]


def matching(plural: str, query: Query) -> tuple[str, dict[str, Any]]:
    """Return FROM and WHERE for the records of a type that match, and the values that they bind."""
    bound = own_filters(plural, query) or {}
    conditions = [f'"{plural}_fts" match :q', *filter_conditions(RECORDS[plural], bound)]
    joined = f' cross join "{plural}" r on r.key = "{plural}_fts".rowid' if bound else ""  # it would double the time
    return f'from "{plural}_fts"{joined} where {" and ".join(conditions)}', {"q": query["q"], **bound}


def count_hits(plural: str, query: Query) -> int:
    """Return the number of records of a type that match."""
    found, bound = matching(plural, query)
    return cached_total(f"select count(*) {found}", bound)


def best_hits(plural: str, query: Query, number: int) -> list[Ranked]:
    """Return the best hits of one type, or the first ones if there are too many to rank."""
    key = f'"{plural}_fts".rowid'
    rank, order = (f'"{plural}_fts".rank', f"rank, {key}") if number <= MAX_RANKED else ("0.0", key)
    found, bound = matching(plural, query)
    rows = select(
        f"select {rank} rank, {key} key {found} order by {order} limit :limit", {**bound, "limit": query["limit"]}
    )
    return [Ranked(row["rank"], plural, row["key"]) for row in rows]


def hits(ranked: Sequence[Ranked], query: Query) -> list[Data]:
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
        {"keys": json.dumps(keys), "q": fts, "start": START, "end": END},
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
        "date": data.get("date"),
        "citations": data.get("citations", []),
        "url": f"{base_url()}/{plural}/{row['id']}",
    }
