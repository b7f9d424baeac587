"""POST /check: validate a bundle as `load` would, without storing it."""

from collections import Counter

from flask import Flask, Response

from api.database import connection
from api.http.body import parse_body
from api.http.methods import CHECK_PATH
from api.http.problems import InvalidBody
from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.openapi.json_schema import BOOLEAN, INTEGER, Json, array_of, object_of
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from seed.validation import validate_document

RECORD_INPUT: Json = {"title": "RecordInput", "type": "object"}
"""A record as in a bundle; `python -m seed schema` describes every type."""
BUNDLE = MediaType(
    {
        "title": "Bundle",
        "type": "object",
        "properties": dict.fromkeys(RECORDS, array_of(RECORD_INPUT)),
        "additionalProperties": False,
    },
    {"sources": []},
)
"""A bundle in a request: lists of records by type, as in a YAML bundle."""


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    schema = object_of(
        {"valid": BOOLEAN, "records": object_of(dict.fromkeys(RECORDS, INTEGER), "RecordCounts")}, "BundleCheck"
    )
    example = {"valid": True, "records": dict.fromkeys(RECORDS, 1)}
    purpose = "Validate a bundle without storing it. Every error has a JSON Pointer."
    responses = {JSON: MediaType(schema, example)}
    endpoint = Endpoint(CHECK_PATH, purpose, "checkBundle", "service", responses, method="POST", request={JSON: BUNDLE})
    add_route(app, endpoint, check_bundle)


def check_bundle() -> Response:
    """Return the number of records of each type in a valid bundle. Raise InvalidBody with every error otherwise."""
    parse_query(QuerySchema())
    records, errors = validate_document(parse_body(JSON), connection())
    if errors:
        raise InvalidBody(errors)
    counts = Counter(record.plural for record in records)
    return json_response(dump_json({"valid": True, "records": {plural: counts[plural] for plural in RECORDS}}))
