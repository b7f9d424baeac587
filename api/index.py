"""The front door: every endpoint with its purpose."""

from flask import Flask, Response

from api.bodies import JSON, base_url, dumps, json_response
from api.endpoints import Answer, Endpoint, add, all_endpoints
from api.queries import asked
from schemas.query import Parameters
from schemas.shapes import TEXT, list_of, object_of, template_of, url_of

ABOUT = (
    "Negotiations as data: who put what on the table, who took which stand on it, when, on whose word, "
    "and in which paragraph that is written."
)


def init_app(app: Flask) -> None:
    """Add the index."""
    docs = url_of("Where it is described for people.")
    url = template_of("Where it is; an address with {placeholders} is a template (RFC 6570).")
    entry = object_of({"url": url, "purpose": TEXT, "docs": docs})
    example = {"name": "Readout", "about": ABOUT, "endpoints": []}
    answer = Answer(object_of({"name": TEXT, "about": TEXT, "endpoints": list_of(entry)}), example)
    add(app, Endpoint("/", "Every endpoint with its purpose.", "index", "service", {JSON: answer}), index)


def index() -> Response:
    """What this service is, and every endpoint with a line on what it answers."""
    asked(Parameters())
    base = base_url()
    listed = [
        {"url": base + endpoint.path, "purpose": endpoint.purpose, "docs": base + endpoint.docs}
        for endpoint in all_endpoints()
    ]
    return json_response(dumps({"name": "Readout", "about": ABOUT, "endpoints": listed}))
