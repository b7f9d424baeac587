"""The vocabularies: every term with its definition and what other schemes call it."""

from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from api.bodies import JSON, base_url, dumps, json_response
from api.endpoints import EXAMPLE_BASE, Answer, Endpoint, add
from api.queries import asked
from schemas.faults import nearest
from schemas.query import Parameters
from schemas.shapes import TEXT, list_of, object_of, or_null, url_of
from schemas.terms import SCHEMES, Term, Vocabulary
from schemas.vocabularies import STANCES, VOCABULARIES

EQUIVALENT = object_of(
    {
        "scheme": {"type": "string", "enum": list(SCHEMES)},
        "code": or_null(TEXT),
        "match": {"type": "string", "enum": ["exact", "close", "none"]},
    }
)
TERM = object_of(
    {
        "term": TEXT,
        "definition": TEXT,
        "equivalents": list_of(EQUIVALENT, len(SCHEMES)),
    }
)
VOCABULARY = object_of(
    {
        "name": TEXT,
        "definition": TEXT,
        "terms": list_of(TERM),
        "url": url_of("Its address."),
    }
)
NAME = {
    "description": "The name of the vocabulary.",
    "schema": {"type": "string", "enum": list(VOCABULARIES)},
    "example": STANCES.name,
}


def init_app(app: Flask) -> None:
    """Add the list of vocabularies and the single vocabulary."""
    example = served(STANCES, EXAMPLE_BASE)
    lists = object_of({"data": list_of(VOCABULARY)})
    every_one = Answer(lists, {"data": [example]})
    purpose = "The closed vocabularies: every term with its definition and what other schemes call it."
    add(app, Endpoint("/vocabularies", purpose, "listVocabularies", "service", {JSON: every_one}), every)
    just_one = {JSON: Answer(VOCABULARY, example)}
    purpose = "One vocabulary by its name, as in /vocabularies/stances."
    path = "/vocabularies/{name}"
    add(app, Endpoint(path, purpose, "getVocabulary", "service", just_one, path_values={"name": NAME}), one)


def every() -> Response:
    """All vocabularies."""
    asked(Parameters())
    return json_response(dumps({"data": [served(vocabulary, base_url()) for vocabulary in VOCABULARIES.values()]}))


def one(name: str) -> Response:
    """One vocabulary."""
    asked(Parameters())
    if name not in VOCABULARIES:
        near = nearest(name, VOCABULARIES)
        hint = f" Did you mean {near!r}?" if near else ""
        raise NotFound(f"There is no vocabulary {name!r}; /vocabularies lists them.{hint}")
    return json_response(dumps(served(VOCABULARIES[name], base_url())))


def served(vocabulary: Vocabulary, base: str) -> dict[str, Any]:
    """A vocabulary as it is served."""
    return {
        "name": vocabulary.name,
        "definition": vocabulary.definition,
        "terms": [term_served(term) for term in vocabulary.terms.values()],
        "url": f"{base}/vocabularies/{vocabulary.name}",
    }


def term_served(term: Term) -> dict[str, Any]:
    """A term, and for each scheme its code and how well that fits: `exact`, `close`, or `none` with no code."""
    equivalents = {scheme: term.equivalents.get(scheme) for scheme in SCHEMES}
    return {
        "term": term.name,
        "definition": term.definition,
        "equivalents": [
            {"scheme": scheme, "code": code.code if code else None, "match": code.match if code else "none"}
            for scheme, code in equivalents.items()
        ],
    }
