"""Bundles: what was read from a source, as people write it. They can be read, replaced as a whole, and withdrawn."""

import sqlite3
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, get_args

from flask import Flask, Response, request
from sqlite_utils import Database
from werkzeug.exceptions import BadRequest

from api.auth import add_write
from api.database import connection
from api.http.body import MAX_BODY_BYTES, parse_body
from api.http.conditional import etag_digest
from api.http.media_types import YAML
from api.http.negotiation import best_media_type
from api.http.problems import InvalidBody, ReferencedRecord
from api.http.query_params import get_or_404, parse_query
from api.http.serialization import JSON, dump_json
from api.http.urls import base_url
from api.openapi.json_schema import INTEGER, object_of
from api.openapi.parameters import id_in_path
from api.openapi.routes import YAML_SUFFIX, Endpoint, MediaType, add_route
from api.views.check import BUNDLE
from api.writes.dry_run import DRY_RUN
from api.writes.headers import COMMON_HEADERS, IF_MATCH, IF_NONE_MATCH, require
from api.writes.parameters import ReasonQuery, WithdrawalQuery, authorship, respond
from api.writes.preconditions import check_conditions
from api.writes.transaction import apply_change
from schemas import RECORDS, Source
from schemas.errors import FieldError
from schemas.query_schema import DataQuery
from seed.bundles import load_document
from seed.errors import InvalidBundles
from seed.export import read_document, to_yaml
from seed.life import StillReferenced, withdraw_in
from seed.storage.references import RecordRef
from seed.storage.tables import OWN_JSON, Action
from seed.storage.writer import Authorship, count_by_action
from seed.tokens import WRITE_BUNDLES

TOO_LARGE = (
    f"The bundle has more than {MAX_BODY_BYTES // 1024**2} MiB. Use the commands for it: python -m seed export, load"
    " and withdraw."
)
SUMMARY = MediaType(
    object_of(
        {"revision": INTEGER, "changes": object_of(dict.fromkeys(get_args(Action), INTEGER), "ChangeCounts")},
        "ChangeSummary",
    ),
    {"revision": 2, "changes": {"create": 1, "update": 0, "delete": 0}},
)
"""What a change of a bundle did: the revision, and the number of records by what happened to them."""
READ = Endpoint(
    path="/bundles/{id}",
    purpose="The bundle of a source, as people write it: its records without what is derived or a default.",
    operation="getBundle",
    tag=Source.plural,
    responses={JSON: BUNDLE},
    query=DataQuery(),
    path_values=id_in_path(Source),
)
REPLACE = READ._replace(
    purpose="Replace the bundle of a source, or add it, as `load` does.",
    operation="replaceBundle",
    method="PUT",
    request={JSON: BUNDLE, YAML: BUNDLE},
    responses={JSON: SUMMARY},
    dry_run=DRY_RUN,
    query=ReasonQuery(),
    scope=WRITE_BUNDLES,
    headers=(*COMMON_HEADERS, IF_MATCH, IF_NONE_MATCH),
    statuses=(HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT),
)
WITHDRAW = REPLACE._replace(
    purpose="Withdraw a source with all that its bundle gave.",
    operation="withdrawBundle",
    method="DELETE",
    request={},
    query=WithdrawalQuery(),
    headers=(*COMMON_HEADERS, require(IF_MATCH)),
    statuses=(HTTPStatus.NO_CONTENT,),
)


def init_app(app: Flask) -> None:
    """Register the endpoints: reading always, writing if the server takes writes."""
    add_route(app, READ, get_bundle)
    add_route(app, READ.in_format(YAML_SUFFIX, f"{READ.purpose[:-1]}, as YAML.", READ.query), get_bundle)
    add_write(app, REPLACE, put_bundle)
    add_write(app, WITHDRAW, delete_bundle)


