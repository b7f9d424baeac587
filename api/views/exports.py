"""Downloads of all records: an SQLite file, a data package of CSV files, and NDJSON."""

from collections.abc import Iterator
from contextlib import ExitStack, nullcontext, suppress
from functools import partial
from typing import NamedTuple

from flask import Flask, Response, current_app

from api.database import cached_total, connection, current_revision, ensure_consistent, extend_deadline, known_at
from api.http.conditional import etag_digest
from api.http.media_types import NDJSON
from api.http.query_params import parse_query
from api.http.serialization import join_ndjson
from api.http.streaming import MAX_COMPLETE_RECORDS, list_response
from api.http.urls import with_known_at
from api.openapi.json_schema import BINARY
from api.openapi.routes import Endpoint, MediaType, add_route
from api.views.data_package import write_package
from api.views.research_database import write_research_database
from api.views.shared_snapshots import SharedSnapshots
from api.views.snapshot_response import file_response, growing_file_response
from api.views.snapshots import Build, Snapshot, SnapshotStore, raise_busy
from schemas import RECORDS
from schemas.query_schema import DataQuery
from schemas.version import VERSION
from seed.settings import Settings
from seed.storage.tables import OWN_JSON

SQLITE = "application/vnd.sqlite3"
ZIP = "application/zip"
BATCH_SIZE = 100
"""Rows fetched at a time."""
_ROWS = " union all ".join(f'select 1 from "{plural}"' for plural in RECORDS)
COUNT_SELECT = f"select count(*) from ({_ROWS} limit {MAX_COMPLETE_RECORDS + 1})"
"""SELECT of the number of all records; it stops counting where they are too many for a complete response."""
BUILD_WAIT_SECONDS = 0.5
"""How long a request waits for a snapshot to be complete before it is sent while it is being written."""


class Download(NamedTuple):
    """A file for download, built once per revision."""

    name: str
    purpose: str
    operation: str
    mimetype: str
    build: Build
    sequential: bool
    """Whether the file is written from beginning to end, so that it can be sent while it is being written."""


def init_app(app: Flask) -> None:
    """Register the downloads."""
    app.extensions["snapshots"] = SnapshotStore(app)
    content = MediaType(BINARY, "…")
    for download in DOWNLOADS:
        path, responses = f"/export/{download.name}", {download.mimetype: content}
        endpoint = Endpoint(path, download.purpose, download.operation, "views", responses, DataQuery(), ranges=True)
        add_route(app, endpoint, partial(send_download, download))
    purpose = "All records, one JSON object per line, each with its type."
    responses = {NDJSON: MediaType(BINARY, "…")}
    endpoint = Endpoint("/export/readout.ndjson", purpose, "exportNdjson", "views", responses, DataQuery())
    add_route(app, endpoint, send_ndjson)


def send_download(download: Download) -> Response:
    """Return a download: with byte ranges from a complete snapshot, without them from one still being written."""
    parse_query(DataQuery())
    snapshots: SnapshotStore = current_app.extensions["snapshots"]
    name = f"past {download.name}" if known_at() else download.name
    snapshot = snapshots.get(name, snapshot_version(download), partial(build_once, snapshots.shared, name, download))
    if snapshot.complete:
        return file_response(snapshot, download.mimetype)
    if not snapshots.waiting.acquire(blocking=False):
        raise_busy()
    with ExitStack() as stack:
        stack.callback(snapshots.waiting.release)
        if snapshot.wait(BUILD_WAIT_SECONDS if download.sequential else None):
            return file_response(snapshot, download.mimetype)
        response = growing_file_response(snapshot, download.mimetype)
        response.call_on_close(stack.pop_all().close)
    return response


def build_once(shared: SharedSnapshots, name: str, download: Download, snapshot: Snapshot) -> None:
    """Build a snapshot unless another worker has. If it is sent only when it is complete, wait for that worker."""
    with nullcontext() if download.sequential else shared.only_builder(name):
        descriptor = shared.open(name, snapshot.version)
        if descriptor is None:
            extend_deadline()
            download.build(snapshot)
            ensure_consistent(connection())
            with suppress(OSError):  # no space for a copy: the other workers build their own
                snapshot.replace(shared.publish(name, snapshot.version, snapshot.fileno()))
        else:
            snapshot.replace(descriptor)


def snapshot_version(download: Download) -> str:
    """Return the ETag of a download: a digest of everything on which its bytes depend."""
    revision = current_revision()
    settings: Settings = current_app.extensions["settings"]
    configured = (str(settings.base_url), str(settings.data_license), with_known_at(""))
    parts = (VERSION, revision.key, str(revision.number), revision.recorded_at.isoformat(), *configured)
    return etag_digest(download.mimetype, "\n".join(parts).encode())


def send_ndjson() -> Response:
    """Return every record with its type, its bundle and its revision, one per line."""
    parse_query(DataQuery())
    return list_response(_ndjson_lines(), cached_total(COUNT_SELECT, {}), NDJSON)


def _ndjson_lines() -> Iterator[bytes]:
    # SQLite builds the lines, for speed. Ids and types contain nothing that JSON escapes.
    for plural in RECORDS:
        rows = connection().cursor()
        rows.row_factory = None  # tuples are read faster than sqlite3.Row
        rows.execute(
            f"""select cast('{{"type":"{plural}","bundle":"' || bundle || '","revision":' || revision || ',"record":'"""
            f""" || {OWN_JSON} || '}}' as blob) from "{plural}" order by key"""
        )
        while batch := rows.fetchmany(BATCH_SIZE):
            yield join_ndjson([line for (line,) in batch])


DOWNLOADS = (
    Download(
        "readout.db",
        "All records as an SQLite file for research: typed columns, foreign keys, and views with labels.",
        "exportSqlite",
        SQLITE,
        write_research_database,
        sequential=False,
    ),
    Download(
        "readout.zip",
        "All records as CSV files in a Data Package, for programs: formulas are not guarded.",
        "exportCsv",
        ZIP,
        write_package,
        sequential=True,
    ),
)
