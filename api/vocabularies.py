"""The vocabularies: every term with its definition and what other schemes call it."""

from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from api.bodies import base_url, dumps, json_response
from api.endpoints import Endpoint, add
from api.queries import asked
from schemas.faults import nearest
from schemas.query import Parameters
from schemas.terms import SCHEMES, Term, Vocabulary
from schemas.vocabularies import VOCABULARIES


def init_app(app: Flask) -> None:
    """Add the list of vocabularies and the single vocabulary."""
    add(app, Endpoint("/vocabularies", "Every closed vocabulary, with its terms, definitions and equivalents."), every)
    add(app, Endpoint("/vocabularies/{name}", "One vocabulary by its name, as in /vocabularies/stances."), one)


def every() -> Response:
    """All vocabularies."""
    asked(Parameters())
    return json_response(dumps({"data": [served(vocabulary) for vocabulary in VOCABULARIES.values()]}))


def one(name: str) -> Response:
    """One vocabulary."""
    asked(Parameters())
    if name not in VOCABULARIES:
        near = nearest(name, VOCABULARIES)
        hint = f" Did you mean {near!r}?" if near else ""
        raise NotFound(f"There is no vocabulary {name!r}; /vocabularies lists them.{hint}")
    return json_response(dumps(served(VOCABULARIES[name])))


def served(vocabulary: Vocabulary) -> dict[str, Any]:
    """A vocabulary as it is served."""
    return {
        "name": vocabulary.name,
        "definition": vocabulary.definition,
        "terms": [term_served(term) for term in vocabulary.terms.values()],
        "url": f"{base_url()}/vocabularies/{vocabulary.name}",
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
