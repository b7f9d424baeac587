"""The endpoints: each is declared once, with what it answers, for the router, the index and the description."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Flask, Response, current_app
from marshmallow import Schema

from schemas.query_schema import QuerySchema

EXAMPLE_BASE = "http://127.0.0.1:8000"
"""The address that examples begin with."""


class MediaType(NamedTuple):
    """What a 200 holds in one media type: its JSON Schema, and an example."""

    schema: Mapping[str, Any]
    example: Any


class Endpoint(NamedTuple):
    """A path, with {placeholders}; what it answers, in one line; and the name of the operation, for client code."""

    path: str
    purpose: str
    operation: str
    tag: str
    responses: Mapping[str, MediaType]
    """By media type."""
    query: Schema = QuerySchema()
    path_values: Mapping[str, Mapping[str, Any]] = {}
    """The JSON Schema of each placeholder, with its example."""
    pages: bool = False
    """Whether a Link header leads to the pages around."""
    cacheable: bool = True
    """Whether the answer may be kept, and be asked for again by its validators."""
    request_media_type: str | None = None
    """The media type of the body that is sent to it; None where it is only read."""

    @property
    def docs(self) -> str:
        """Where it is described for people."""
        return f"/docs#/{self.tag}/{self.operation}"

    @property
    def method(self) -> str:
        """The method to ask by."""
        return "POST" if self.request_media_type else "GET"


def add_route(app: Flask, endpoint: Endpoint, view: Callable[..., Response]) -> None:
    """Answer a path with a view. HEAD comes with GET, and OPTIONS with either."""
    rule = endpoint.path.replace("{", "<").replace("}", ">")
    app.add_url_rule(rule, endpoint.operation, view, methods=[endpoint.method])
    app.extensions.setdefault("endpoints", []).append(endpoint)


def all_endpoints() -> list[Endpoint]:
    """Every endpoint, in the order in which they were added."""
    endpoints: list[Endpoint] = current_app.extensions["endpoints"]
    return endpoints
