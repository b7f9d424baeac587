"""What the commands do with records that exist: rename, merge, and undo a revision, over HTTP."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from sqlite_utils import Database
from werkzeug.exceptions import Conflict

from api.auth import add_write
from api.http.conditional import etag_digest
from api.http.problems import InvalidQuery
from api.http.query_params import parse_query, unknown_id
from api.http.serialization import JSON
from api.lists.records import record_endpoint
from api.openapi.routes import Endpoint
from api.writes.bundles import SUMMARY, summarize
from api.writes.dry_run import DRY_RUN
from api.writes.headers import COMMON_HEADERS, IF_MATCH, require
from api.writes.parameters import WithdrawalQuery, authorship, respond
from api.writes.preconditions import check_conditions
from api.writes.records import find_record, record_etags, record_url, represent, require_record
from api.writes.transaction import apply_change
from schemas import RECORDS, Source
from schemas.fields import MAX_INTEGER, Slug
from schemas.query_schema import IntegerParameter
from schemas.record import Record
from seed.life import InvalidChange, Revision, merge_in, rename_in
from seed.storage.mapping import singular
from seed.storage.references import RecordRef
from seed.tokens import WRITE_BUNDLES, WRITE_RECORDS
from seed.undo import undo_in


class RenameQuery(WithdrawalQuery):
    """The query of a renaming."""

    to = Slug("The new id.", example="new-id")


class MergeQuery(WithdrawalQuery):
    """The query of a merge."""

    into = Slug("The id of the other record, which stays as it is.", example="putin")


class UndoQuery(WithdrawalQuery):
    """The query of an undo."""

    revision = IntegerParameter("The revision to undo.", least=1, most=MAX_INTEGER, example=2)


def init_app(app: Flask) -> None:
    """Register the endpoints, if the server takes writes."""
    for record in RECORDS.values():
        name = singular(record.plural)
        renaming = f"Give the {name} another id. References follow; the old id answers 410 and names the new one."
        add_write(app, _endpoint(record, "rename", renaming, RenameQuery()), partial(rename_record, record))
        if record is not Source:  # records cite its paragraphs
            merging = f"Merge it into another {name}. References follow; the old id answers 410 and names the other."
            add_write(app, _endpoint(record, "merge", merging, MergeQuery()), partial(merge_record, record))
    undoing = Endpoint(
        path="/undo",
        purpose="Bring the records that a revision changed back to what they were before it, by a new revision.",
        operation="undoRevision",
        tag="service",
        method="POST",
        responses={JSON: SUMMARY},
        dry_run=DRY_RUN,
        query=UndoQuery(),
        scope=WRITE_BUNDLES,
        headers=COMMON_HEADERS,
        statuses=(HTTPStatus.OK, HTTPStatus.NO_CONTENT),
    )
    add_write(app, undoing, undo_revision)


def _endpoint(record: type[Record], verb: str, purpose: str, query: WithdrawalQuery) -> Endpoint:
    one = record_endpoint(record)
    return one._replace(
        path=f"{one.path}/{verb}",
        purpose=purpose,
        operation=f"{verb}{singular(record.plural).title()}",
        method="POST",
        dry_run=DRY_RUN,
        query=query,
        scope=WRITE_BUNDLES if record is Source else WRITE_RECORDS,
        headers=(*COMMON_HEADERS, require(IF_MATCH)),
        statuses=(HTTPStatus.CREATED,) if verb == "rename" else (HTTPStatus.OK, HTTPStatus.NO_CONTENT),
    )


def rename_record(record: type[Record], id: str) -> Response:
    """Give the record with this id another one, and respond with it. Raise Conflict if the new id is not free."""
    query = parse_query(RenameQuery())
    return apply_change(partial(_rename, RecordRef(record.plural, id), query), dry_run=query["dry_run"])


def merge_record(record: type[Record], id: str) -> Response:
    """Merge the record with this id into another, and respond with that. Raise Conflict if they cannot be merged."""
    query = parse_query(MergeQuery())
    return apply_change(partial(_merge, RecordRef(record.plural, id), query), dry_run=query["dry_run"])


def undo_revision() -> Response:
    """Undo a revision. Raise Conflict if its records were changed later."""
    query = parse_query(UndoQuery())
    return apply_change(partial(_undo, query), dry_run=query["dry_run"])


def _rename(ref: RecordRef, query: dict[str, Any], db: Database) -> Response:
    check_conditions(record_etags(ref, require_record(db, ref)))
    _attempt(lambda: rename_in(db, ref, query["to"], authorship(query)))
    return _respond_with(db, ref._replace(id=query["to"]), is_new=True)


def _merge(ref: RecordRef, query: dict[str, Any], db: Database) -> Response:
    check_conditions(record_etags(ref, require_record(db, ref)))
    other = ref._replace(id=query["into"])
    if not find_record(db, other):
        raise InvalidQuery([unknown_id("into", other.plural, other.id, suggests=True)])
    _attempt(lambda: merge_in(db, ref, other.id, authorship(query)))
    return _respond_with(db, other, is_new=False)


def _undo(query: dict[str, Any], db: Database) -> Response:
    result = _attempt(lambda: undo_in(db, query["revision"], authorship(query)))
    return respond(summarize(result.number, result.changes))


def _attempt(change: Callable[[], Revision]) -> Revision:
    try:
        return change()
    except InvalidChange as error:
        raise Conflict(str(error).replace(":\n", ": ").replace("\n", "; ")) from None


def _respond_with(db: Database, ref: RecordRef, *, is_new: bool) -> Response:
    body = represent(ref, require_record(db, ref))
    return respond(body, location=record_url(ref) if is_new else None, etag=etag_digest(JSON, body))
