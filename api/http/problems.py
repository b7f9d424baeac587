"""Problem documents (RFC 9457): the body of every error, and the exceptions for invalid input."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import Conflict, Gone, ServiceUnavailable
from werkzeug.http import HTTP_STATUS_CODES

from api.http.printable import printable
from api.http.urls import public_path
from api.openapi.routes import all_endpoints
from schemas.errors import FieldError
from seed.storage.references import RecordRef
from seed.storage.retired_ids import RetiredId

PROBLEM_JSON = "application/problem+json"
MAX_DETAIL_LENGTH = 1000
"""Maximum length in characters of a detail, a pointer or the name of a parameter."""
RETRY_AFTER_SECONDS = 5
"""Seconds after which a client should try again."""
WITHDRAWN = "It no longer counts; its history shows it."
PURGED = "Its content was removed for good."


class RetiredRecord(Gone):
    """Error for a record that was withdrawn, renamed or merged: a 410 that says so, and where to look."""

    def __init__(self, retired: RetiredId) -> None:
        self.retired = retired
        advice = f"Use {retired.successor!r}." if retired.successor else WITHDRAWN
        super().__init__(f"{retired} {PURGED if retired.removal == 'purged' else advice}")


class ReferencedRecord(Conflict):
    """Error for a record that cannot be withdrawn: a 409 with the records that refer to it."""

    max_referrers = 100
    """Number of referrers that the problem document contains at most."""

    def __init__(self, ref: RecordRef, referrers: Iterable[RecordRef]) -> None:
        self.referrers = list(dict.fromkeys(referrers))
        count = len(self.referrers)
        others = "another record refers" if count == 1 else f"{count} other records refer"
        super().__init__(
            f"{ref.plural}/{ref.id} cannot be withdrawn while {others} to it. Withdraw or change what is in"
            " `referrers` first."
        )


class InvalidInput(Exception):
    """Invalid input, with every error in it."""

    max_errors: int
    """Number of errors that the problem document contains at most."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(map(str, self.errors)))


class InvalidQuery(InvalidInput):
    """Invalid query; the pointer of an error names the parameter."""

    max_errors = 20
    headers: Mapping[str, str] = MappingProxyType({})
    """The headers of its problem document."""


class InvalidBody(InvalidInput):
    """Invalid request body; the pointer of an error points into it."""

    max_errors = 500


def problem(
    status: int,
    detail: str,
    errors: Iterable[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
    extension: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """Return a response with a problem document. `errors` holds one object for each invalid value.

    `extension` are members that only this kind of problem has (RFC 9457, section 3.2).
    """
    instance, docs = public_path(quote(request.path)), public_path(docs_path())
    body = problem_document(status, echo(detail), instance, docs, errors, extension=extension)
    response = Response(body, status, headers)
    response.content_type = PROBLEM_JSON
    response.headers["Cache-Control"] = "no-store"
    return response


def docs_path() -> str:
    """Return the path of the documentation of the requested endpoint, or of the whole API."""
    paths = (endpoint.docs for endpoint in all_endpoints() if endpoint.name == request.endpoint)
    return next(paths, "/docs")


def problem_document(
    status: int,
    detail: str,
    instance: str,
    docs: str,
    errors: Iterable[dict[str, Any]] = (),
    *,
    type: str = "about:blank",
    extension: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return a problem document as JSON text; `instance` is the path of the request."""
    document = {
        "type": type,
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": detail,
        "instance": instance,
        "docs": docs,
        "errors": list(errors),
        **extension,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def unavailable(detail: str) -> Response:
    """Return a 503 with Retry-After."""
    return problem(ServiceUnavailable.code, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def echo(text: str) -> str:
    """Return a text that may repeat what a client sent: shortened, and with invisible characters escaped."""
    return printable(shorten(text))


def shorten(text: str) -> str:
    """Return a text from a client in at most as many characters as an error repeats."""
    return text if len(text) <= MAX_DETAIL_LENGTH else f"{text[:MAX_DETAIL_LENGTH]}…"
