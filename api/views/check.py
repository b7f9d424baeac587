"""POST /check: validate a bundle as `load` would, without storing it."""

from collections import Counter
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.wrappers.response import Response as ErrorHeaders

from api.database import connection
from api.http.problems import InvalidBody
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.openapi.json_schema import BOOLEAN, INTEGER, object_of
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from schemas.strict_json import read_json
from seed.validation import validate_document

IDENTITY = "identity"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""The maximum size of a bundle."""


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    schema = object_of({"valid": BOOLEAN, "records": object_of(dict.fromkeys(RECORDS, INTEGER))})
    example = {"valid": True, "records": dict.fromkeys(RECORDS, 1)}
    purpose = "Validate a bundle without storing it. Every error has a JSON Pointer."
    endpoint = Endpoint(
        "/check", purpose, "checkBundle", "service", {JSON: MediaType(schema, example)}, request_media_type=JSON
    )
    add_route(app, endpoint, check_bundle)


def check_bundle() -> Response:
    """Return the number of records of each type in a valid bundle. Raise InvalidBody with every error otherwise."""
    parse_query(QuerySchema())
    records, errors = validate_document(request_json(), connection())
    if errors:
        raise InvalidBody(errors)
    counts = Counter(record.plural for record in records)
    return json_response(dump_json({"valid": True, "records": {plural: counts[plural] for plural in RECORDS}}))


def request_json() -> Any:
    """Return the JSON of the body. Raise UnsupportedMediaType or BadRequest if it is not JSON.

    A byte order mark is ignored, as RFC 8259 permits: Windows editors add one.
    """
    if request.mimetype != JSON:
        detail = f"Send the bundle as Content-Type: {JSON}."
        raise UnsupportedMediaType(detail, ErrorHeaders(headers={"Accept-Post": JSON}))
    if request.headers.get("Content-Encoding", IDENTITY) != IDENTITY:
        detail = "Compressed request bodies are not accepted; omit Content-Encoding."
        raise UnsupportedMediaType(detail, ErrorHeaders(headers={"Accept-Encoding": IDENTITY}))
    if not (body := request_body()):
        raise BadRequest("The body is empty. Send a bundle, as JSON.")
    try:
        return read_json(body.decode("utf-8-sig"))
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON in UTF-8: {error}.") from None


def request_body() -> bytes:
    """Return the body. Raise RequestEntityTooLarge if it exceeds the maximum size."""
    body = request.get_data()
    # Werkzeug truncates a chunked body at the maximum instead of rejecting it.
    if request.content_length is None and len(body) == MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body
