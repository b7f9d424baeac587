"""The vocabularies: every term with its label, definition and codes in other schemes."""

from functools import partial
from typing import Any

from flask import Flask, Response
from marshmallow import Schema
from werkzeug.exceptions import NotFound

from api.http.media_types import HTML, TEXT
from api.http.negotiation import bare, best_media_type
from api.http.query_params import parse_query
from api.http.serialization import JSON, JSON_SUFFIX, dump_json, json_response
from api.http.urls import base_url, public_path
from api.lists.list_parameters import width_parameter
from api.openapi.json_schema import SIDE, array_of, nullable, object_of, url_schema
from api.openapi.json_schema import TEXT as TEXT_SCHEMA
from api.openapi.routes import EXAMPLE_BASE, Endpoint, MediaType, add_page, add_route
from api.pages.messages import declared, gettext
from api.pages.page import SUFFIX, render_page
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

TEXT_SUFFIX = ".txt"
SUFFIXES = {JSON: JSON_SUFFIX, bare(HTML): SUFFIX, bare(TEXT): TEXT_SUFFIX}
"""The suffixes of the formats by media type, the default first."""
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
    for endpoint in (several, one):
        add_route(app, endpoint, partial(respond, ""))
        for mimetype, suffix in SUFFIXES.items():
            if suffix == SUFFIX:
                add_page(app, endpoint.path, endpoint.operation, partial(respond, SUFFIX))
                continue
            purpose = f"{endpoint.purpose.rstrip('.')}, as {mimetype}."
            add_route(app, endpoint.in_format(suffix, purpose, _query(suffix)), partial(respond, suffix))


def respond(suffix: str, name: str | None = None) -> Response:
    """Return all vocabularies, or the one of a name, in the format of a suffix; without one, as Accept says."""
    suffix = suffix or SUFFIXES[best_media_type(list(SUFFIXES))]
    query = parse_query(_query(suffix))
    chosen = list(VOCABULARIES.values()) if name is None else [find_vocabulary(name)]
    if suffix == TEXT_SUFFIX:
        texts = (vocabulary_text(vocabulary, query["width"]) for vocabulary in chosen)
        return Response("\n\n".join(texts) + "\n", content_type=TEXT)
    data = [vocabulary_json(vocabulary, base_url()) for vocabulary in chosen]
    if suffix == SUFFIX:
        return _page(name, data)
    return json_response(dump_json({"data": data} if name is None else data[0]))


def _query(suffix: str) -> Schema:
    return TEXT_QUERY if suffix == TEXT_SUFFIX else QuerySchema()


def _page(name: str | None, vocabularies: list[dict[str, Any]]) -> Response:
    title = gettext("Vocabulary: %(name)s", name=declared(words(name))) if name else gettext("Vocabularies")
    sections = [(each["name"], declared(words(each["name"]))) for each in vocabularies]
    return render_page("vocabularies.html", title, vocabularies=vocabularies, sections=sections)


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
