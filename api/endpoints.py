"""The endpoints: each is declared with its path, its view and its purpose, and listed by the index."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, Response, current_app


class Endpoint(NamedTuple):
    """A path, with {placeholders}, and in one line what it answers."""

    path: str
    purpose: str


def add(app: Flask, endpoint: Endpoint, view: Callable[..., Response]) -> None:
    """Answer a path with a view. GET alone is named; HEAD and OPTIONS come with it."""
    rule = endpoint.path.replace("{", "<").replace("}", ">")
    app.add_url_rule(rule, endpoint.path, view, methods=["GET"])
    app.extensions.setdefault("endpoints", []).append(endpoint)


def all_endpoints() -> list[Endpoint]:
    """Every endpoint, in the order in which they were added."""
    endpoints: list[Endpoint] = current_app.extensions["endpoints"]
    return endpoints
