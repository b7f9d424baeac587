"""The OpenAPI 3.1 document, generated from the endpoints and the record types.

Why not apispec for the whole document: its `path` adds nothing to endpoints that are already declared.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial

import msgspec.json
from flask import Flask, Response

from api.http.query_params import parse_query
from api.http.serialization import JSON, json_response, pretty
from api.http.urls import base_url
from api.lists.formats import FORMATS, Format
from api.lists.markdown import PURPOSE as MARKDOWN_PURPOSE
from api.lists.markdown import SUFFIX as MARKDOWN_SUFFIX
from api.openapi.components import schema_components
from api.openapi.json_schema import Json
from api.openapi.parameters import parameters_for
from api.openapi.responses import content_of, header_components, problem_components, responses_for
from api.openapi.routes import Endpoint, MediaType, add_route, all_endpoints
from api.openapi.schemas import value_examples
from api.openapi.selection import OPERATION, DescriptionQuery, select_operations
from api.openapi.shared import (
    share_bodies,
    share_lists,
    share_parameters,
    share_properties,
    share_responses,
    share_schemas,
)
from api.service.index import ABOUT
from schemas import RECORDS
from schemas.json_schema import OPENAPI_VERSION
from schemas.version import VERSION

FORMATS_OF_LISTS = """Every path has several formats. A suffix selects one, as in `/events.csv`; without a suffix, the
`Accept` header does.

The formats of a list:
"""
FORMATS_OF_OTHERS = f"""- `{MARKDOWN_SUFFIX}`: a page of them, {MARKDOWN_PURPOSE}

A view has the same content in each of its formats. A record has `.json`, `.txt` and `.md`, and some have `.atom`."""
SECURITY_SCHEME = "bearer"
SECURITY_SCHEMES = {SECURITY_SCHEME: {"type": "http", "scheme": "bearer", "description": "A token of the operator."}}
MAX_CACHED_DOCUMENTS = 16
"""Number of base URLs for which the document is cached; generating it is slow."""


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    content = MediaType({"type": "object", "description": "An OpenAPI document."}, {"openapi": OPENAPI_VERSION})
    purpose = "The OpenAPI 3.1 description of this API, or of some of its operations."
    render = lru_cache(maxsize=MAX_CACHED_DOCUMENTS)(lambda base: serialize(document(base, all_endpoints())))
    endpoint = Endpoint("/openapi.json", purpose, "describe", "service", {JSON: content}, DescriptionQuery())
    add_route(app, endpoint, partial(get_document, render))


def serialize(document: Json) -> bytes:
    """Serialize the document with one space per level: it is deep, and a second space is a fifth of it."""
    return pretty(msgspec.json.encode(document), indent=1)


def get_document(render: Callable[[str], bytes]) -> Response:
    """Return the document for the base URL of the request, or the part of it about the operations that are named."""
    query, whole = parse_query(DescriptionQuery()), render(base_url())
    if OPERATION not in query:
        return json_response(whole)
    return json_response(serialize(select_operations(msgspec.json.decode(whole), query[OPERATION])))


def document(base: str, endpoints: list[Endpoint]) -> Json:
    """Return the document that describes these endpoints under a base URL."""
    schemas: Json = {}
    schemas |= share_schemas(schema_components(), schemas)
    shared = share_schemas(paths(endpoints), schemas)
    headers = share_schemas(header_components(), schemas)
    for name in value_examples().keys() & schemas.keys():
        schemas[name]["examples"] = [value_examples()[name]]
    share_properties(schemas)
    share_lists(schemas)
    components = {
        "schemas": schemas,
        "parameters": share_parameters(shared),
        "headers": headers,
        "responses": problem_components(endpoints) | share_responses(shared),
        "requestBodies": share_bodies(shared),
        "securitySchemes": SECURITY_SCHEMES if any(endpoint.scope for endpoint in endpoints) else {},
    }
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "Readout",
            "version": VERSION,
            "summary": "A REST API for negotiations, with the source of every record.",
            "description": "\n".join([f"{ABOUT}\n", FORMATS_OF_LISTS, *map(_purpose, FORMATS), FORMATS_OF_OTHERS]),
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The Readout authors", "url": f"{base}/"},
        },
        "servers": [{"url": base, "description": "The server of this document."}],
        "security": [],
        "tags": [{"name": tag, "description": description} for tag, description in tags().items()],
        "paths": shared,
        "components": {kind: each for kind, each in components.items() if each},
    }


def _purpose(format: Format) -> str:
    return f"- `{format.suffix}`: {format.purpose}" if format.suffix else f"- {format.purpose}"


def paths(endpoints: Iterable[Endpoint]) -> Json:
    """Return the operations by path and method. Paths that differ by the suffix of a format are one."""
    formats: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in endpoints:
        formats.setdefault((endpoint.path.removesuffix(endpoint.suffix), endpoint.method), []).append(endpoint)
    operations: Json = {}
    for (path, method), group in formats.items():
        operations.setdefault(path, {})[method.lower()] = operation(*group)
    return operations


def tags() -> dict[str, str]:
    """Return the groups of operations: views, one for each record type, and the service itself."""
    types = {plural: (record.__doc__ or "").strip() for plural, record in RECORDS.items()}
    views = "What is derived from the records. Each value names the records it is derived from."
    return {"views": views, **types, "service": "The service itself: endpoints, vocabularies, description, health."}


def operation(endpoint: Endpoint, *others: Endpoint) -> Json:
    """Return the Operation Object of an endpoint and of the same in other formats, each with a suffix of its own."""
    in_path = [{"name": name, "in": "path", "required": True, **value} for name, value in endpoint.path_values.items()]
    body = {"required": True, "content": content_of(endpoint.request)}
    return {
        "operationId": endpoint.operation,
        "summary": endpoint.purpose.rstrip("."),
        "description": _formats(endpoint, others) if others else endpoint.purpose,
        "tags": [endpoint.tag],
        "parameters": [*in_path, *parameters_for(endpoint.query), *endpoint.headers],
        **({"requestBody": body} if endpoint.request else {}),
        **({"security": [{SECURITY_SCHEME: [endpoint.scope]}]} if endpoint.scope else {}),
        "responses": responses_for(endpoint),
    }


def _formats(endpoint: Endpoint, others: Iterable[Endpoint]) -> str:
    """Return the suffixes for other formats, each with the parameters that only one of the two formats takes."""
    suffixes: dict[str, list[str]] = {}
    for other in others:
        suffixes.setdefault(_differences(endpoint, other), []).append(other.suffix)
    return "\n".join(["Other formats:"] + [f"- {_list(same)}{difference}" for difference, same in suffixes.items()])


def _differences(endpoint: Endpoint, other: Endpoint) -> str:
    """Return the parameters that only one of two formats takes."""
    names, others = endpoint.query.fields.keys(), other.query.fields.keys()
    also = f" with {_list(sorted(others - names))}" if others - names else ""
    without = f" without {_list(sorted(names - others))}" if names - others else ""
    return f":{','.join(filter(None, (also, without)))}" if also or without else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
