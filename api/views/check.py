"""A bundle examined as the loader would, and nothing stored."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers.response import Response as Refusal

from api.database import connection
from api.http.problems import InvalidBody
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.openapi.json_schema import BOOLEAN, INTEGER, object_of
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from schemas.strict_json import read_json
from seed.validation import check_documents

IDENTITY = "identity"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""How many bytes of a bundle are taken."""


def init_app(app: Flask) -> None:
    """Add the check."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    schema = object_of({"sound": BOOLEAN, "records": object_of(dict.fromkeys(RECORDS, INTEGER))})
    example = {"sound": True, "records": dict.fromkeys(RECORDS, 1)}
    purpose = "Check a bundle as the loader would, and store nothing: every fault with its JSON pointer."
    endpoint = Endpoint(
        "/check", purpose, "checkBundle", "service", {JSON: MediaType(schema, example)}, request_media_type=JSON
    )
    add_route(app, endpoint, check_bundle)


def check_bundle() -> Response:
    """How many records of each type the bundle holds; BadBody with every fault where it is not sound."""
    parse_query(QuerySchema())
    ((records, faults),) = check_documents([request_json()], connection())
    if records is None:
        raise InvalidBody(faults)
    return json_response(
        dump_json({"sound": True, "records": {plural: len(items) for plural, items in records.items()}})
    )


def request_json() -> Any:
    """The JSON in the body; UnsupportedMediaType or BadRequest where there is none."""
    if request.mimetype != JSON:
        told = f"A bundle is sent as {JSON}."
        raise UnsupportedMediaType(told, Refusal(headers={"Accept-Post": JSON}))
    if request.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
        told = "A bundle is sent as it is, without a content coding: what is packed may unpack to anything."
        raise UnsupportedMediaType(told, Refusal(headers={"Accept-Encoding": IDENTITY}))
    try:
        return read_json(request_body().decode())
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None


def request_body() -> bytes:
    """The body as it was sent; RequestEntityTooLarge where it is larger than is taken."""
    body = request.get_data()
    if (
        request.content_length is None and len(body) == MAX_BODY_BYTES
    ):  # of a body in chunks Werkzeug gives the beginning
        raise RequestEntityTooLarge
    return body
