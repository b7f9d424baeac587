"""The index: every endpoint with its purpose."""

from flask import Flask, Response

from api.http.query_params import parse_query
from api.http.serialization import JSON, dump_json, json_response
from api.http.urls import base_url
from api.openapi.json_schema import TEXT, Json, array_of, object_of, url_schema, url_template_schema
from api.openapi.routes import Endpoint, MediaType, add_route, all_endpoints
from api.pages.front_page import page_front
from api.pages.page import wants_page
from api.service.api_catalog import LINKS
from schemas.query_schema import DataQuery

ABOUT = (
    "Negotiations as data: who proposed what, who took which position on it, when, on whose account, "
    "and in which paragraph of the source."
)


def init_app(app: Flask) -> None:
    """Add the index."""
    docs = url_schema("The URL of its documentation.")
    url = url_template_schema("The URL, a template (RFC 6570) if it has {placeholders}.")
    entry = object_of({"url": url, "purpose": TEXT, "docs": docs}, "IndexEntry")
    example = {"name": "Readout", "about": ABOUT, "endpoints": []}
    content = MediaType(object_of({"name": TEXT, "about": TEXT, "endpoints": array_of(entry)}, "ServiceIndex"), example)
    purpose = "Every endpoint with its purpose."
    add_route(app, Endpoint("/", purpose, "index", "service", {JSON: content}, DataQuery()), index)


def index() -> Response:
    """Return the index as a page or as JSON, with links to the description of the API (RFC 8631)."""
    parse_query(DataQuery())
    base = base_url()
    response = page_front(ABOUT) if wants_page() else json_response(dump_json(_listing(base)))
    response.headers["Link"] = ", ".join(f'<{base}{path}>; rel="{relation}"' for relation, (path, _) in LINKS.items())
    return response


def _listing(base: str) -> Json:
    """Return the name of the service and every endpoint that needs no token."""
    endpoints = [
        {"url": base + endpoint.path, "purpose": endpoint.purpose, "docs": base + endpoint.docs}
        for endpoint in all_endpoints()
        if endpoint.scope is None
    ]
    return {"name": "Readout", "about": ABOUT, "endpoints": endpoints}
