"""Security contact (RFC 9116), if the operator has configured one."""

from flask import Flask, Response, current_app

from api.http.media_types import TEXT
from api.http.query_params import parse_query
from api.http.urls import base_url
from schemas.query_schema import QuerySchema
from seed.settings import Settings

PATH = "/.well-known/security.txt"


def init_app(app: Flask) -> None:
    """Add the file if a contact is configured."""
    if app.extensions["settings"].security_contact:
        app.add_url_rule(PATH, "security", security)


def security() -> Response:
    """Return the contact, its expiry date and the canonical URL."""
    parse_query(QuerySchema())
    settings: Settings = current_app.extensions["settings"]
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {settings.security_expires}T23:59:59Z",
        "Preferred-Languages: en",
        f"Canonical: {base_url()}{PATH}",
    )
    return Response("\n".join((*lines, "")), content_type=TEXT)
