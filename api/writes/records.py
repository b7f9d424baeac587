"""Single records: created, replaced, changed by a merge patch, and withdrawn.

A record is part of a bundle: a change of it is a load of the bundle with the record changed, so it is validated as one.
"""

import sqlite3
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Flask, Response
from marshmallow import Schema
from sqlite_utils import Database
from werkzeug.exceptions import Conflict

from api.auth import add_write
from api.http.body import MERGE_PATCH, parse_body
from api.http.conditional import etag_digest
from api.http.problems import InvalidBody, InvalidQuery
from api.http.query_params import get_or_404, parse_query, unknown_id
from api.http.serialization import JSON, SERVED_SQL, link_parts, pretty, record_json
from api.http.urls import base_url
from api.lists.records import record_endpoint
from api.openapi.json_schema import Json
from api.openapi.routes import Endpoint, MediaType
from api.views.check import RECORD_INPUT
from api.writes.bundles import read_small_document, withdraw_record
from api.writes.dry_run import DRY_RUN
from api.writes.headers import COMMON_HEADERS, IF_MATCH, IF_NONE_MATCH, require
from api.writes.parameters import ReasonQuery, RecordQuery, WithdrawalQuery, authorship, respond
from api.writes.preconditions import check_conditions
from api.writes.transaction import apply_change
from schemas import RECORDS, Source
from schemas.errors import FieldError, json_pointer
from schemas.merge_patch import merge_patch
from schemas.record import Record
from seed.bundles import load_document
from seed.errors import InvalidBundles
from seed.storage.mapping import singular
from seed.storage.references import RecordRef
from seed.storage.referrers import read_record
from seed.storage.writer import Authorship
from seed.tokens import WRITE_BUNDLES, WRITE_RECORDS

CHANGED = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)
"""The statuses of a change: without content if the client prefers that."""
RECORD_BODY = MediaType(RECORD_INPUT, {})
"""A record as in a bundle: `GET /bundles/{source}` shows some, and `python -m seed schema` describes every type."""


class Target(NamedTuple):
    """The record that a request is about, the source whose bundle has it or is to have it, and who writes it."""

    ref: RecordRef
    source: str | None
    authorship: Authorship


def init_app(app: Flask) -> None:
    """Register the endpoints of every record type, if the server takes writes."""
    for record in RECORDS.values():
        add_write(app, _create_endpoint(record), partial(create_record, record))
        add_write(app, _replace_endpoint(record), partial(replace_record, record))
        add_write(app, _change_endpoint(record), partial(change_record, record))
        add_write(app, _withdraw_endpoint(record), partial(delete_record, record))


def _write_endpoint(record: type[Record], method: str, verb: str, purpose: str) -> Endpoint:
    """Return what the endpoints that write a type have in common; `{}` in the purpose is for "a party"."""
    name = singular(record.plural)
    article = "an" if name[0] in "aeiou" else "a"
    return record_endpoint(record)._replace(
        purpose=purpose.format(f"{article} {name}"),
        operation=f"{verb}{name.title()}",
        method=method,
        query=_query(record),
        scope=WRITE_RECORDS,
        dry_run=DRY_RUN,
    )


def _create_endpoint(record: type[Record]) -> Endpoint:
    return _write_endpoint(record, "POST", "create", "Create {}.")._replace(
        path=f"/{record.plural}",
        path_values={},
        headers=COMMON_HEADERS,
        request={JSON: RECORD_BODY},
        statuses=(HTTPStatus.CREATED,),
    )


def _replace_endpoint(record: type[Record]) -> Endpoint:
    return _write_endpoint(record, "PUT", "replace", "Replace {}, or create it under this id.")._replace(
        headers=(*COMMON_HEADERS, IF_MATCH, IF_NONE_MATCH),
        request={JSON: RECORD_BODY},
        statuses=(*CHANGED, HTTPStatus.CREATED),
    )


