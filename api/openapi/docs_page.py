"""The description as a page for people: Swagger UI, from its package, served from here and from nowhere else."""

from functools import partial
from importlib.resources import files

from flask import Flask, Response

from api.http.query_params import parse_query
from api.http.serialization import best_media_type
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from schemas.query_schema import QuerySchema

HTML = "text/html; charset=utf-8"
PACKAGED = files("flask_swagger_ui") / "dist"
READABLE = ".swagger-ui .info .title small, .swagger-ui .info .title small.version-stamp { background: #3b4151; }"
"""Enough contrast for the labels beside the title, which Swagger UI sets white on a light colour (WCAG 1.4.3)."""
PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Readout: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>{READABLE}</style>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<main id="swagger-ui"><p>The same description for programs is at <a href="/openapi.json">/openapi.json</a>.</p></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = b"""window.ui = SwaggerUIBundle({
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
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from outside, and no script but ours. Swagger UI sets styles in the page."""


def init_app(app: Flask) -> None:
    """Add the page and what it is made of."""
    answer = MediaType(LONG_TEXT, "<!DOCTYPE html>\n<title>Readout: the API</title>\n")
    add_route(app, Endpoint("/docs", "This API, described for people.", "docs", "service", {HTML: answer}), page)
    for name, mimetype in ASSETS.items():
        content = (PACKAGED / name).read_bytes()
        app.add_url_rule(f"/docs/{name}", f"docs {name}", partial(asset, content, mimetype))
    app.add_url_rule("/docs/start.js", "docs start", partial(asset, START, ASSETS["swagger-ui-bundle.js"]))


def page() -> Response:
    """The page, which reads the description and shows it."""
    parse_query(QuerySchema())
    best_media_type(["text/html"])
    return Response(
        PAGE, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}, content_type=HTML
    )


def asset(content: bytes, mimetype: str) -> Response:
    """One file that the page is made of."""
    return Response(content, content_type=mimetype)
