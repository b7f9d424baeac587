"""Redirects from paths with a slash too many, at the beginning or at the end."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.http.urls import public_path

CACHE_CONTROL = "max-age=86400"


def init_app(app: Flask) -> None:
    """Redirect before a view is called."""
    app.before_request(redirect_to_one_slash)


def redirect_to_one_slash() -> Response | None:
    """Return a redirect if an existing path was requested with several slashes before it, otherwise None.

    Werkzeug would serve `//metrics` as `/metrics`, which a proxy may block, and the middleware, which compares whole
    paths, would treat it as another endpoint. The Location has the whole path: clients resolve references relative to
    an empty segment in different ways.
    """
    if not request.environ["PATH_INFO"].startswith("//") or not path_exists(request.path):
        return None
    return _redirect(public_path(quote(request.path)))


def redirect_without_slash() -> Response | None:
    """Return a redirect if the requested path exists without its trailing slash, otherwise None.

    The Location is relative to the request, so that it is right behind a proxy that removes a path prefix.
    """
    path = request.path.removesuffix("/")
    if path == request.path or not path_exists(path):
        return None
    return _redirect(f"../{quote(path.rpartition('/')[2])}")


def _redirect(location: str) -> Response:
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