def _change_endpoint(record: type[Record]) -> Endpoint:
    return _write_endpoint(record, "PATCH", "change", "Change some fields of {} by a merge patch (RFC 7396).")._replace(
        headers=(*COMMON_HEADERS, require(IF_MATCH)),
        request={MERGE_PATCH: RECORD_BODY},
        query=ReasonQuery(),
        statuses=CHANGED,
    )


def _withdraw_endpoint(record: type[Record]) -> Endpoint:
    return _write_endpoint(record, "DELETE", "withdraw", "Withdraw {}. Its id is not used again.")._replace(
        headers=(*COMMON_HEADERS, require(IF_MATCH)),
        query=WithdrawalQuery(),
        statuses=(HTTPStatus.NO_CONTENT,),
        scope=WRITE_BUNDLES if record is Source else WRITE_RECORDS,
    )


def _query(record: type[Record]) -> Schema:
    """Return the query of a write that may create a record of a type. A source is in its own bundle."""
    return ReasonQuery() if record is Source else RecordQuery()


def create_record(record: type[Record]) -> Response:
    """Create the record in the body. Raise InvalidBody with every error, and Conflict if its id is in use."""
    query = parse_query(_query(record))
    data = _parse_object(JSON)
    id = str(data.get("id"))  # an invalid one is among the errors
    return apply_change(partial(_create, _target(record, id, query), data), dry_run=query["dry_run"])


def replace_record(record: type[Record], id: str) -> Response:
    """Replace the record with this id by that in the body, or create it. Raise InvalidBody with every error."""
    query = parse_query(_query(record))
    data = {"id": id, **_parse_object(JSON)}
    if data["id"] != id:
        raise InvalidBody([FieldError("/id", f"Must be {id!r}, as in the path.")])
    return apply_change(partial(_replace, _target(record, id, query), data), dry_run=query["dry_run"])


def change_record(record: type[Record], id: str) -> Response:
    """Merge the body into the record with this id. Raise InvalidBody with every error in what results."""
    query = parse_query(ReasonQuery())
    patch = _parse_object(MERGE_PATCH)
    if patch.get("id", id) != id:
        raise InvalidBody([FieldError("/id", f"An id is changed by POST /{record.plural}/{id}/rename?to=NEW.")])
    return apply_change(partial(_change, _target(record, id, query), patch), dry_run=query["dry_run"])


def delete_record(record: type[Record], id: str) -> Response:
    """Withdraw the record with this id. Raise ReferencedRecord if others refer to it."""
    query = parse_query(WithdrawalQuery())
    return apply_change(partial(_withdraw, _target(record, id, query)), dry_run=query["dry_run"])


def _target(record: type[Record], id: str, query: dict[str, Any]) -> Target:
    return Target(RecordRef(record.plural, id), id if record is Source else query.get("source"), authorship(query))


def _parse_object(media_type: str) -> Json:
    data = parse_body(media_type)
    if not isinstance(data, dict):
        raise InvalidBody([FieldError("", "Must be an object with the fields of a record.")])
    return data


def _create(target: Target, data: Json, db: Database) -> Response:
    if find_record(db, target.ref):
        detail = f"There is already a {singular(target.ref.plural)} {target.ref.id!r}. Change it, or choose another id."
        raise Conflict(detail)
    body = _write(target, data, db)
    return respond(body, location=record_url(target.ref), etag=etag_digest(JSON, body))


def _replace(target: Target, data: Json, db: Database) -> Response:
    """Replace or create a record. The response has no ETag, as it would be one of other bytes (RFC 9110, 9.3.4)."""
    row = find_record(db, target.ref)
    check_conditions(record_etags(target.ref, row))
    body = _write(target if row is None else _with_source(target, row), data, db)
    return respond(body, location=None if row else record_url(target.ref))


def _change(target: Target, patch: Json, db: Database) -> Response:
    row = require_record(db, target.ref)
    check_conditions(record_etags(target.ref, row))
    changed = merge_patch(_as_written(db, target.ref), patch, RECORDS[target.ref.plural]())
    body = _write(_with_source(target, row), changed, db)
    return respond(body, etag=etag_digest(JSON, body))


