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
STYLESHEET = ("palette.css", "readout.css")
"""The files of the stylesheet; pictures share the palette."""
ICON_PATH = "/favicon.ico"
"""Browsers ask for an icon at this path, whatever its type."""


@cache
def read_asset(*names: str) -> bytes:
    """Return the content of one or more files."""
    return b"".join((FOLDER / name).read_bytes() for name in names)


STYLESHEET_PATH = f"/assets/{hashlib.sha256(read_asset(*STYLESHEET)).hexdigest()[:12]}.css"


def init_app(app: Flask) -> None:
    """Register the files."""
    for path, names, mimetype, caching in (
        (STYLESHEET_PATH, STYLESHEET, "text/css; charset=utf-8", NEVER_EXPIRES),
        (ICON_PATH, ("icon.svg",), "image/svg+xml", ONE_DAY),
    ):
        app.add_url_rule(path, f"assets {names[-1]}", partial(asset, names, mimetype, caching))


def asset(names: tuple[str, ...], mimetype: str, caching: str) -> Response:
    """Return one or more files as one."""
    parse_query(QuerySchema())
    return Response(read_asset(*names), headers={"Cache-Control": caching}, content_type=mimetype)
