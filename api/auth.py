"""Authentication of writes: bearer tokens (RFC 6750) from the file that READOUT_TOKENS names."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, current_app
from flask_httpauth import HTTPTokenAuth
from werkzeug.exceptions import ServiceUnavailable

from api.http.problems import RETRY_AFTER_SECONDS, problem
from api.openapi.routes import Endpoint, add_route
from seed.settings import InvalidSettings
from seed.tokens import Token, find_token, read_tokens

AUTH = "token_auth"
DETAILS = {
    HTTPStatus.UNAUTHORIZED: "Writing needs a valid token of the operator: send Authorization: Bearer TOKEN.",
    HTTPStatus.FORBIDDEN: "Your token does not allow this. Ask the operator for one with the scope of this operation.",
}


def init_app(app: Flask) -> None:
    """Read the token file, if the server takes writes. Raise InvalidSettings if the file is invalid."""
    if (path := app.extensions["settings"].tokens) is None:
        return
    read_tokens(Path(path))
    auth = app.extensions[AUTH] = HTTPTokenAuth("Bearer", realm="Readout")
    auth.verify_token(verify_token)
    auth.get_user_roles(lambda token: token.scopes)
    auth.error_handler(lambda status: problem(status, DETAILS[HTTPStatus(status)]))


def add_write(app: Flask, endpoint: Endpoint, view: Callable[..., Response]) -> None:
    """Serve an endpoint to those whose token has its scope; to nobody if the server takes no writes."""
    if auth := app.extensions.get(AUTH):
        add_route(app, endpoint, auth.login_required(role=endpoint.scope)(view))


def verify_token(token: str | None) -> Token | None:
    """Return what the file has of a valid token, or None. Raise ServiceUnavailable if the file became invalid."""
    if not token:
        return None
    try:
        return find_token(Path(current_app.extensions["settings"].tokens), token)
    except InvalidSettings as error:
        current_app.logger.error("%s", error)
        raise ServiceUnavailable("Tokens cannot be checked at the moment.", retry_after=RETRY_AFTER_SECONDS) from None


def current_token() -> Token:
    """Return the token of the request."""
    token: Token = current_app.extensions[AUTH].current_user()
    return token
