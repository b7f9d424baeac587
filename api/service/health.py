"""Whether the service is alive, for those who restart it, and whether it can answer, for those who send it clients."""

from http import HTTPStatus

from flask import Flask, Response

from api.database import state
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.openapi.json_schema import BOOLEAN, INTEGER, object_of
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema

NO_STORE = {"Cache-Control": "no-store"}


def init_app(app: Flask) -> None:
    """Add the two questions."""
    alive = MediaType(object_of({"alive": BOOLEAN}), {"alive": True})
    add_route(
        app,
        Endpoint("/livez", "Whether the process answers.", "isAlive", "service", {JSON: alive}, cacheable=False),
        livez,
    )
    ready = MediaType(object_of({"ready": BOOLEAN, "revision": INTEGER}), {"ready": True, "revision": 1})
    purpose = f"Whether the data can be read, and at which revision; {HTTPStatus.SERVICE_UNAVAILABLE} while it cannot."
    add_route(app, Endpoint("/readyz", purpose, "isReady", "service", {JSON: ready}, cacheable=False), readyz)


def livez() -> Response:
    """That the process answers, whatever the state of the file."""
    parse_query(QuerySchema())
    return json_response(dump_json({"alive": True}), NO_STORE)


def readyz() -> Response:
    """That the file opens, is of this version, and holds data; DatabaseUnavailable where not."""
    parse_query(QuerySchema())
    return json_response(dump_json({"ready": True, "revision": state().revision}), NO_STORE)
