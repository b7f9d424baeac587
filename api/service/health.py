"""Liveness for process managers, and readiness for load balancers."""

from http import HTTPStatus

from flask import Flask, Response

from api.database import current_revision
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.openapi.json_schema import BOOLEAN, INTEGER, object_of
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema

NO_STORE = {"Cache-Control": "no-store"}


def init_app(app: Flask) -> None:
    """Register the two endpoints."""
    content = MediaType(object_of({"alive": BOOLEAN}, "Liveness"), {"alive": True})
    purpose = "Whether the process responds."
    add_route(app, Endpoint("/livez", purpose, "isAlive", "service", {JSON: content}, cacheable=False), livez)
    content = MediaType(object_of({"ready": BOOLEAN, "revision": INTEGER}, "Readiness"), {"ready": True, "revision": 1})
    purpose = f"Whether the database can be read, and its revision; {HTTPStatus.SERVICE_UNAVAILABLE} if it cannot."
    add_route(app, Endpoint("/readyz", purpose, "isReady", "service", {JSON: content}, cacheable=False), readyz)


def livez() -> Response:
    """Respond as long as the process runs, whatever the state of the database."""
    parse_query(QuerySchema())
    return json_response(dump_json({"alive": True}), NO_STORE)


def readyz() -> Response:
    """Respond if the database opens, has this version and holds data. Raise DatabaseUnavailable otherwise."""
    parse_query(QuerySchema())
    return json_response(dump_json({"ready": True, "revision": current_revision().number}), NO_STORE)
