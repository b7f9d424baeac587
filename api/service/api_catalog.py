"""The API catalog (RFC 9727): where programs find the description of the API, as a set of links (RFC 9264)."""

from flask import Flask, Response

from api.http.query_params import parse_query
from api.http.serialization import dump_json
from api.http.urls import base_url
from schemas.query_schema import QuerySchema

PATH = "/.well-known/api-catalog"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
LINKS = {
    "service-desc": ("/openapi.json", "application/json"),
    "service-doc": ("/docs", "text/html"),
    "status": ("/readyz", "application/json"),
}
"""The relations of RFC 8631, each with a path and its media type."""


def init_app(app: Flask) -> None:
    """Add the catalog."""
    app.add_url_rule(PATH, "apiCatalog", api_catalog)


def api_catalog() -> Response:
    """Return the links of this API, the only one in the catalog."""
    parse_query(QuerySchema())
    base = base_url()
    links = {relation: [{"href": base + path, "type": media_type}] for relation, (path, media_type) in LINKS.items()}
    response = Response(dump_json({"linkset": [{"anchor": f"{base}/", **links}]}), content_type=LINKSET)
    response.headers["Link"] = f'<{base}{PATH}>; rel="api-catalog"'
    return response
