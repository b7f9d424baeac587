"""Endpoints: each is declared once, for the router, the index and the OpenAPI document."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Flask, Response, current_app
from marshmallow import Schema
from werkzeug.routing import BaseConverter

from schemas import RECORDS
from schemas.query_schema import QuerySchema

EXAMPLE_BASE = "http://127.0.0.1:8000"
"""The base URL used in examples."""

PAGE_ENDPOINT = "Page"
"""The end of the name of a page's Flask endpoint, after the operation id."""

YAML_SUFFIX = ".yaml"

EMBED_PREFIX = "/embed"
"""The start of the paths of pages that may be framed."""


class StemConverter(BaseConverter):
    """A segment of a path without a suffix."""

    regex = "[^/.]+"


class RecordTypeConverter(BaseConverter):
    """A segment of a path that is the name of a record type."""

    regex = "|".join(RECORDS)


class MediaType(NamedTuple):
    """The content of a 200 response in one media type: its JSON Schema and an example."""

    schema: Mapping[str, Any]
    example: Any = None
    """None if the properties of the schema have examples."""


class Endpoint(NamedTuple):
    """A path with its purpose, its operation id and what it accepts and returns."""

    path: str
    """The path, with {placeholders}."""
    purpose: str
    """One sentence on what it returns."""
    operation: str
    """The operationId, from which client generators name their functions. Formats of one path share it."""
    tag: str
    responses: Mapping[str, MediaType]
    """The content of the 200 response by media type; empty if `suffix` selects another format than JSON."""
    query: Schema = QuerySchema()
    path_values: Mapping[str, Mapping[str, Any]] = {}
    """Description, JSON Schema and example of each placeholder."""
    pages: bool = False
    """Whether a Link header points to the next and the previous page."""
    cacheable: bool = True
    """Whether the response has validators and may be cached."""
    ranges: bool = False
    """Whether it supports byte ranges."""
    method: str = "GET"
    headers: tuple[Mapping[str, Any], ...] = ()
    """The request headers that it takes besides those of all endpoints, as Parameter Objects."""
    request: Mapping[str, MediaType] = {}
    """The content of the request body by media type; empty without a body."""
    scope: str | None = None
    """What a token must allow to use it; None if it needs no token."""
    statuses: tuple[int, ...] = (HTTPStatus.OK,)
    """The statuses of its success."""
    dry_run: MediaType | None = None
    """The JSON of a 200 that only shows what would change; None if there is no such request."""
    suffix: str = ""
    """The end of the path if it only selects the format; without it, the Accept header does."""

    def in_format(self, suffix: str, purpose: str, query: Schema) -> "Endpoint":
        """Return the same in another format than JSON, which the path selects by a suffix."""
        path = self.path + suffix
        return self._replace(path=path, suffix=suffix, purpose=purpose, query=query, responses={})

    @property
    def name(self) -> str:
        """The name of its rule in the router."""
        return self.operation + self.suffix.removeprefix(".").title()

    @property
    def docs(self) -> str:
        """The path of its description on the documentation page."""
        return f"/docs#/{self.tag}/{self.operation}"


def add_route(app: Flask, endpoint: Endpoint, view: Callable[..., Response]) -> None:
    """Serve an endpoint with a view function. Flask adds HEAD to GET, and OPTIONS to both."""
    rule = _rule(endpoint.path)
    if endpoint.scope:
        rule = rule.replace("<id>", "<stem:id>")  # what ends in a suffix is for reading
    app.add_url_rule(rule, endpoint.name, view, methods=[endpoint.method])
    app.extensions.setdefault("endpoints", []).append(endpoint)
    if endpoint.method == "GET":
        app.extensions.setdefault("endpoints_by_rule", {})[_rule(endpoint.path)] = endpoint


def add_page(app: Flask, path: str, operation: str, view: Callable[..., Response]) -> None:
    """Serve the page of a path at that path with the suffix `.html`. Pages are for people: no document lists them."""
    app.add_url_rule(f"{_rule(path)}.html", operation + PAGE_ENDPOINT, view)


def add_embed(app: Flask, path: str, operation: str, view: Callable[..., Response]) -> None:
    """Serve the page of a path for the frames of other sites."""
    app.add_url_rule(EMBED_PREFIX + _rule(path), operation + "Embed", view)


def add_preview(app: Flask, path: str, operation: str, view: Callable[..., Response]) -> None:
    """Serve the preview of a page, which the page names for sites that link to it."""
    app.add_url_rule(f"{_rule(path)}.png", operation + "Preview", view)


def endpoint_of_rule(rule: str) -> Endpoint | None:
    """Return the endpoint for reading with the rule of its path in the router."""
    endpoints: dict[str, Endpoint] = current_app.extensions["endpoints_by_rule"]
    return endpoints.get(rule)


def _rule(path: str) -> str:
    return path.replace("{type}", "<type:type>").replace("{", "<").replace("}", ">")


@cache
def path_of_rule(rule: str) -> str:
    """Return the path of a rule in the router, with {placeholders}."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def all_endpoints() -> list[Endpoint]:
    """Return every endpoint in the order of registration."""
    endpoints: list[Endpoint] = current_app.extensions["endpoints"]
    return endpoints
