"""Documentation page: Swagger UI from the package flask-swagger-ui, without requests to other hosts."""

from functools import partial
from importlib.resources import files

from flask import Flask, Response

from api.http.negotiation import best_media_type
from api.http.query_params import parse_query
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema

HTML = "text/html; charset=utf-8"
PACKAGE = files("flask_swagger_ui") / "dist"
TITLE_STYLE = ".swagger-ui .info .title small, .swagger-ui .info .title small.version-stamp { background: #3b4151; }"
"""Swagger UI's labels next to the title are white on a light colour: too little contrast (WCAG 1.4.3)."""
PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Readout: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>{TITLE_STYLE}</style>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<main id="swagger-ui"><p>The machine-readable description is at <a href="/openapi.json">/openapi.json</a>.</p></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START_SCRIPT = b"""window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
"""
ASSETS = {
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
    for name, mimetype in ASSETS.items():
        data = (PACKAGE / name).read_bytes()
        app.add_url_rule(f"/docs/{name}", f"docs {name}", partial(asset, data, mimetype))
    app.add_url_rule("/docs/start.js", "docs start", partial(asset, START_SCRIPT, ASSETS["swagger-ui-bundle.js"]))


def page() -> Response:
    """Return the page, which loads the OpenAPI document and shows it."""
    parse_query(QuerySchema())
    best_media_type(["text/html"])
    return Response(
        PAGE,
        headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "no-referrer"},
        content_type=HTML,
    )


def asset(data: bytes, mimetype: str) -> Response:
    """Return one file of the page."""
    return Response(data, content_type=mimetype)
