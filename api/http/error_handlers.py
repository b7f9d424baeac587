"""Error handlers of Flask: each converts an exception to a problem document."""

import errno
import json
import re
import sqlite3
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, RequestEntityTooLarge

from api.http.body import MAX_BODY_BYTES
from api.http.methods import is_write
from api.http.printable import printable
from api.http.problems import (
    InvalidBody,
    InvalidInput,
    InvalidQuery,
    ReferencedRecord,
    RetiredRecord,
    echo,
    problem,
    shorten,
    unavailable,
)
from api.http.redirects import path_exists, redirect_without_slash
from api.http.urls import base_url, data_url, public_path
from api.openapi.retired import REMOVAL_COLUMNS
from api.openapi.routes import all_endpoints
from schemas import RECORDS
from schemas.errors import FieldError, nearest
from seed.storage.errors import PRIMARY_CODE_MASK, DatabaseUnavailable
from seed.storage.mapping import singular
from seed.storage.temporary_folder import TemporaryFolderUnusable

CORRUPTION_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
"""SQLite error codes of a database that cannot be read."""
EXHAUSTION_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Error codes of the operating system for resources that may be free again in a few seconds."""
NO_THREAD = "can't start new thread"
"""Message of Python for a thread that the system does not start; there is no error code for it."""
DAMAGED_TEXT = ("Could not decode to UTF-8", "malformed JSON")
"""Beginnings of the messages for stored text that is not UTF-8 or not JSON; there is no error code for them."""
FIRST_SEGMENT = re.compile("(?<=^/)[^/.]+")
MAX_LOGGED_PATH = 500
ERROR_HEADERS = {
    "Accept",
    "Accept-Encoding",
    "Accept-Patch",
    "Accept-Post",
    "Allow",
    "Content-Range",
    "Location",
    "Retry-After",
}
"""Headers of an HTTPException that its problem document keeps."""


def init_app(app: Flask) -> None:
    """Register a handler for every exception."""
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(RetiredRecord, retired_problem)
    app.register_error_handler(ReferencedRecord, referrers_problem)
    app.register_error_handler(InvalidQuery, query_problem)
    app.register_error_handler(InvalidBody, body_problem)
    app.register_error_handler(DatabaseUnavailable, database_unavailable)
    app.register_error_handler(sqlite3.DatabaseError, database_error)
    app.register_error_handler(msgspec.DecodeError, corrupt_record)
    app.register_error_handler(json.JSONDecodeError, corrupt_record)
    app.register_error_handler(UnicodeDecodeError, corrupt_text)
    app.register_error_handler(TemporaryFolderUnusable, resource_exhausted)
    app.register_error_handler(OSError, system_error)
    app.register_error_handler(RuntimeError, runtime_error)
    app.register_error_handler(RecursionError, nesting_problem)
    app.register_error_handler(Exception, unexpected_problem)


def http_problem(error: HTTPException) -> Response:
    """Convert an HTTPException of Werkzeug or Flask, keeping headers such as Allow.

    Flask raises a 500 if completing a response failed; the original exception has a better handler.
    """
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        return current_app.make_response(current_app.handle_user_exception(error.original_exception))
    status = error.code or InternalServerError.code
    headers = {name: value for name, value in error.get_response().headers if name in ERROR_HEADERS}
    detail = str(error.description)
    if isinstance(error, NotFound) and request.url_rule is None and (redirect := redirect_without_slash()):
        return redirect
    if isinstance(error, NotFound) and error.description == NotFound.description:
        detail = path_not_found()
    if isinstance(error, RequestEntityTooLarge):
        detail = f"The body has more than {MAX_BODY_BYTES} bytes, the maximum."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))  # Werkzeug's order varies
        detail = f"{request.method} is not allowed here. Allowed: {headers['Allow']}.{writes_off()}"
    return problem(status, detail, headers=headers)


def writes_off() -> str:
    """Return the sentence that explains why a write is not allowed, if this server takes none."""
    takes_writes = current_app.extensions["settings"].tokens is not None
    if takes_writes or not is_write(request.method, request.path):
        return ""
    return " This server takes no writes, since its operator has set no READOUT_TOKENS: see docs/operations.md."


def referrers_problem(error: ReferencedRecord) -> Response:
    """Return a 409 that lists the referrers of a record that cannot be withdrawn."""
    shown = error.referrers[: error.max_referrers]
    referrers = [{"type": one.plural, "id": one.id, "url": f"{base_url()}/{one.plural}/{one.id}"} for one in shown]
    return problem(HTTPStatus.CONFLICT, str(error.description), extension={"referrers": referrers})


def retired_problem(error: RetiredRecord) -> Response:
    """Convert the error for a retired id to a 410 with what is known of the removal."""
    retired = error.retired
    links = {
        "history": data_url(f"/{retired.plural}/{retired.id}/history"),
        "successor": data_url(f"/{retired.plural}/{retired.successor}") if retired.successor else None,
    }
    removal = {name: getattr(retired, name) for name in ("revision", *REMOVAL_COLUMNS)}
    return problem(HTTPStatus.GONE, str(error.description), extension={**removal, "links": links})


def path_not_found() -> str:
    """Return the detail of a 404, with the nearest path."""
    path = nearest_path(request.path)
    hint = f" Did you mean {public_path(path)}?" if path else ""
    index, docs = public_path("/"), public_path("/docs")
    return (
        f"There is nothing at {public_path(request.path)}.{hint} All endpoints are at {docs}, and as JSON at {index}."
    )


def nearest_path(path: str) -> str | None:
    """Return the path without its suffix or with the name of a list, if that exists, or the most similar path."""
    stem, listed = path.rpartition(".")[0], FIRST_SEGMENT.sub(lambda segment: list_name(segment[0]), path)
    for other in (stem, listed):
        if other not in ("", path) and path_exists(other):
            return other
    paths = paths_for_readers()
    return nearest(path, paths) or nearest(singular(path), paths)


def paths_for_readers() -> list[str]:
    """Return every path without a placeholder, except those for operators, whose responses are not cacheable."""
    for_operators = {endpoint.path for endpoint in all_endpoints() if not endpoint.cacheable}
    return sorted(
        {rule.rule for rule in current_app.url_map.iter_rules() if not rule.arguments} - for_operators - {"/"}
    )


def list_name(segment: str) -> str:
    """Return the segment of a path in lower case and, if it is a record type in the singular, in the plural."""
    name = segment.lower()
    return next((plural for plural in RECORDS if singular(plural) == name), name)


def query_problem(error: InvalidQuery) -> Response:
    """Convert an invalid query to a 400 that names the wrong parameters."""
    errors = [{"parameter": echo(parameter_name(item)), **error_object(item)} for item in first(error)]
    names = ", ".join(dict.fromkeys(f"'{item['parameter']}'" for item in errors))
    detail = f"Invalid query parameters: {names}. {see_errors(error)}"
    return problem(HTTPStatus.BAD_REQUEST, detail, errors, dict(error.headers))


def parameter_name(error: FieldError) -> str:
    """Return the name in the pointer of an error, without the escapes of JSON Pointer."""
    return error.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def body_problem(error: InvalidBody) -> Response:
    """Convert an invalid body to a 422 with a JSON Pointer as a URI fragment (RFC 6901) for every error."""
    errors = [{"pointer": f"#{quote(shorten(item.pointer))}", **error_object(item)} for item in first(error)]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The body has errors. {see_errors(error)}", errors)


def first(error: InvalidInput) -> list[FieldError]:
    """Return the errors that the problem document contains."""
    return error.errors[: error.max_errors]


def see_errors(error: InvalidInput) -> str:
    """Return the sentence that refers to the errors."""
    total = len(error.errors)
    return "See `errors`." if total <= error.max_errors else f"See the first {error.max_errors} of {total} in `errors`."


def error_object(error: FieldError) -> dict[str, Any]:
    """Return an error as an object of the problem document."""
    return {"detail": echo(error.detail), "allowed": list(error.allowed), "did_you_mean": error.did_you_mean}


def database_unavailable(error: DatabaseUnavailable) -> Response:
    """Log an unavailable database and convert it to a 503."""
    current_app.logger.error("%s", error)
    return unavailable("The database cannot be read at the moment. Try again in a few seconds.")


def database_error(error: sqlite3.DatabaseError) -> Response:
    """Convert an error of SQLite: corruption, timeout and a full disk to a 503, anything else to a 500."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE_MASK
    if code == sqlite3.SQLITE_INTERRUPT:
        return query_timeout()
    if code == sqlite3.SQLITE_FULL:
        return resource_exhausted(error)
    if code in CORRUPTION_CODES or str(error).startswith(DAMAGED_TEXT):
        name = getattr(error, "sqlite_errorname", "damaged text")
        return database_unavailable(DatabaseUnavailable(f"The database became unreadable: {error} ({name})."))
    return unexpected_problem(error)


