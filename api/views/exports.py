"""Everything at once: the file itself, a data package of CSV files, and all records on lines of JSON."""

import hashlib
import json
import sqlite3
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from flask import Flask, Response
from werkzeug.exceptions import ServiceUnavailable

from api.database import connection, current_revision, extend_deadline
from api.http.query_params import parse_query
from api.http.streaming import stream_response
from api.lists.csv import csv_text
from api.lists.formats import NDJSON
from api.lists.list_query import ListQuery
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from api.openapi.table_schema import table_schema
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from schemas.version import VERSION

EXPORT_SLOTS = threading.BoundedSemaphore(2)
"""How many files a worker puts together at once; it takes long where there is much data, and others wait."""
RETRY_AFTER_SECONDS = 10
"""Seconds after which it may have time for another."""
CHUNK_BYTES = 1 << 16
BATCH_SIZE = 100
"""How many lines are taken from the file at once."""
SQLITE = "application/vnd.sqlite3"
ZIP = "application/zip"
LICENSE = {"name": "other-closed", "title": "Facts, restated; short quotations belong to their speakers and publishers"}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of day has no place in the package: the same data gives the same bytes."""


def init_app(app: Flask) -> None:
    """Add the exports."""
    for path, purpose, operation, mimetype, view in (
        ("/export/readout.db", "The SQLite file itself.", "exportSqlite", SQLITE, sqlite_file),
        ("/export/readout.zip", "All records as CSV in a Frictionless data package.", "exportCsv", ZIP, data_package),
        ("/export/readout.ndjson", "All records, one a line, each with its type.", "exportNdjson", NDJSON, all_lines),
    ):
        answer = MediaType(LONG_TEXT, "…")
        add_route(app, Endpoint(path, purpose, operation, "views", {mimetype: answer}), view)


def sqlite_file() -> Response:
    """A copy of the file as it stands, in one piece, without a log beside it."""
    return _send_file(SQLITE, _copy)


def data_package() -> Response:
    """A zip of one CSV file for each type and their description, with checksums."""
    return _send_file(ZIP, _package)


def all_lines() -> Response:
    """Every record on a line: its type, the bundle that holds it, its revision, and the record as it is stored."""
    parse_query(QuerySchema())
    return stream_response(_lines(), NDJSON)


def _lines() -> Iterator[bytes]:
    # Put together by SQLite, for speed; ids and types hold nothing that JSON would escape.
    for plural in RECORDS:
        rows = connection().execute(
            f"""select cast('{{"type":"{plural}","bundle":"' || bundle || '","revision":' || revision || ',"record":'"""
            f""" || record || '}}' || char(10) as blob) from "{plural}" order by key"""
        )
        while batch := rows.fetchmany(BATCH_SIZE):
            yield b"".join([line for (line,) in batch])


def _send_file(mimetype: str, write: Callable[[Path], None]) -> Response:
    """What a function writes to a file, sent piece by piece and gone when it is sent."""
    parse_query(QuerySchema())
    return stream_response(_pieces(write), mimetype)


def _pieces(write: Callable[[Path], None]) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        with export_slot():
            write(path)
        with path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                yield piece


@contextmanager
def export_slot() -> Iterator[None]:
    """Leave to do what takes long; ServiceUnavailable where others are at it already."""
    if not EXPORT_SLOTS.acquire(blocking=False):
        raise ServiceUnavailable(
            "Such files are being put together for others; try again soon.", retry_after=RETRY_AFTER_SECONDS
        )
    try:
        yield
    finally:
        EXPORT_SLOTS.release()


def _copy(path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        connection().backup(copy)
        copy.execute("pragma journal_mode = delete")


def _package(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        resources = [_resource(package, plural) for plural in RECORDS]
        described = {
            "profile": "tabular-data-package",
            "name": "readout",
            "title": "Readout: negotiations as data",
            "version": f"{VERSION}+revision.{current_revision().number}",
            "licenses": [LICENSE],
            "resources": resources,
        }
        with package.open(zipfile.ZipInfo("datapackage.json", EPOCH), "w") as file:
            file.write((json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode())


def _resource(package: zipfile.ZipFile, plural: str) -> dict[str, Any]:
    """Write the CSV file of a type into a package; how it is described there."""
    record = RECORDS[plural]
    with package.open(zipfile.ZipInfo(f"{plural}.csv", EPOCH), "w") as file:
        size, digest = _write_csv(file, csv_text(record, ListQuery(record, {}).stream(), None))
    return {
        "profile": "tabular-data-resource",
        "name": plural,
        "path": f"{plural}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "schema": table_schema(record),
    }


def _write_csv(file: IO[bytes], pieces: Iterator[str]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        extend_deadline()
        data = piece.encode()
        file.write(data)
        size += len(data)
        digest.update(data)
    return size, digest.hexdigest()
