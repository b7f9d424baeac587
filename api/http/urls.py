"""URLs of this server: the prefix of absolute links and the path prefix behind a proxy."""

import re
from urllib.parse import urlencode

from flask import current_app, g, request
from werkzeug.exceptions import BadRequest

from api.database import known_at
from schemas.query_schema import KNOWN_AT

HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url() -> str:
    """Return the prefix of absolute links, without a trailing slash: as configured, or from the request."""
    base: str | None = g.get("base_url")
    if base is None:
        base = g.base_url = str(current_app.extensions["settings"].base_url or _request_base_url()).rstrip("/")
    return base


def data_url(path: str) -> str:
    """Return the absolute URL of data at a path, with `known_at` of the request."""
    return base_url() + with_known_at(path)


def with_known_at(url: str) -> str:
    """Return a URL with `known_at` of the request, which is added before the fragment."""
    known = known_at()
    if known is None:
        return url
    url, mark, fragment = url.partition("#")
    return f"{url}{'&' if '?' in url else '?'}{urlencode({KNOWN_AT: known.text}, safe=':')}{mark}{fragment}"


def path_prefix() -> str:
    """Return the path prefix of the settings."""
    prefix: str = current_app.extensions["settings"].path_prefix
    return prefix


def public_path(path: str) -> str:
    """Return a path of this server as clients request it, with the path prefix."""
    return path_prefix() + path


def has_base_url() -> bool:
    """Return whether absolute links are possible: they need a configured base URL or a valid Host header."""
    return bool(current_app.extensions["settings"].base_url or HOST.fullmatch(request.host))


def _request_base_url() -> str:
    """Return scheme and host of the request. Raise BadRequest if the Host header is invalid."""
    if not HOST.fullmatch(request.host):
        raise BadRequest("The Host header must be a host name or an IP address, optionally with a port.")
    return f"{request.scheme}://{request.host}"
