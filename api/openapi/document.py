"""The description of the API for programs (OpenAPI 3.1), put together from the endpoints and the record types."""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.http import HTTP_STATUS_CODES

from api.http.problems import PROBLEM_JSON
from api.http.query_params import parse_query
from api.http.serialization import JSON, base_url, dump_json, json_response
from api.lists.list_parameters import MAX_LIMIT
from api.openapi.json_schema import INTEGER, LONG_TEXT, TEXT, Json, array_of, nullable, object_of, url_schema
from api.openapi.routes import Endpoint, MediaType, add_route, all_endpoints
from api.openapi.schemas import parameters_for, record_schemas
from api.service.index import ABOUT
from schemas import RECORDS
from schemas.fields import MAX_INTEGER, MAX_LIST_LENGTH, MAX_TEXT_LENGTH
from schemas.query_schema import QuerySchema
from schemas.record import Record
from schemas.timeline import Timeline
from schemas.version import VERSION

BASES = 16
"""For how many addresses the description is kept: it takes long to write."""
PROBLEMS = {
    400: "The query cannot be answered; `errors` names every parameter at fault and what is allowed instead.",
    404: "There is nothing here; `detail` suggests where to look.",
    406: "It cannot be had in any media type that the Accept header names; `detail` lists those there are.",
    408: "The body did not arrive in the time there is for it.",
    412: "It is not in the state that the If-Match header asks for.",
    413: "The body is too large.",
    414: "The address is too long for the server; ask for fewer values at once.",
    415: "The body is of a media type that is not taken; `Accept-Post` names the one that is.",
    422: "The body is not sound; `errors` holds every fault with its JSON pointer and what is allowed instead.",
    429: "This client has asked for too much; `Retry-After` says when to go on. There may be no limit.",
    431: "The header fields are too long for the server, or there are too many of them.",
    500: "The server failed to answer. The fault is the server's.",
    503: "The data cannot be read at the moment, or takes too long; `Retry-After` says when to try again.",
}


def init_app(app: Flask) -> None:
    """Add the description."""
    answer = MediaType({"type": "object", "description": "An OpenAPI document."}, {"openapi": "3.1.0"})
    purpose = "This API, described for programs (OpenAPI 3.1)."
    written = lru_cache(maxsize=BASES)(lambda base: dump_json(document(base, all_endpoints())))
    add_route(
        app, Endpoint("/openapi.json", purpose, "describe", "service", {JSON: answer}), partial(described, written)
    )


def described(written: Callable[[str], bytes]) -> Response:
    """The whole description, under the address at which the client found it."""
    parse_query(QuerySchema())
    return json_response(written(base_url()))


def document(base: str, endpoints: list[Endpoint]) -> Json:
    """The description of these endpoints under an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Readout",
            "version": VERSION,
            "summary": "Negotiations as data.",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The Readout authors", "url": f"{base}/"},
        },
        "servers": [{"url": base, "description": "Where this description was found."}],
        "security": [],
        "tags": [{"name": tag, "description": told} for tag, told in tags().items()],
        "paths": {endpoint.path: {endpoint.method.lower(): operation(endpoint)} for endpoint in endpoints},
        "components": {
            "schemas": schemas(),
            "headers": {name: {"description": told, **HEADER} for name, told in (HEADERS | RATES | LATER).items()},
            "responses": {_name(status): _problem(status, told) for status, told in PROBLEMS.items()},
        },
    }


def tags() -> dict[str, str]:
    """The groups of operations: one for each record type, and one for the service itself."""
    types = {plural: (record.__doc__ or "").strip() for plural, record in RECORDS.items()}
    views = "What is derived from the records, each value with the rule and the records it comes from."
    return {"views": views, **types, "service": "The service itself: its endpoints, its words, its description."}


def operation(endpoint: Endpoint) -> Json:
    """What can be asked of an endpoint and what it answers."""
    in_path = [{"name": name, "in": "path", "required": True, **value} for name, value in endpoint.path_values.items()]
    there = {
        HTTPStatus.NOT_FOUND: bool(in_path),
        **dict.fromkeys((408, 413, 415, 422), bool(endpoint.request_media_type)),
    }
    statuses = [status for status in PROBLEMS if there.get(status, True)]
    kept = {"304": NOT_MODIFIED} if endpoint.cacheable and not endpoint.request_media_type else {}
    headers = [*(HEADERS if kept else PASSING), *RATES]
    return {
        "operationId": endpoint.operation,
        "summary": endpoint.purpose.rstrip("."),
        "description": endpoint.purpose,
        "tags": [endpoint.tag],
        "parameters": [*in_path, *parameters_for(endpoint.query)],
        **({"requestBody": body(endpoint.request_media_type)} if endpoint.request_media_type else {}),
        "responses": {
            "200": {
                "description": "What was asked for.",
                "headers": _headers(name for name in headers if name != "Link" or endpoint.pages),
                "content": {
                    mimetype: {"schema": answer.schema, "example": answer.example}
                    for mimetype, answer in endpoint.responses.items()
                },
            },
            **kept,
            **{str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses},
        },
    }


def body(mimetype: str) -> Json:
    """The body of a bundle: lists of records by the plural of their type, as a bundle's YAML has them."""
    items = array_of({"type": "object"})
    shape = {"type": "object", "properties": dict.fromkeys(RECORDS, items), "additionalProperties": False}
    return {"required": True, "content": {mimetype: {"schema": shape, "example": {"sources": []}}}}