def _as_written(db: Database, ref: RecordRef) -> Json:
    """Return a record as in its bundle, with default values."""
    stored = read_record(db, ref)
    return {name: stored.data[name] for name in RECORDS[ref.plural].written()} if stored else {}


def _withdraw(target: Target, db: Database) -> Response:
    check_conditions(record_etags(target.ref, require_record(db, target.ref)))
    return withdraw_record(db, target.ref, target.authorship)


def _write(target: Target, data: Json, db: Database) -> bytes:
    """Load the bundle with the record as it shall be, and return how it is served from then on.

    It is the last of its type, so that an error that it has together with another one is reported at it.
    """
    document = _document(target, db)
    others = [one for one in document.get(target.ref.plural, []) if one["id"] != target.ref.id]
    document[target.ref.plural] = [*others, data]
    try:
        load_document(db, document, target.authorship)
    except InvalidBundles as error:
        pointer = json_pointer(target.ref.plural, len(others))
        raise InvalidBody([_relative(one.error, pointer, document) for one in error.errors]) from None
    return represent(target.ref, require_record(db, target.ref))


def _document(target: Target, db: Database) -> dict[str, list[Json]]:
    """Return the bundle that has the record or is to have it. Raise InvalidQuery without a known source."""
    if target.source is None:
        detail = "Required to create a record: the source whose bundle it is added to."
        raise InvalidQuery([FieldError("/source", detail)])
    document = read_small_document(db.conn, target.source)
    if not document and target.ref.plural != Source.plural:
        raise InvalidQuery([unknown_id("source", Source.plural, target.source, suggests=True)])
    return document


def _relative(error: FieldError, pointer: str, document: dict[str, list[Json]]) -> FieldError:
    """Return an error in a bundle as one in the record at a pointer of it, or as one of the record as a whole."""
    if error.pointer == pointer or error.pointer.startswith(f"{pointer}/"):
        return FieldError(error.pointer.removeprefix(pointer), error.detail, error.allowed, error.did_you_mean)
    match error.pointer.split("/"):
        case ["", plural, place, *rest]:
            at = f" at /{'/'.join(rest)}" if rest else ""
            other = f"{plural}/{document[plural][int(place)]['id']}"
            return FieldError("", f"Then {other} of the same bundle is invalid{at}: {error.detail}")
        case _:
            return FieldError("", f"Then the bundle of this record is invalid: {error.detail}")


def find_record(db: Database, ref: RecordRef) -> sqlite3.Row | None:
    """Return the row of a record, or None if it does not exist."""
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    select = f'select {SERVED_SQL}, r.bundle from "{ref.plural}" r where r.id = ?'
    row: sqlite3.Row | None = cursor.execute(select, [ref.id]).fetchone()
    return row


def require_record(db: Database, ref: RecordRef) -> sqlite3.Row:
    """Return a record. Raise NotFound, or RetiredRecord if it was removed."""
    return find_record(db, ref) or get_or_404(ref.plural, ref.id)


def _with_source(target: Target, row: sqlite3.Row) -> Target:
    """Return the target with the source whose bundle has the record. Raise InvalidQuery if the query names another."""
    if target.source not in (None, row["bundle"]):
        detail = f"{target.ref.id!r} belongs to the bundle {row['bundle']!r} and stays there. Leave the parameter out."
        raise InvalidQuery([FieldError("/source", detail)])
    return target._replace(source=row["bundle"])


def represent(ref: RecordRef, row: sqlite3.Row) -> bytes:
    """Return a record as a GET of its URL returns it as JSON."""
    return pretty(record_json(row, link_parts(RECORDS[ref.plural])))


def record_etags(ref: RecordRef, row: sqlite3.Row | None) -> list[str]:
    """Return the ETags that a record may have in If-Match; empty if it does not exist."""
    return [etag_digest(JSON, represent(ref, row))] if row else []


def record_url(ref: RecordRef) -> str:
    """Return the URL of a record."""
    return f"{base_url()}/{ref.plural}/{ref.id}"
