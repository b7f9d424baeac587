"""What crawlers may read (RFC 9309): neither downloads nor past revisions."""

from flask import Flask, Response

from api.http.media_types import TEXT
from api.http.query_params import parse_query
from schemas.query_schema import QuerySchema

PATH = "/robots.txt"
RULES = "User-agent: *\nDisallow: /export/\nDisallow: /*known_at=\n"


def init_app(app: Flask) -> None:
    """Add the file."""
    app.add_url_rule(PATH, "robots", robots)


def robots() -> Response:
    """Return the rules, which are the same for every crawler."""
    parse_query(QuerySchema())
    return Response(RULES, content_type=TEXT)
