"""Whom to tell of a weakness (RFC 9116), where whoever runs the service has named somebody."""

from flask import Flask, Response, current_app

from api.bodies import base_url
from api.queries import asked
from schemas.query import Parameters

PATH = "/.well-known/security.txt"


def init_app(app: Flask) -> None:
    """Add the file, if there is anything to say in it."""
    if app.extensions["settings"]["security_contact"]:
        app.add_url_rule(PATH, "security", security)


def security() -> Response:
    """Whom to tell, until which day that holds, and where it says so."""
    asked(Parameters())
    chosen = current_app.extensions["settings"]
    lines = (
        f"Contact: {chosen['security_contact']}",
        f"Expires: {chosen['security_expires']}T23:59:59Z",
        "Preferred-Languages: en",
        f"Canonical: {base_url()}{PATH}",
    )
    return Response("\n".join((*lines, "")), content_type="text/plain; charset=utf-8")