def corrupt_record(error: ValueError) -> Response:
    """Convert a stored record that is not JSON to a 503; views report invalid JSON of a client themselves."""
    return database_unavailable(DatabaseUnavailable(f"A record is damaged: {error}"))


def corrupt_text(error: UnicodeDecodeError) -> Response:
    """Convert an error of SQLite that quotes damaged text to a 503; views report text of a client themselves."""
    return database_unavailable(DatabaseUnavailable(f"The database is damaged: {error}"))


def nesting_problem(error: RecursionError) -> Response:
    """Convert input that is nested deeper than the parser's stack to a 400."""
    return problem(HTTPStatus.BAD_REQUEST, "The request is nested too deeply.")


def query_timeout() -> Response:
    """Return a 503 for a query that exceeded a limit, and log it; also for one whose client has disconnected."""
    seconds = current_app.extensions["settings"].query_timeout
    path = printable(request.full_path)[:MAX_LOGGED_PATH]
    message = "%s: interrupted by the query timeout (%g seconds), by the CPU limit, or because the client disconnected"
    current_app.logger.warning(message, path, seconds)
    return unavailable(f"The query exceeded the time limit of {seconds:g} seconds. Narrow the filter or lower `limit`.")


def system_error(error: OSError) -> Response:
    """Convert an error of the operating system: exhausted resources to a 503, anything else to a 500."""
    return resource_exhausted(error) if error.errno in EXHAUSTION_CODES else unexpected_problem(error)


def runtime_error(error: RuntimeError) -> Response:
    """Convert the error for a thread that the system does not start to a 503, anything else to a 500."""
    return resource_exhausted(error) if NO_THREAD in str(error) else unexpected_problem(error)


def resource_exhausted(error: Exception) -> Response:
    """Log a lack of disk space, file descriptors, threads, memory or temporary files and convert it to a 503."""
    current_app.logger.error("%s %s: %s", request.method, printable(request.path), error)
    return unavailable(
        "The server lacks disk space, temporary files, file descriptors, threads or memory. Try again in a few seconds."
    )


def unexpected_problem(error: Exception) -> Response:
    """Log an unexpected exception with its traceback and return a 500 that reveals nothing."""
    current_app.logger.exception("%s %s", request.method, printable(request.path), exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "An unexpected error occurred on the server. It has been logged.")
