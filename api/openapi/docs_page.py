"""Documentation page: Swagger UI from the package flask-swagger-ui, without requests to other hosts.

Links contain the path of the configured base URL, which a proxy may remove from requests.
"""

from functools import cache, partial
from importlib.resources import files

from flask import Flask, Response, current_app, request
from markupsafe import escape

from api.http.compression import CONTENT_CODINGS, compress_stream, negotiate_coding
from api.http.conditional import etag_digest
from api.http.media_types import HTML
from api.http.negotiation import best_media_type
from api.http.query_params import parse_query
from api.http.urls import path_prefix
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema
from seed.settings import Settings

PACKAGE = files("flask_swagger_ui") / "dist"
HEADER_STYLE = "header, noscript { display: block; font: 1rem/1.5 sans-serif; padding: 0.8rem 20px 0; }"
TITLE_STYLE = ".swagger-ui .info .title small, .swagger-ui .info .title small.version-stamp { background: #3b4151; }"
"""Swagger UI's labels next to the title are white on a light colour: too little contrast (WCAG 1.4.3)."""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Readout: the API</title>
<link rel="stylesheet" href="%(prefix)s/docs/swagger-ui.css">
<style>%(style)s</style>
<link rel="icon" type="image/png" href="%(prefix)s/docs/favicon-32x32.png">
</head>
<body>
%(draft)s<header><a href="%(prefix)s/">Readout</a> · <a href="%(prefix)s/examples">Examples</a> · OpenAPI document:
<a href="%(prefix)s/openapi.json">openapi.json</a></header>
<noscript><p>This page needs JavaScript. Without it, there are <a href="%(prefix)s/llms.txt">the endpoints as text</a>,
<a href="%(prefix)s/examples">examples</a> and, in the repository, docs/querying.md.</p></noscript>
<main id="swagger-ui"></main>
<script src="%(prefix)s/docs/swagger-ui-bundle.js"></script>
<script src="%(prefix)s/docs/start.js"></script>
</body>
</html>
"""
DRAFT = "<p><strong>Draft: not published</strong></p>\n"
"""What the page says in a private copy with drafts."""
START_SCRIPT = b"""window.ui = SwaggerUIBundle({
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  displayOperationId: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""
ASSETS = {
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Only our own scripts, and nothing from other hosts. Swagger UI needs inline styles."""


def init_app(app: Flask) -> None:
    """Register the page and its assets."""
    content = MediaType(LONG_TEXT, "<!DOCTYPE html>\n<title>Readout: the API</title>\n")
    add_route(app, Endpoint("/docs", "The documentation of this API.", "docs", "service", {HTML: content}), page)
    for name in ASSETS:
        app.add_url_rule(f"/docs/{name}", f"docs {name}", partial(asset, name))


def page() -> Response:
    """Return the page, which loads the OpenAPI document and shows it."""
    parse_query(QuerySchema())
    best_media_type([HTML])
    settings: Settings = current_app.extensions["settings"]
    draft, style = DRAFT if settings.is_draft else "", HEADER_STYLE + TITLE_STYLE
    html = PAGE % {"prefix": escape(path_prefix()), "style": style, "draft": draft}
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"}
    return Response(html, headers=headers, content_type=HTML)


def asset(name: str) -> Response:
    """Return one file of the page."""
    parse_query(QuerySchema())
    coding = negotiate_coding(request.headers.get("Accept-Encoding", ""))
    response = Response(read_asset(name, coding), content_type=ASSETS[name])
    response.set_etag(etag_digest(f"{ASSETS[name]} {coding}", read_asset(name, "")))
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


@cache
def read_asset(name: str, coding: str) -> bytes:
    """Return the content of a file, compressed at most once for each content coding."""
    if coding:
        return b"".join(compress_stream([read_asset(name, "")], CONTENT_CODINGS[coding]()))
    return START_SCRIPT if name == "start.js" else (PACKAGE / name).read_bytes()