def schemas() -> dict[str, Json]:
    """Every object that an answer may hold."""
    found: dict[str, Json] = {"Page": PAGE, "Meta": META_SCHEMA, "Problem": PROBLEM_SCHEMA}
    listed: list[type[Record]] = [*RECORDS.values(), Timeline]
    for record in listed:
        found |= record_schemas(record)
        found[f"{record.__name__}List"] = list_schema(record.__name__)
    return found


def list_schema(name: str) -> Json:
    """The schema of a list of records."""
    items = {"$ref": f"#/components/schemas/{name}"}
    data = {"type": "array", "items": items, "maxItems": MAX_LIMIT}
    shape = object_of(
        {"data": data, **{key: {"$ref": f"#/components/schemas/{key.title()}"} for key in ("page", "meta")}}
    )
    shape["properties"]["facets"] = FACETS
    return {**shape, "description": f"A page of a list of {name} records."}


def fault(properties: dict[str, Json]) -> Json:
    """The schema of one fault, which stands either in a parameter or in a place of the body."""
    return {**object_of(properties), "required": ["detail", "allowed", "did_you_mean"]}


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _name(status: int) -> str:
    return HTTP_STATUS_CODES[status].replace(" ", "")


def _problem(status: int, told: str) -> Json:
    example = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": told,
        "instance": "/positions",
        "docs": "/docs#/positions/listPositions",
        "errors": [],
    }
    headers = _headers(("Cache-Control", *RATES, *(LATER if status in TRY_AGAIN else ())))
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": told, "headers": headers, "content": {PROBLEM_JSON: {"schema": schema, "example": example}}}


HEADER: Json = {"schema": TEXT}
HEADERS = {
    "ETag": "A strong validator, with one of its own for every content coding.",
    "Last-Modified": "When the data last changed.",
    "Cache-Control": "For how long the answer may be kept.",
    "Vary": "The request headers that the answer depends on.",
    "Link": "The pages around this one (RFC 8288): `next` and `prev`.",
}
PASSING = ("Cache-Control", "Vary")
"""Those of an answer that holds for now alone."""
RATES = {
    "RateLimit": "Where there is a limit, how many requests are left, and in how many seconds all are there again.",
    "RateLimit-Policy": "Where there is a limit, how many requests a client has, and in how many seconds.",
}
LATER = {"Retry-After": "In how many seconds to try again."}
TRY_AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
NOT_MODIFIED = {"description": "What the client holds already (If-None-Match, If-Modified-Since) is still true."}
PAGE = {
    **object_of(
        {
            "limit": {**INTEGER, "description": "How many records the page may hold."},
            "total": {**INTEGER, "description": "How many match in all, on every page together."},
            "next": nullable(url_schema("The page after this one.")),
            "previous": nullable(url_schema("The page before this one.")),
        }
    ),
    "description": "Where the page stands in its list.",
}
META_SCHEMA = {
    **object_of(
        {
            "revision": {**INTEGER, "description": "The revision of the data; it grows with every change."},
            "data_through": {**nullable(TEXT), "description": "The last day that the sources know of."},
            "as_of": {**nullable(TEXT), "description": "The day at whose end the records were asked for."},
        }
    ),
    "description": "How far the data goes.",
}
FACETS = {
    "type": "object",
    "description": "What `facet` asks for, by name; there only when it does.",
    "additionalProperties": {
        "type": "array",
        "maxItems": MAX_INTEGER,
        "items": object_of({"value": {"type": ["string", "boolean"], "maxLength": MAX_TEXT_LENGTH}, "count": INTEGER}),
    },
}
PROBLEM_SCHEMA = {
    **object_of(
        {
            "type": {"type": "string", "format": "uri-reference", "maxLength": MAX_TEXT_LENGTH},
            "title": {**TEXT, "description": "What sort of problem it is."},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
            "detail": {**LONG_TEXT, "description": "What is wrong, and what to do."},
            "instance": {"type": "string", "format": "uri-reference", "maxLength": MAX_INTEGER},
            "docs": {**TEXT, "format": "uri-reference", "description": "Where what was asked for is described."},
            "errors": {
                "type": "array",
                "maxItems": MAX_LIST_LENGTH,
                "description": "Every fault by itself.",
                "items": fault(
                    {
                        "parameter": LONG_TEXT,
                        "pointer": {"type": "string", "format": "uri-reference", "maxLength": MAX_INTEGER},
                        "detail": LONG_TEXT,
                        "allowed": array_of(TEXT),
                        "did_you_mean": nullable(TEXT),
                    }
                ),
            },
        }
    ),
    "description": "A problem document (RFC 9457).",
}
