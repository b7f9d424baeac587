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
    """Add the two endpoints."""
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
    """Answer as long as the process runs, whatever the state of the database."""
    parse_query(QuerySchema())
    return json_response(dump_json({"alive": True}), NO_STORE)


def readyz() -> Response:
    """Answer if the database opens, has this version and holds data. Raises DatabaseUnavailable."""
    parse_query(QuerySchema())
    return json_response(dump_json({"ready": True, "revision": current_revision().number}), NO_STORE)
