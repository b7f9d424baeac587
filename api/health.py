"""Whether the service is alive, for those who restart it, and whether it can answer, for those who send it clients."""

from http import HTTPStatus

from flask import Flask, Response

from api.bodies import JSON, dumps, json_response
from api.database import state
from api.endpoints import Answer, Endpoint, add
from api.queries import asked
from schemas.query import Parameters
from schemas.shapes import TRUTH, WHOLE, object_of

NOW = {"Cache-Control": "no-store"}


def init_app(app: Flask) -> None:
    """Add the two questions."""
    alive = Answer(object_of({"alive": TRUTH}), {"alive": True})
    add(
        app,
        Endpoint("/livez", "Whether the process answers.", "isAlive", "service", {JSON: alive}, lasting=False),
        livez,
    )
    ready = Answer(object_of({"ready": TRUTH, "revision": WHOLE}), {"ready": True, "revision": 1})
    purpose = f"Whether the data can be read, and at which revision; {HTTPStatus.SERVICE_UNAVAILABLE} while it cannot."
    add(app, Endpoint("/readyz", purpose, "isReady", "service", {JSON: ready}, lasting=False), readyz)


def livez() -> Response:
    """That the process answers, whatever the state of the file."""
    asked(Parameters())
    return json_response(dumps({"alive": True}), NOW)


def readyz() -> Response:
    """That the file opens, is of this version, and holds data; UnusableFile where not."""
    asked(Parameters())
    return json_response(dumps({"ready": True, "revision": state().revision}), NOW)
