"""The vocabularies: every term with its label, definition and codes in other schemes."""

from functools import partial
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from api.http.media_types import TEXT
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.http.urls import base_url, public_path
from api.lists.list_parameters import width_parameter
from api.openapi.json_schema import SIDE, array_of, nullable, object_of, url_schema
from api.openapi.json_schema import TEXT as TEXT_SCHEMA
from api.openapi.routes import EXAMPLE_BASE, Endpoint, MediaType, add_page, add_route
from api.pages.messages import declared, gettext
from api.pages.page import render_page, wants_page
from api.pages.values import words
from api.views.text import hanging
from schemas.errors import nearest
from schemas.query_schema import QuerySchema
from schemas.terms import SCHEMES, Term, Vocabulary
from schemas.vocabularies import STANCES, VOCABULARIES

EQUIVALENT = object_of(
    {
        "scheme": {"type": "string", "enum": list(SCHEMES)},
        "code": nullable(TEXT_SCHEMA),
        "match": {"type": "string", "enum": ["exact", "close", "none"]},
    },
    "Equivalent",
)
TERM = object_of(
    {
        "term": TEXT_SCHEMA,
        "label": {**TEXT_SCHEMA, "description": "The term in words, to be printed."},
        "definition": TEXT_SCHEMA,
        "side": {**nullable(SIDE), "description": "For a stance: the side of the proposal it is on. Else null."},
        "equivalents": array_of(EQUIVALENT, len(SCHEMES)),
    },
    "Term",
)
VOCABULARY = object_of(
    {
        "name": TEXT_SCHEMA,
        "definition": TEXT_SCHEMA,
        "terms": array_of(TERM),
        "url": url_schema("Its URL."),
    },
    "Vocabulary",
)
NAME = {
    "description": "The name of the vocabulary.",
    "schema": {"type": "string", "enum": list(VOCABULARIES)},
    "example": STANCES.name,
}

TEXT_QUERY = QuerySchema.from_dict({"width": width_parameter()}, name="VocabularyQuery")()


def init_app(app: Flask) -> None:
    """Register the list of vocabularies and the single vocabulary."""
    example = vocabulary_json(STANCES, EXAMPLE_BASE)
    example["terms"] = [term | {"equivalents": term["equivalents"][:1]} for term in example["terms"][:1]]
    list_content = MediaType(object_of({"data": array_of(VOCABULARY)}, "VocabularyList"), {"data": [example]})
    purpose = "The closed vocabularies: every term with its label, definition and codes in other schemes."
    several = Endpoint("/vocabularies", purpose, "listVocabularies", "service", {JSON: list_content})
    content = {JSON: MediaType(VOCABULARY, example)}
    purpose = "One vocabulary by its name, as in /vocabularies/stances."
    path = "/vocabularies/{name}"
    one = Endpoint(path, purpose, "getVocabulary", "service", content, path_values={"name": NAME})
    add_route(app, several, list_vocabularies)
    add_route(app, one, get_vocabulary)
    purpose, query = "The closed vocabularies as text: every term with its label and definition.", TEXT_QUERY
    add_route(app, several.in_format(".txt", purpose, query), write_vocabularies)
    for endpoint, respond in ((several, list_vocabularies), (one, get_vocabulary)):
        purpose = f"{endpoint.purpose.rstrip('.')}, as {JSON}."
        add_route(app, endpoint.in_format(".json", purpose, QuerySchema()), partial(respond, in_json=True))
    add_route(app, one.in_format(".txt", "One vocabulary as text.", query), write_vocabulary)
    add_page(app, "/vocabularies", "listVocabularies", list_vocabularies)
    add_page(app, path, "getVocabulary", get_vocabulary)


def list_vocabularies(*, in_json: bool = False) -> Response:
    """Return all vocabularies."""
    parse_query(QuerySchema())
    data = [vocabulary_json(vocabulary, base_url()) for vocabulary in VOCABULARIES.values()]
    if not in_json and wants_page():
        return _page(gettext("Vocabularies"), data)
    return json_response(dump_json({"data": data}))


def get_vocabulary(name: str, *, in_json: bool = False) -> Response:
    """Return one vocabulary."""
    parse_query(QuerySchema())
    data = vocabulary_json(find_vocabulary(name), base_url())
    if not in_json and wants_page():
        return _page(gettext("Vocabulary: %(name)s", name=declared(words(name))), [data])
    return json_response(dump_json(data))


def _page(title: str, vocabularies: list[dict[str, Any]]) -> Response:
    sections = [(each["name"], declared(words(each["name"]))) for each in vocabularies]
    return render_page("vocabularies.html", title, vocabularies=vocabularies, sections=sections)


def write_vocabularies() -> Response:
    """Return all vocabularies as text."""
    width = parse_query(TEXT_QUERY)["width"]
    texts = (vocabulary_text(vocabulary, width) for vocabulary in VOCABULARIES.values())
    return Response("\n\n".join(texts) + "\n", content_type=TEXT)


def write_vocabulary(name: str) -> Response:
    """Return one vocabulary as text."""
    width = parse_query(TEXT_QUERY)["width"]
    return Response(vocabulary_text(find_vocabulary(name), width) + "\n", content_type=TEXT)


def find_vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by its name. Raise NotFound, with the nearest name, if it does not exist."""
    if name not in VOCABULARIES:
        near = nearest(name, VOCABULARIES)
        hint = f" Did you mean {near!r}?" if near else ""
        raise NotFound(f"There is no vocabulary {name!r}; {public_path('/vocabularies')} lists them.{hint}")
    return VOCABULARIES[name]


def vocabulary_text(vocabulary: Vocabulary, width: int) -> str:
    """Return a vocabulary as text: a paragraph for each term, with the side of a stance."""
    lines = [hanging(f"{vocabulary.name}: {vocabulary.definition}", width, "", 2)]
    for term in vocabulary.terms.values():
        label = f" “{term.label}”" if term.label != term.name else ""
        side = f" [{term.side}]" if term.side else ""
        lines.append(hanging(f"{term.name}{label}{side}: {term.definition}", width, "  ", 6))
    return "\n".join(lines)


def vocabulary_json(vocabulary: Vocabulary, base: str) -> dict[str, Any]:
    """Return a vocabulary as served."""
    return {
        "name": vocabulary.name,
        "definition": vocabulary.definition,
        "terms": [term_json(term) for term in vocabulary.terms.values()],
        "url": f"{base}/vocabularies/{vocabulary.name}",
    }


def term_json(term: Term) -> dict[str, Any]:
    """Return a term with its code in each scheme and how well it matches; `none` if the scheme has no code."""
    equivalents = {scheme: term.equivalents.get(scheme) for scheme in SCHEMES}
    return {
        "term": term.name,
        "label": term.label,
        "definition": term.definition,
        "side": term.side,
        "equivalents": [
            {"scheme": scheme, "code": code.code if code else None, "match": code.match if code else "none"}
            for scheme, code in equivalents.items()
        ],
    }
