"""Which paragraphs of the sources are cited by which records, and which by none."""

from collections import defaultdict

from flask import Flask

from api.bodies import base_url
from api.database import select
from api.formats import meta
from api.views import Data, Query, Rows, View, add_view
from api.views.stands import ID
from schemas import RECORDS, Source
from schemas.describe import Json, object_of, url_schema
from schemas.fields import LARGEST_INTEGER, LONGEST_TEXT, Reference
from schemas.filters import AnyOf
from schemas.query import Parameters
from schemas.record import Cited


class CoverageQuery(Parameters):
    """Of which sources."""

    source = AnyOf(
        Reference("sources", "A source.", example=Source.example),
        "",
        description="Any of these sources; all by default.",
    )


def init_app(app: Flask) -> None:
    """Add the coverage."""
    text: Json = {"type": "string", "maxLength": LONGEST_TEXT}
    whole: Json = {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST_INTEGER}
    listed = {"type": "array", "maxItems": LARGEST_INTEGER}
    citing = object_of({"type": ID, "id": ID, "url": url_schema("The record.")})
    paragraph = object_of({"paragraph": whole, "cited_by": {**listed, "items": citing}})
    source = object_of(
        {
            "source": ID,
            "title": text,
            "paragraphs": {**listed, "items": paragraph},
            "uncited": {**listed, "items": whole},
        }
    )
    schema = object_of({"data": {**listed, "items": source}, "meta": {"$ref": "#/components/schemas/Meta"}})
    told_of = {"revision": 1, "data_through": "2025-03-18", "as_of": None}
    view = View(
        path="/coverage",
        purpose="For every source, which paragraphs are cited by which records, and which by none.",
        operation="getCoverage",
        build=build,
        schema=schema,
        example={"data": [], "meta": told_of},
        query=CoverageQuery(),
        rows=rows,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """The coverage of the sources."""
    cited = citations()
    where = "id in (select value from json_each(:source))" if "source" in query else "true"
    sources = select(f"select id, title, paragraphs from sources where {where} order by id", dict(query))
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


def citations() -> dict[tuple[str, int], list[dict[str, str]]]:
    """The records that cite each paragraph, by source and number."""
    base = base_url()
    found: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for plural, record in RECORDS.items():
        if issubclass(record, Cited):
            for id, source, paragraph in select(f'select id, source, paragraph from "{plural}_citations" order by id'):
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
