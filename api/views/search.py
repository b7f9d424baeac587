"""Full-text search across all record types: best matches first, with the hits marked."""

from flask import Flask, request

from api.lists.corrections import correct_query, occurring_words
from api.lists.filters import filters
from api.lists.formats import meta
from api.openapi.json_schema import ID, INTEGER, META, TEXT, array_of, nullable, object_of
from api.pages.view_page import ViewPage
from api.party_names import party_names
from api.views import Data, Query, View, add_view
from api.views.search_hits import HIT, best_hits, hits, matching, total_hits
from api.views.search_suggestions import SUGGESTION, suggestions
from api.views.search_text import csv_rows, hits_outline, search_text
from api.views.shared_filters import SharedFilters
from api.views.text import WidthQuery
from schemas import RECORDS, Event
from schemas.fields import VocabularyTerm
from schemas.filters import AnyOf, FullText
from schemas.full_text import parse_text
from schemas.query_schema import IntegerParameter
from schemas.record_types import RECORD_TYPES

MAX_HITS = 100
COUNTS = object_of(
    {"type": array_of(object_of({"value": ID, "count": INTEGER}, "TypeCount"), len(RECORDS))}, "TypeCounts"
)
WIDENED = array_of(object_of({"typed": TEXT, "others": array_of(TEXT)}, "OtherSpellings"))
SCHEMA = object_of(
    {
        "data": array_of(HIT, MAX_HITS),
        "page": object_of({"limit": INTEGER, "total": INTEGER}, "SearchPage"),
        "facets": COUNTS,
        "also_searched": {**WIDENED, "description": "Other spellings and names that were searched for, if they occur."},
        "did_you_mean": nullable(TEXT) | {"description": "A query that may find more, if this one finds nothing."},
        "suggestions": {**array_of(SUGGESTION), "description": "What to try, if nothing was found."},
        "meta": META,
    },
    "SearchResult",
)


PAGE = ViewPage(
    "Search",
    "All records: events, parties, issues, proposals, positions, statements and questions.",
    "parts/search.html",
    invitation="Enter words to search for",
)


class SearchQuery(SharedFilters, WidthQuery):
    """The words, the filters and the number of hits."""

    q = FullText("Full text, in the syntax of `q` in lists. The endings of English words do not matter.", required=True)
    type = AnyOf(VocabularyTerm(RECORD_TYPES, "A type."), description="Only these record types.")
    party, source, paragraph = (filters(Event)[name] for name in ("party", "source", "paragraph"))
    limit = IntegerParameter("The maximum number of hits.", least=1, most=MAX_HITS, default=20, example=10)


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    purpose = "Full-text search across all records: best matches first, with each hit between ** and **."
    query = SearchQuery()
    add_view(
        app,
        View(
            "/search",
            purpose,
            "search",
            PAGE,
            build,
            SCHEMA,
            query=query,
            rows=csv_rows,
            text=search_text,
            outline=hits_outline,
        ),
    )


def build(query: Query) -> Data:
    """Return the hits, their number by record type, and what to try if nothing matches."""
    text = request.args["q"]
    found = matching(query)
    counts = {plural: matches.total for plural, matches in found.items() if matches.total}
    ranked = sorted(hit for plural in counts for hit in best_hits(found[plural], query["limit"]))
    better = None if counts else correct_query(text)
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
