"""Full text across all record types: the best match first, the hits marked."""

import json
from typing import Any

from flask import Flask

from api.bodies import base_url
from api.database import select, total
from api.formats import META_EXAMPLE, meta
from api.views import Data, Query, Rows, View, add_view
from schemas import RECORDS
from schemas.fields import OneOf
from schemas.filters import AnyOf, Number, Words
from schemas.layout import searched
from schemas.query import MOST_RANKED, Parameters
from schemas.shapes import ID, META, TEXT, WHOLE, list_of, object_of, url_of
from schemas.terms import Term, Vocabulary

TYPES = Vocabulary(
    "types",
    "The types of record.",
    *(Term(plural, (record.__doc__ or "").strip()) for plural, record in RECORDS.items()),
)
MARK = "**"
WORDS = 16
"""How many words of the text around a hit a snippet holds."""
MOST_HITS = 100
HIT = object_of({"type": ID, "id": ID, "label": TEXT, "snippet": TEXT, "url": url_of("The record.")})
COUNTS = object_of({"type": list_of(object_of({"value": ID, "count": WHOLE}), len(RECORDS))})
SCHEMA = object_of(
    {
        "data": list_of(HIT, MOST_HITS),
        "page": object_of({"limit": WHOLE, "total": WHOLE}),
        "facets": COUNTS,
        "meta": META,
    }
)
EXAMPLE: Data = {"data": [], "page": {"limit": 20, "total": 0}, "facets": {"type": []}, "meta": META_EXAMPLE}


class SearchQuery(Parameters):
    """For what, in which types, and how many."""

    q = Words("Full text: every word must occur; the endings of English words do not matter.", required=True)
    type = AnyOf(OneOf(TYPES, "A type."), "", description="Only these types of record.")
    limit = Number("How many hits at most.", least=1, most=MOST_HITS, default=20, example=10)


def init_app(app: Flask) -> None:
    """Add the search."""
    purpose = "Full text across all records: the best match first, with the hits marked by **."
    add_view(app, View("/search", purpose, "search", build, SCHEMA, EXAMPLE, SearchQuery(), rows=rows))


def build(query: Query) -> Data:
    """The hits, and how many there are of each type."""
    hits, counts = [], []
    for plural in query_types(query):
        count = f'select count(*) from "{plural}_fts" where "{plural}_fts" match :q'
        if number := total(count, {"q": query["q"]}):
            counts.append({"value": plural, "count": number})
            hits += hits_in(plural, query, ranked=number <= MOST_RANKED)
    hits.sort(key=lambda hit: (hit.pop("rank"), hit["type"], hit["id"]))
    return {
        "data": hits[: query["limit"]],
        "page": {"limit": query["limit"], "total": sum(count["count"] for count in counts)},
        "facets": {"type": sorted(counts, key=lambda count: -count["count"])},
        "meta": meta({}),
    }


def query_types(query: Query) -> list[str]:
    """The types that are searched."""
    asked = json.loads(query["type"]) if "type" in query else list(RECORDS)
    return [plural for plural, record in RECORDS.items() if plural in asked and searched(record)]


def hits_in(plural: str, query: Query, *, ranked: bool) -> list[dict[str, Any]]:
    """The best hits of one type, each with its rank, the smaller the better; or else the first."""
    rank, order = (f'"{plural}_fts".rank', "rank, r.id") if ranked else ("0.0", f'"{plural}_fts".rowid')
    rows = select(
        f'select r.id, r."{RECORDS[plural].label}" label, {rank} rank,'
        f" snippet(\"{plural}_fts\", -1, :mark, :mark, '…', :words) snippet"
        f' from "{plural}_fts" join "{plural}" r on r.key = "{plural}_fts".rowid'
        f' where "{plural}_fts" match :q order by {order} limit :limit',
        {"q": query["q"], "limit": query["limit"], "mark": MARK, "words": WORDS},
    )
    return [{"type": plural, **dict(row), "url": f"{base_url()}/{plural}/{row['id']}"} for row in rows]


def rows(found: Data, query: Query) -> Rows:
    """The hits as a table."""
    names = ["type", "id", "label", "snippet", "url"]
    return [names, *([hit[name] for name in names] for hit in found["data"])]
