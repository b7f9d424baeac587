"""Coverage: which records cite each paragraph of the sources, and which paragraphs no record cites."""

import json
from collections import defaultdict

from flask import Flask

from api.database import select
from api.http.problems import InvalidQuery
from api.http.urls import data_url
from api.lists.applied_filters import filter_conditions
from api.lists.formats import meta
from api.openapi.json_schema import ID, INTEGER, META, TEXT, array_of, object_of, url_schema
from api.openapi.view_schemas import SOURCE_ID
from api.pages.view_page import ViewPage
from api.views import Data, Query, Rows, View, add_view
from api.views.bounds import Bound
from api.views.shared_filters import SharedFilters, own_filters
from api.views.text import WidthQuery, hanging
from schemas import RECORDS, Source
from schemas.errors import FieldError
from schemas.fields import Reference
from schemas.filters import AnyOf
from schemas.record import Cited

MAX_PARAGRAPHS = Bound(data=20_000, page=500)
"""Maximum number of paragraphs of several sources in one response."""
SOURCES = "select value from json_each(:sources)"
CITING = object_of({"type": ID, "id": ID, "url": url_schema("The record.")}, "CitingRecord")
PARAGRAPH = object_of({"paragraph": INTEGER, "cited_by": array_of(CITING)}, "ParagraphCoverage")
SOURCE = object_of(
    {
        "source": SOURCE_ID,
        "title": TEXT,
        "paragraphs": array_of(PARAGRAPH),
        "uncited": array_of(INTEGER)
        | {"description": "The paragraphs that no record cites, of those that `account` and `issue` select."},
    },
    "SourceCoverage",
)
SCHEMA = object_of({"data": array_of(SOURCE), "meta": META}, "Coverage")


class CoverageQuery(SharedFilters, WidthQuery):
    """Which sources, and which records."""

    source = AnyOf(
        Reference("sources", "A source.", example=Source.example),
        description="Any of these sources; all by default.",
    )


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/coverage",
        purpose="Which records cite each paragraph of every source, and which paragraphs no record cites.",
        operation="getCoverage",
        page=ViewPage(
            "Coverage of the sources",
            "The records that rest on each paragraph of a source.",
            "parts/coverage.html",
        ),
        build=build,
        schema=SCHEMA,
        query=CoverageQuery(),
        rows=rows,
        text=table_text,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """Return the coverage of the sources. Raise InvalidQuery if they have too many paragraphs."""
    where = "id in (select value from json_each(:source))" if "source" in query else "true"
    sources = select(f"select id, title, paragraphs from sources where {where} order by id", dict(query))
    most = MAX_PARAGRAPHS.now()
    if len(sources) > 1 and sum(source["paragraphs"] for source in sources) > most:
        detail = f"The sources have more than {most} paragraphs. Select fewer with `source`."
        raise InvalidQuery([FieldError("/source", detail)])
    cited = citations([source["id"] for source in sources], query)
    return {
        "data": [
            {
                "source": id,
                "title": title,
                "paragraphs": [{"paragraph": number, "cited_by": cited[id, number]} for number in range(1, length + 1)],
                "uncited": [number for number in range(1, length + 1) if not cited[id, number]],
            }
            for id, title, length in sources
        ],
        "meta": meta(query),
    }


def citations(sources: list[str], query: Query) -> dict[tuple[str, int], list[dict[str, str]]]:
    """Return the records that cite each paragraph of these sources, by source and paragraph number."""
    citing: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for plural, record in RECORDS.items():
        bound = own_filters(plural, query)
        if issubclass(record, Cited) and bound is not None:
            own = f' join "{plural}" r on r.id = c.id' if bound else ""
            conditions = " and ".join([f"c.source in ({SOURCES})", *filter_conditions(record, bound)])
            statement = (
                f'select c.id, c.source, c.paragraph from "{plural}_citations" c{own} where {conditions} order by c.id'
            )
            for id, source, paragraph in select(statement, {"sources": json.dumps(sources), **bound}):
                citing[source, paragraph].append({"type": plural, "id": id, "url": data_url(f"/{plural}/{id}")})
    return citing


def table_text(coverage: Data, query: Query) -> str:
    """Return a paragraph for each paragraph of the sources, with the records that cite it."""
    lines = []
    for source in coverage["data"]:
        lines.append(hanging(source["title"], query["width"]))
        for paragraph in source["paragraphs"]:
            cited_by = [f"{record['type']}/{record['id']}" for record in paragraph["cited_by"]]
            text = ", ".join(cited_by) or "no record rests on it"
            lines.append(hanging(text, query["width"], f"  ¶{paragraph['paragraph']}  ", 6))
    return "\n".join(lines)


def rows(coverage: Data, query: Query) -> Rows:
    """Return a row for each citation, and one for each paragraph that no record cites."""
    return [
        ["source", "paragraph", "type", "id"],
        *(
            [source["source"], paragraph["paragraph"], record["type"], record["id"]]
            for source in coverage["data"]
            for paragraph in source["paragraphs"]
            for record in paragraph["cited_by"] or [{"type": None, "id": None}]
        ),
    ]
