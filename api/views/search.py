"""Full-text search across all record types: best matches first, with the hits marked."""

import json
import re
from collections import Counter
from typing import Any

from flask import Flask, request

from api.database import cached_total, select
from api.http.urls import base_url
from api.lists.filters import MAX_RANKED
from api.lists.formats import META_EXAMPLE, meta
from api.openapi.json_schema import ID, INTEGER, META, TEXT, array_of, nullable, object_of, url_schema
from api.pages.view_page import ViewPage
from api.views import Data, Query, Rows, View, add_view
from schemas import RECORDS
from schemas.errors import nearest
from schemas.fields import VocabularyTerm
from schemas.filters import AnyOf, FullText
from schemas.full_text import SYNTAX
from schemas.query_schema import IntegerParameter, QuerySchema
from schemas.terms import Term, Vocabulary
from seed.storage.mapping import fts_columns

TYPES = Vocabulary(
    "types",
    "The record types.",
    *(Term(plural, plural, (record.__doc__ or "").strip()) for plural, record in RECORDS.items()),
)
MARK = "**"
SNIPPET_WORDS = 16
"""The number of words in a snippet."""
MAX_HITS = 100
WORD = re.compile(r"\w[\w-]*\w")
MAX_CORRECTED_WORDS = 10
"""The number of words of a query for which a correction is looked for."""
MAX_LABELS = 2500
"""The number of labels of each type whose words are suggested."""
HIT = object_of({"type": ID, "id": ID, "label": TEXT, "snippet": TEXT, "url": url_schema("The record.")})
COUNTS = object_of({"type": array_of(object_of({"value": ID, "count": INTEGER}), len(RECORDS))})
SCHEMA = object_of(
    {
        "data": array_of(HIT, MAX_HITS),
        "page": object_of({"limit": INTEGER, "total": INTEGER}),
        "facets": COUNTS,
        "did_you_mean": nullable(TEXT) | {"description": "A query that may find more, if this one finds nothing."},
        "meta": META,
    }
)
EXAMPLE: Data = {
    "data": [],
    "page": {"limit": 20, "total": 0},
    "facets": {"type": []},
    "did_you_mean": None,
    "meta": META_EXAMPLE,
}


PAGE = ViewPage(
    "Search",
    "All records: events, parties, issues, proposals, positions, statements and questions.",
    "parts/search.html",
)


class SearchQuery(QuerySchema):
    """The words, the record types and the number of hits."""

    q = FullText(f"Full text. {SYNTAX} The endings of English words do not matter.", required=True)
    type = AnyOf(VocabularyTerm(TYPES, "A type."), description="Only these record types.")
    limit = IntegerParameter("The maximum number of hits.", least=1, most=MAX_HITS, default=20, example=10)


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    purpose = "Full-text search across all records: best matches first, with each hit between ** and **."
    add_view(app, View("/search", purpose, "search", PAGE, build, SCHEMA, EXAMPLE, SearchQuery(), rows=rows))


def build(query: Query) -> Data:
    """Return the hits, and their number by record type."""
    hits, counts = [], []
    for plural in query_types(query):
        if number := count_hits(plural, query["q"]):
            counts.append({"value": plural, "count": number})
            hits += hits_in(plural, query, ranked=number <= MAX_RANKED)
    hits.sort(key=lambda hit: (hit.pop("rank"), hit["type"], hit["id"]))
    return {
        "data": hits[: query["limit"]],
        "page": {"limit": query["limit"], "total": sum(count["count"] for count in counts)},
        "facets": {"type": sorted(counts, key=lambda count: -count["count"])},
        "did_you_mean": None if counts else corrected(request.args["q"]),
        "meta": meta({}),
    }


def query_types(query: Query) -> list[str]:
    """Return the record types to search."""
    types = json.loads(query["type"]) if "type" in query else list(RECORDS)
    return [plural for plural, record in RECORDS.items() if plural in types and fts_columns(record)]


def count_hits(plural: str, fts: str) -> int:
    """Return the number of records of a type that match an FTS5 query."""
    return cached_total(f'select count(*) from "{plural}_fts" where "{plural}_fts" match :q', {"q": fts})


def corrected(text: str) -> str | None:
    """Return a query with words that occur nowhere replaced by similar words of labels, or None without any."""
    unknown = [word for word in WORD.findall(text)[:MAX_CORRECTED_WORDS] if not occurs(word)]
    words = label_words() if unknown else []
    suggestions = {word: nearest(word, words) for word in unknown}
    result = WORD.sub(lambda match: suggestions.get(match[0]) or match[0], text)
    return result if result != text else None


def occurs(word: str) -> bool:
    """Return whether a word occurs in any record."""
    return any(count_hits(plural, f'"{word}"') for plural, record in RECORDS.items() if fts_columns(record))


def label_words() -> list[str]:
    """Return the words of labels, most frequent first."""
    selects = (
        f'select * from (select "{record.label}" from "{plural}" limit {MAX_LABELS})'
        for plural, record in RECORDS.items()
    )
    labels = select(" union all ".join(selects), {})
    words = Counter(word for (label,) in labels for word in WORD.findall(label))
    return [word for word, _ in words.most_common()]


def hits_in(plural: str, query: Query, *, ranked: bool) -> list[dict[str, Any]]:
    """Return the best hits of one type with their rank, lowest first; or, if not `ranked`, the first hits."""
    rank, order = (f'"{plural}_fts".rank', "rank, r.id") if ranked else ("0.0", f'"{plural}_fts".rowid')
    rows = select(
        f'select r.id, r."{RECORDS[plural].label}" label, {rank} rank,'
        f" snippet(\"{plural}_fts\", -1, :mark, :mark, '…', :words) snippet"
        f' from "{plural}_fts" join "{plural}" r on r.key = "{plural}_fts".rowid'
        f' where "{plural}_fts" match :q order by {order} limit :limit',
        {"q": query["q"], "limit": query["limit"], "mark": MARK, "words": SNIPPET_WORDS},
    )
    return [{"type": plural, **dict(row), "url": f"{base_url()}/{plural}/{row['id']}"} for row in rows]


def rows(hits: Data, query: Query) -> Rows:
    """Return the hits as a table."""
    names = ["type", "id", "label", "snippet", "url"]
    return [names, *([hit[name] for name in names] for hit in hits["data"])]
