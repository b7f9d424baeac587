"""Which paragraphs of the sources are cited by which records, and which by none."""

import json
from collections import defaultdict

from flask import Flask

from api.database import select
from api.http.problems import InvalidQuery
from api.http.serialization import base_url
from api.lists.formats import META_EXAMPLE, meta
from api.openapi.json_schema import ID, INTEGER, META, TEXT, array_of, object_of, url_schema
from api.views import Data, Query, Rows, View, add_view
from schemas import RECORDS, Source
from schemas.errors import FieldError
from schemas.fields import Reference
from schemas.filters import AnyOf
from schemas.query_schema import QuerySchema
from schemas.record import Cited

MAX_PARAGRAPHS = 20_000
"""How many paragraphs are told of in one answer."""
AMONG = "(select value from json_each(:sources))"
CITING = object_of({"type": ID, "id": ID, "url": url_schema("The record.")})
PARAGRAPH = object_of({"paragraph": INTEGER, "cited_by": array_of(CITING)})
SOURCE = object_of({"source": ID, "title": TEXT, "paragraphs": array_of(PARAGRAPH), "uncited": array_of(INTEGER)})
SCHEMA = object_of({"data": array_of(SOURCE), "meta": META})


class CoverageQuery(QuerySchema):
    """Of which sources."""

    source = AnyOf(
        Reference("sources", "A source.", example=Source.example),
        "",
        description="Any of these sources; all by default.",
    )


def init_app(app: Flask) -> None:
    """Add the coverage."""
    view = View(
        path="/coverage",
        purpose="For every source, which paragraphs are cited by which records, and which by none.",
        operation="getCoverage",
        build=build,
        schema=SCHEMA,
        example={"data": [], "meta": META_EXAMPLE},
        query=CoverageQuery(),
        rows=rows,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """The coverage of the sources; BadQuery where that is more than anyone reads."""
    where = "id in (select value from json_each(:source))" if "source" in query else "true"
    (whole,) = select(f"select sum(paragraphs) from sources where {where}", dict(query))[0]
    if whole and whole > MAX_PARAGRAPHS:
        raise InvalidQuery([FieldError("/source", f"These have over {MAX_PARAGRAPHS} paragraphs; name fewer sources.")])
    sources = select(f"select id, title, paragraphs from sources where {where} order by id", dict(query))
    cited = citations([source["id"] for source in sources])
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


def citations(sources: list[str]) -> dict[tuple[str, int], list[dict[str, str]]]:
    """The records that cite each paragraph of these sources, by source and number."""
    base = base_url()
    found: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            statement = f'select id, source, paragraph from "{plural}_citations" where source in {AMONG} order by id'
            for id, source, paragraph in select(statement, {"sources": json.dumps(sources)}):
                found[source, paragraph].append({"type": plural, "id": id, "url": f"{base}/{plural}/{id}"})
    return found


def rows(coverage: Data, query: Query) -> Rows:
    """The coverage as a table: a row a citation, and one for each paragraph that nothing cites."""
    return [
        ["source", "paragraph", "type", "id"],
        *(
            [source["source"], paragraph["paragraph"], citing["type"], citing["id"]]
            for source in coverage["data"]
            for paragraph in source["paragraphs"]
            for citing in paragraph["cited_by"] or [{"type": None, "id": None}]
        ),
    ]
