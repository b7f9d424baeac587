"""Every error as a problem document (RFC 9457): what is wrong, and how to put it right."""

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
"""Characters of a detail or a pointer that are told."""
RETRY_AFTER_SECONDS = 5
"""Seconds after which what could not be answered is worth another try."""

CORRUPTION_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""SQLite's codes for a file that cannot be read."""
NO_TEXT = "Could not decode to UTF-8"
"""How Python, which has no code for it, begins to tell of text in the file that is none."""
UPSTREAM_ERROR = "readout.failed"
"""The name in a request's environment of what has failed outside the application, for it to tell of."""
KEPT_HEADERS = {"Accept-Encoding", "Accept-Post", "Allow", "Location", "Retry-After"}
"""The headers of an error that belong to it."""


class InvalidInput(Exception):
    """Something handed in that is not sound, with every fault in it."""

    def __init__(self, faults: Iterable[FieldError]) -> None:
        self.errors = list(faults)
        super().__init__("; ".join(map(str, self.errors)))


class InvalidQuery(InvalidInput):
    """Parameters of a request that cannot be answered; the pointer of a fault names the parameter."""


class InvalidBody(InvalidInput):
    """The body of a request that is not what it should be; the pointer of a fault points into it."""


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
    """Raise what has failed on the way to the application, or after it had answered."""
    failed: Exception | None = request.environ.get(UPSTREAM_ERROR)
    if failed is not None:
        raise failed


def problem(
    status: int, detail: str, errors: Iterable[dict[str, Any]] = (), headers: dict[str, str] | None = None
) -> Response:
    """A problem document; `errors` names each parameter at fault, what is allowed, and the nearest value."""
    answer = Response(problem_document(status, detail, quote(request.path), docs(), errors), status, headers)
    answer.content_type = PROBLEM_JSON
    answer.headers["Cache-Control"] = "no-store"
    return answer


def docs() -> str:
    """Where what was asked for is described for people, or where everything is."""
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
    """The text of a problem document; `instance` is the address that it is about."""
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
    """What Werkzeug and Flask raise, with the headers that belong to it, such as Allow.

    Flask raises a 500 for what went wrong when an answer was finished: that has words of its own.
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
    """A query that cannot be answered, with every parameter at fault."""
    errors = [{"parameter": fault.pointer.removeprefix("/"), **_told(fault)} for fault in error.errors]
    names = ", ".join(dict.fromkeys(f"{error['parameter']!r}" for error in errors))
    return problem(400, f"Correct the query: {names}; `errors` says how.", errors)


def body_problem(error: InvalidBody) -> Response:
    """A body that cannot be taken, with every place at fault as a JSON pointer in a URI fragment (RFC 6901)."""
    errors = [{"pointer": f"#{quote(truncate(fault.pointer))}", **_told(fault)} for fault in error.errors]
    return problem(422, "Correct the body; `errors` says where and how.", errors)


def _told(fault: FieldError) -> dict[str, Any]:
    return {"detail": truncate(fault.detail), "allowed": list(fault.allowed), "did_you_mean": fault.did_you_mean}


def truncate(text: str) -> str:
    """A text that may repeat what was sent, which is not to come back by the megabyte."""
    return text if len(text) <= MAX_DETAIL_LENGTH else f"{text[:MAX_DETAIL_LENGTH]}…"


def unavailable(detail: str) -> Response:
    """That there is no answer at the moment, and when to ask again."""
    return problem(ServiceUnavailable.code, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def database_unavailable(error: DatabaseUnavailable) -> Response:
    """A file that cannot be served at the moment."""
    current_app.logger.error("%s", error)
    detail = "The data cannot be read at the moment; try again in a few seconds."
    return unavailable(detail)


def database_error(error: sqlite3.DatabaseError) -> Response:
    """A file that turns out to be damaged while it is read; whatever else SQLite complains of is a fault of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # what is above says more of the same
    if code == sqlite3.SQLITE_INTERRUPT:
        return query_timeout()
    if code == sqlite3.SQLITE_FULL:
        return resource_exhausted(error)
    if code in CORRUPTION_CODES or str(error).startswith(NO_TEXT):
        name = getattr(error, "sqlite_errorname", "not UTF-8")
        return database_unavailable(DatabaseUnavailable(f"The file cannot be read on: {error} ({name})."))
    return unexpected_problem(error)


def resource_exhausted(error: Exception) -> Response:
    """Something that the machine did not give, such as room on a disk or another open file."""
    current_app.logger.error("%s %s: %s", request.method, request.path, error)
    detail = "The server lacks room or open files to answer at the moment; try again in a few seconds."
    return unavailable(detail)


def query_timeout() -> Response:
    """A question that would take longer than one may; nobody else is to wait for it."""
    seconds = current_app.extensions["settings"].query_timeout
    current_app.logger.warning("%s took longer than %g seconds", request.full_path, seconds)
    detail = f"This took longer than the {seconds:g} seconds that there are for one answer; ask for less at once."
    return unavailable(detail)


def unexpected_problem(error: Exception) -> Response:
    """A fault of ours: told to the log in full, and to the client not at all."""
    current_app.logger.exception("%s %s", request.method, request.path, exc_info=error)
    return problem(InternalServerError.code, "The server failed to answer. The fault is ours and has been logged.")


def suggest_path() -> str:
    """Where somebody may have meant to go who asked for a path that leads nowhere."""
    places = sorted({rule.rule for rule in current_app.url_map.iter_rules() if not rule.arguments})
    near = nearest(request.path, places)
    hint = f" Did you mean {near}?" if near else ""
    return f"There is nothing at {request.path}.{hint} / lists every endpoint."
