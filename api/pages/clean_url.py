"""Redirect from a form that was sent with empty fields to the URL without them."""

from http import HTTPStatus

from flask import Response, request

from api.pages.links import with_query


def redirect_without_empty() -> Response | None:
    """Return a redirect if a parameter of the request is empty, otherwise None.

    A browser sends every field of a form. The Location is relative, so that it is right behind a proxy.
    """
    parameters = list(request.args.items(multi=True))
    others = [(name, value) for name, value in parameters if value.strip()]
    if len(others) == len(parameters):
        return None
    location = with_query(request.path.rpartition("/")[2] or ".", others)
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(f"See {location}\n", HTTPStatus.SEE_OTHER, headers, content_type="text/plain")