def get_bundle(id: str) -> Response:
    """Respond with the bundle of a source, as JSON or as YAML."""
    parse_query(DataQuery())
    get_or_404(Source.plural, id)
    mimetype = YAML if request.path.endswith(YAML_SUFFIX) else best_media_type([JSON, YAML])
    document = read_small_document(connection(), id)
    body = dump_json(document) if mimetype == JSON else to_yaml(document).encode()
    response = Response(body, content_type=mimetype)
    response.set_etag(_etag(document, mimetype))
    return response


def put_bundle(id: str) -> Response:
    """Replace the bundle of a source, or create it. Raise InvalidBody with every error."""
    query = parse_query(ReasonQuery())
    data = parse_body(JSON, YAML)
    if (source := _source_id(data)) not in (id, None):
        raise InvalidBody([FieldError("/sources/0/id", f"Must be {id!r}, as in the path, not {source!r}.")])
    return apply_change(partial(_replace, id, data, authorship(query)), dry_run=query["dry_run"])


def delete_bundle(id: str) -> Response:
    """Withdraw a source with all that its bundle gave. Raise ReferencedRecord if others refer to it."""
    query = parse_query(WithdrawalQuery())
    return apply_change(partial(_withdraw, id, authorship(query)), dry_run=query["dry_run"])


def _replace(id: str, data: Any, authorship: Authorship, db: Database) -> Response:
    stored = read_small_document(db.conn, id)
    check_conditions(_etags(stored))
    try:
        result = load_document(db, data, authorship)
    except InvalidBundles as error:
        raise InvalidBody([one.error for one in error.errors]) from None
    summary = summarize(result.revision, result.changes)
    return respond(summary, location=None if stored else f"{base_url()}/bundles/{id}")


def summarize(revision: int, changes: Mapping[Action, int]) -> bytes:
    """Return what a change did as JSON: the revision, and the number of records by what happened to them."""
    return dump_json({"revision": revision, "changes": count_by_action(changes)})


def _withdraw(id: str, authorship: Authorship, db: Database) -> Response:
    if not (stored := read_small_document(db.conn, id)):
        get_or_404(Source.plural, id)
    check_conditions(_etags(stored))
    return withdraw_record(db, RecordRef(Source.plural, id), authorship)


def withdraw_record(db: Database, ref: RecordRef, authorship: Authorship) -> Response:
    """Withdraw a record, or a source with all that its bundle gave. Raise ReferencedRecord if others refer to it."""
    try:
        withdraw_in(db, ref, authorship)
    except StillReferenced as error:
        raise ReferencedRecord(ref, (referrer for referrer, _ in error.referrers)) from None
    return Response(status=HTTPStatus.NO_CONTENT)


def read_small_document(connection: sqlite3.Connection, source: str) -> dict[str, list[dict[str, Any]]]:
    """Return the bundle of a source. Raise BadRequest if its records have more bytes than could be sent."""
    sizes = " union all ".join(
        f'select sum(length(cast({OWN_JSON} as blob))) size from "{plural}" where bundle = ?' for plural in RECORDS
    )
    (size,) = connection.execute(f"select sum(size) from ({sizes})", [source] * len(RECORDS)).fetchone()
    if size and size > MAX_BODY_BYTES:
        raise BadRequest(TOO_LARGE)
    return read_document(connection, source)


def _source_id(data: Any) -> Any:
    """Return the id of the source of a bundle, or None."""
    sources = data.get("sources") if isinstance(data, dict) else None
    first = sources[0] if isinstance(sources, list) and sources else None
    return first.get("id") if isinstance(first, dict) else None


def _etags(document: Mapping[str, Any]) -> list[str]:
    """Return the ETags of a stored bundle in its media types; empty if it does not exist."""
    return [_etag(document, mimetype) for mimetype in (JSON, YAML)] if document else []


def _etag(document: Mapping[str, Any], mimetype: str) -> str:
    return etag_digest(mimetype, dump_json(document))
