"""Problem documents (RFC 9457) for every error: what is wrong, and what to do."""

import json
import sqlite3
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, ServiceUnavailable
from werkzeug.http import HTTP_STATUS_CODES

from api.openapi.routes import all_endpoints
from schemas.errors import FieldError, nearest
from seed.storage.sqlite_file import DatabaseUnavailable

PROBLEM_JSON = "application/problem+json"
MAX_DETAIL_LENGTH = 2000
"""Maximum length in characters of a detail or a pointer."""
RETRY_AFTER_SECONDS = 5
"""Seconds after which a client should try again."""

CORRUPTION_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""SQLite error codes of a database that cannot be read."""
NO_TEXT = "Could not decode to UTF-8"
"""Message of sqlite3 for text that is not UTF-8; there is no error code for it."""
UPSTREAM_ERROR = "readout.failed"
"""Key of the WSGI environ for an error that was raised outside Flask."""
KEPT_HEADERS = {"Accept-Encoding", "Accept-Post", "Allow", "Location", "Retry-After"}
"""Headers of an error response that belong to the error."""


class InvalidInput(Exception):
    """Invalid input, with every error in it."""

    def __init__(self, faults: Iterable[FieldError]) -> None:
        self.errors = list(faults)
        super().__init__("; ".join(map(str, self.errors)))


class InvalidQuery(InvalidInput):
    """Invalid query; the pointer of an error names the parameter."""


class InvalidBody(InvalidInput):
    """Invalid request body; the pointer of an error points into it."""


def init_app(app: Flask) -> None:
    """Answer every error with a problem document."""
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(InvalidQuery, query_problem)
    app.register_error_handler(InvalidBody, body_problem)
    app.register_error_handler(DatabaseUnavailable, database_unavailable)
    app.register_error_handler(sqlite3.DatabaseError, database_error)
    app.register_error_handler(OSError, resource_exhausted)
    app.register_error_handler(Exception, unexpected_problem)
    app.before_request(raise_upstream_error)


def raise_upstream_error() -> None:
    """Raise an error that was caught outside Flask."""
    failed: Exception | None = request.environ.get(UPSTREAM_ERROR)
    if failed is not None:
        raise failed


def problem(
    status: int, detail: str, errors: Iterable[dict[str, Any]] = (), headers: dict[str, str] | None = None
) -> Response:
    """Return a problem document; `errors` names each parameter, what is allowed, and the nearest value."""
    answer = Response(problem_document(status, detail, quote(request.path), docs(), errors), status, headers)
    answer.content_type = PROBLEM_JSON
    answer.headers["Cache-Control"] = "no-store"
    return answer


def docs() -> str:
    """Return the URL of the documentation of this endpoint, or of everything."""
    asked = (endpoint.docs for endpoint in all_endpoints() if endpoint.operation == request.endpoint)
    return next(asked, "/docs")


def problem_document(
    status: int,
    detail: str,
    instance: str,
    docs: str,
    errors: Iterable[dict[str, Any]] = (),
    *,
    type: str = "about:blank",
) -> str:
    """Return a problem document as JSON text; `instance` is the path of the request."""
    body = {
        "type": type,
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": detail,
        "instance": instance,
        "docs": docs,
        "errors": list(errors),
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def http_problem(error: HTTPException) -> Response:
    """Convert an HTTPException of Werkzeug or Flask, keeping headers such as Allow.

    Flask raises a 500 if finishing a response failed; the original exception has a better handler.
    """
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        return current_app.make_response(current_app.handle_user_exception(error.original_exception))
    status = error.code or 500
    detail = str(error.description)
    if isinstance(error, NotFound) and error.description == NotFound.description:
        detail = suggest_path()
    kept = {name: value for name, value in error.get_response().headers if name in KEPT_HEADERS}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible here; use one of {kept.get('Allow')}."
    return problem(status, detail, headers=kept)


def query_problem(error: InvalidQuery) -> Response:
    """Convert an invalid query to a 400 that names every wrong parameter."""
    errors = [{"parameter": fault.pointer.removeprefix("/"), **_told(fault)} for fault in error.errors]
    names = ", ".join(dict.fromkeys(f"{error['parameter']!r}" for error in errors))
    return problem(400, f"Correct the query: {names}; `errors` says how.", errors)


def body_problem(error: InvalidBody) -> Response:
    """Convert an invalid body to a 422 with a JSON pointer in a URI fragment (RFC 6901) for every error."""
    errors = [{"pointer": f"#{quote(truncate(fault.pointer))}", **_told(fault)} for fault in error.errors]
    return problem(422, "Correct the body; `errors` says where and how.", errors)


def _told(fault: FieldError) -> dict[str, Any]:
    return {"detail": truncate(fault.detail), "allowed": list(fault.allowed), "did_you_mean": fault.did_you_mean}


def truncate(text: str) -> str:
    """Shorten a text that may repeat what a client sent."""
    return text if len(text) <= MAX_DETAIL_LENGTH else f"{text[:MAX_DETAIL_LENGTH]}…"


def unavailable(detail: str) -> Response:
    """Return a 503 with Retry-After."""
    return problem(ServiceUnavailable.code, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def database_unavailable(error: DatabaseUnavailable) -> Response:
    """Convert an unavailable database to a 503."""
    current_app.logger.error("%s", error)
    detail = "The data cannot be read at the moment; try again in a few seconds."
    return unavailable(detail)


def database_error(error: sqlite3.DatabaseError) -> Response:
    """Convert a database error: corruption to a 503, anything else to a 500."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits are an extended error code
    if code == sqlite3.SQLITE_INTERRUPT:
        return query_timeout()
    if code == sqlite3.SQLITE_FULL:
        return resource_exhausted(error)
    if code in CORRUPTION_CODES or str(error).startswith(NO_TEXT):
        name = getattr(error, "sqlite_errorname", "not UTF-8")
        return database_unavailable(DatabaseUnavailable(f"The file cannot be read on: {error} ({name})."))
    return unexpected_problem(error)


def resource_exhausted(error: Exception) -> Response:
    """Convert a lack of disk space or file descriptors to a 503."""
    current_app.logger.error("%s %s: %s", request.method, request.path, error)
    detail = "The server lacks room or open files to answer at the moment; try again in a few seconds."
    return unavailable(detail)


def query_timeout() -> Response:
    """Convert a query timeout to a 503."""
    seconds = current_app.extensions["settings"].query_timeout
    current_app.logger.warning("%s took longer than %g seconds", request.full_path, seconds)
    detail = f"This took longer than the {seconds:g} seconds that there are for one answer; ask for less at once."
    return unavailable(detail)


def unexpected_problem(error: Exception) -> Response:
    """Log an unexpected error in full and answer with a 500 that reveals nothing."""
    current_app.logger.exception("%s %s", request.method, request.path, exc_info=error)
    return problem(InternalServerError.code, "The server failed to answer. The fault is ours and has been logged.")


def suggest_path() -> str:
    """Return a 404 message that suggests the nearest path."""
    places = sorted({rule.rule for rule in current_app.url_map.iter_rules() if not rule.arguments})
    near = nearest(request.path, places)
    hint = f" Did you mean {near}?" if near else ""
    return f"There is nothing at {request.path}.{hint} / lists every endpoint."
