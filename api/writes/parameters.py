"""What every write takes and answers besides its body: query parameters, who makes the change, and `Prefer`."""

from http import HTTPStatus
from typing import Any

from flask import Response, request

from api.auth import current_token
from api.http.serialization import JSON
from schemas.fields import Slug, Text
from schemas.query_schema import BooleanParameter, QuerySchema
from seed.storage.writer import Authorship

MINIMAL = "return=minimal"
"""The preference for an answer without a body (RFC 7240, section 4.2)."""


class DryRunQuery(QuerySchema):
    """The query of a change that can be tried out."""

    dry_run = BooleanParameter("Only show what would change, in records and in the matrix.")


class ReasonQuery(DryRunQuery):
    """The query of a write."""

    reason = Text("Why; published with the change.", example="The text was misread.", nullable=True)


class RecordQuery(ReasonQuery):
    """The query of a write that may create a record."""

    source = Slug(
        "The source whose bundle a new record is added to. Required to create a record.",
        example="trump-putin-call-article",
        nullable=True,
    )


class WithdrawalQuery(DryRunQuery):
    """The query of a withdrawal."""

    reason = Text("Why; published with the change.", example="The text was misread.")


def authorship(query: dict[str, Any]) -> Authorship:
    """Return the name in the token of the request, and the reason in its query."""
    return Authorship(current_token().name, query.get("reason"))


def respond(body: bytes, *, location: str | None = None, etag: str | None = None) -> Response:
    """Return the response to a change: 201 with a location if something is new, no body if that is preferred.

    `etag` is that of the body.
    """
    response = Response(body, HTTPStatus.OK if location is None else HTTPStatus.CREATED, content_type=JSON)
    if MINIMAL in {part.strip().lower() for part in request.headers.get("Prefer", "").split(",")}:
        response.set_data(b"")
        response.status_code = HTTPStatus.NO_CONTENT if location is None else HTTPStatus.CREATED
        response.headers["Preference-Applied"] = MINIMAL
    if location is not None:
        response.headers["Location"] = location
    if etag is not None:
        response.set_etag(etag)
    return response
