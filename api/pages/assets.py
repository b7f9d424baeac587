"""The stylesheet and the icon of the pages. The stylesheet never expires: its path changes with its content."""

import hashlib
from functools import cache, partial
from importlib.resources import files

from flask import Flask, Response

from api.http.query_params import parse_query
from schemas.query_schema import QuerySchema

FOLDER = files("api.pages") / "static"
NEVER_EXPIRES = "public, max-age=31536000, immutable"
ONE_DAY = "max-age=86400"


@cache
def read_asset(name: str) -> bytes:
    """Return the content of a file."""
    return (FOLDER / name).read_bytes()


STYLESHEET_PATH = f"/assets/{hashlib.sha256(read_asset('readout.css')).hexdigest()[:12]}.css"
ICON_PATH = "/favicon.ico"
"""Browsers ask for an icon at this path, whatever its type."""


def init_app(app: Flask) -> None:
    """Register the files."""
    for path, name, mimetype, caching in (
        (STYLESHEET_PATH, "readout.css", "text/css; charset=utf-8", NEVER_EXPIRES),
        (ICON_PATH, "icon.svg", "image/svg+xml", ONE_DAY),
    ):
        app.add_url_rule(path, f"assets {name}", partial(asset, name, mimetype, caching))


def asset(name: str, mimetype: str, caching: str) -> Response:
    """Return a file."""
    parse_query(QuerySchema())
    return Response(read_asset(name), headers={"Cache-Control": caching}, content_type=mimetype)
