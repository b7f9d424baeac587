"""The bearer token of a request (RFC 6750), for limits: guesses do not count against a valid one."""

from pathlib import Path

from werkzeug.datastructures import Authorization

from api.middleware.headers import request_headers
from api.middleware.types import Scope
from seed.settings import InvalidSettings
from seed.tokens import Token, find_token


def valid_token(scope: Scope, tokens: Path) -> Token | None:
    """Return the file's entry for the token of a request, or None if the token or the file is invalid."""
    header = request_headers(scope).get(b"authorization", b"").decode("latin-1")
    if not header.lower().startswith("bearer "):  # Werkzeug would parse every parameter of a long Digest header
        return None
    authorization = Authorization.from_header(header)
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return None
    try:
        return find_token(tokens, authorization.token)
    except InvalidSettings:
        return None  # Flask reports it
