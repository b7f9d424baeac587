"""Data Package (datapackage.org, version 2): a zip of one CSV file for each record type and a description.

Why not zipstream-ng: a snapshot is a file, and zipfile writes one from beginning to end if it cannot seek.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from api.database import connection, current_revision, extend_deadline
from api.lists.csv import csv_text
from api.lists.list_query import ListQuery
from api.openapi.table_schema import foreign_keys, table_schema
from api.views.data_license import license_text, package_license
from api.views.snapshots import Snapshot
from schemas import RECORDS
from schemas.version import VERSION

PROFILES = "https://datapackage.org/profiles/2.0"
MAX_SOURCES = 1000
"""The maximum number of sources that the description names; `sources.csv` has all."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The modification time of all members: the same data yields the same bytes."""


def write_package(snapshot: Snapshot) -> None:
    """Write the package. The description comes last, since it contains the checksums."""
    snapshot.unlink()
    with zipfile.ZipFile(snapshot, "w", zipfile.ZIP_DEFLATED) as package:
        resources = [_write_resource(package, plural) for plural in RECORDS]
        description = {**_describe_package(), "resources": resources}
        with package.open(zipfile.ZipInfo("datapackage.json", EPOCH), "w") as file:
            file.write((json.dumps(description, ensure_ascii=False, indent=2) + "\n").encode())


def _describe_package() -> dict[str, Any]:
    revision, stated = current_revision(), package_license()
    return {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": "readout",
        "title": "Readout: negotiations as data",
        "description": f"What parties said, proposed and accepted, with sources and paragraphs. {license_text()}",
        "version": f"{VERSION}+revision.{revision.number}",
        "created": revision.recorded_at.isoformat(),
        "sources": _sources(),
        **({"licenses": [stated]} if stated else {}),
    }


def _sources() -> list[dict[str, str]]:
    """Return title and address of each source."""
    rows = connection().execute("select title, text_url from sources order by id limit ?", [MAX_SOURCES])
    return [{"title": title, **({"path": url} if url else {})} for title, url in rows]


def _write_resource(package: zipfile.ZipFile, plural: str) -> dict[str, Any]:
    """Write the CSV of a record type and return its description."""
    record = RECORDS[plural]
    member = zipfile.ZipInfo(f"{plural}.csv", EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    with package.open(member, "w", force_zip64=True) as file:
        size, digest = _write_csv(file, csv_text(record, ListQuery(record, {}).stream(), for_programs=True))
    return {
        "$schema": f"{PROFILES}/dataresource.json",
        "type": "table",
        "name": plural,
        "path": f"{plural}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "schema": {
            "$schema": f"{PROFILES}/tableschema.json",
            **table_schema(record),
            "foreignKeys": foreign_keys(record),
        },
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
