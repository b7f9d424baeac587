"""A bundle examined as the loader would, and nothing stored."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers.response import Response as Refusal

from api.bodies import JSON, dumps, json_response
from api.database import connection
from api.endpoints import Answer, Endpoint, add
from api.problems import BadBody
from api.queries import asked
from schemas import RECORDS
from schemas.query import Parameters
from schemas.shapes import TRUTH, WHOLE, object_of
from schemas.strict_json import read_json
from seed.checks import check

IDENTITY = "identity"
LARGEST = 4 * 1024 * 1024
"""How many bytes of a bundle are taken."""


def init_app(app: Flask) -> None:
    """Add the check."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    schema = object_of({"sound": TRUTH, "records": object_of(dict.fromkeys(RECORDS, WHOLE))})
    example = {"sound": True, "records": dict.fromkeys(RECORDS, 1)}
    purpose = "Check a bundle as the loader would, and store nothing: every fault with its JSON pointer."
    endpoint = Endpoint("/check", purpose, "checkBundle", "service", {JSON: Answer(schema, example)}, takes=JSON)
    add(app, endpoint, examine)


def examine() -> Response:
    """How many records of each type the bundle holds; BadBody with every fault where it is not sound."""
    asked(Parameters())
    ((records, faults),) = check([document()], connection())
    if records is None:
        raise BadBody(faults)
    return json_response(dumps({"sound": True, "records": {plural: len(items) for plural, items in records.items()}}))


def document() -> Any:
    """The JSON in the body; UnsupportedMediaType or BadRequest where there is none."""
    if request.mimetype != JSON:
        told = f"A bundle is sent as {JSON}."
        raise UnsupportedMediaType(told, Refusal(headers={"Accept-Post": JSON}))
    if request.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
        told = "A bundle is sent as it is, without a content coding: what is packed may unpack to anything."
        raise UnsupportedMediaType(told, Refusal(headers={"Accept-Encoding": IDENTITY}))
    try:
        return read_json(taken().decode())
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None


def taken() -> bytes:
    """The body as it was sent; RequestEntityTooLarge where it is larger than is taken."""
    body = request.get_data()
    if request.content_length is None and len(body) == LARGEST:  # of a body in chunks Werkzeug gives the beginning
        raise RequestEntityTooLarge
    return body
