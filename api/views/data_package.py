"""Frictionless data package: a zip of one CSV file for each record type and their description, with checksums.

Why not zipstream-ng: a snapshot is a file, and zipfile writes one from beginning to end if it cannot seek.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from api.database import current_revision, extend_deadline
from api.lists.csv import csv_text
from api.lists.csv_columns import format_value
from api.lists.list_query import ListQuery
from api.openapi.table_schema import table_schema
from api.views.snapshots import Snapshot
from schemas import RECORDS
from schemas.version import VERSION

LICENSE = {"name": "other-closed", "title": "Facts, restated; short quotations belong to their speakers and publishers"}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The modification time of all members: the same data yields the same bytes."""


def write_package(snapshot: Snapshot) -> None:
    """Write the package. The description comes last, since it contains the checksums."""
    with zipfile.ZipFile(snapshot, "w", zipfile.ZIP_DEFLATED) as package:
        resources = [_write_resource(package, plural) for plural in RECORDS]
        description = {
            "profile": "tabular-data-package",
            "name": "readout",
            "title": "Readout: negotiations as data",
            "version": f"{VERSION}+revision.{current_revision().number}",
            "licenses": [LICENSE],
            "resources": resources,
        }
        with package.open(zipfile.ZipInfo("datapackage.json", EPOCH), "w") as file:
            file.write((json.dumps(description, ensure_ascii=False, indent=2) + "\n").encode())


def _write_resource(package: zipfile.ZipFile, plural: str) -> dict[str, Any]:
    """Write the CSV of a record type and return its description."""
    record = RECORDS[plural]
    member = zipfile.ZipInfo(f"{plural}.csv", EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    with package.open(member, "w", force_zip64=True) as file:
        size, digest = _write_csv(file, csv_text(record, ListQuery(record, {}).stream(), format_cell=format_value))
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
    """Write CSV and return its size and checksum."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        extend_deadline()
        data = piece.encode()
        file.write(data)
        size += len(data)
        digest.update(data)
    return size, digest.hexdigest()
