"""The front door: every endpoint with its purpose."""

from flask import Flask, Response

from api.bodies import base_url, dumps, json_response
from api.endpoints import Endpoint, add, all_endpoints
from api.queries import asked
from schemas.query import Parameters

ABOUT = (
    "Negotiations as data: who put what on the table, who took which stand on it, when, on whose word, "
    "and in which paragraph that is written."
)


def init_app(app: Flask) -> None:
    """Add the index."""
    add(app, Endpoint("/", "This list."), index)


def index() -> Response:
    """What this service is, and every endpoint with a line on what it answers."""
    asked(Parameters())
    base = base_url()
    listed = [{"url": base + endpoint.path, "purpose": endpoint.purpose} for endpoint in all_endpoints()]
    return json_response(dumps({"name": "Readout", "about": ABOUT, "endpoints": listed}))
