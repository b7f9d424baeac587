"""Redirects from paths with a trailing slash."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

CACHE_CONTROL = "max-age=86400"


def redirect_without_slash() -> Response | None:
    """Return a redirect if the requested path exists without its trailing slash, otherwise None.

    The Location is relative to the request, so that it is right behind a proxy that removes a path prefix.
    """
    path = request.path.removesuffix("/")
    if path == request.path or not path_exists(path):
        return None
    location = f"../{quote(path.rpartition('/')[2])}"
    query = request.query_string.decode("latin-1")
    headers = {"Location": f"{location}?{query}" if query else location, "Cache-Control": CACHE_CONTROL}
    return Response(f"Moved to {location}\n", HTTPStatus.PERMANENT_REDIRECT, headers, content_type="text/plain")


def path_exists(path: str) -> bool:
    """Return whether a path has an endpoint, whatever the method."""
    try:
        current_app.url_map.bind("").match(path)
    except MethodNotAllowed:
        return True
    except NotFound:
        return False
    return True
