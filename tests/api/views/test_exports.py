"""Exports contain all records, and the checksums they state are right."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.middleware.response_cache import ResponseCacheMiddleware
from api.views.exports import EXPORT_SLOTS
from schemas import RECORDS
from tests.api.middleware.test_response_cache import ask


def test_exported_database_serves_the_same_records(client: FlaskClient, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(client.get("/export/readout.db").data)
    exported = create_app(database=str(copy)).test_client()
    assert exported.get("/positions.ndjson").data == client.get("/positions.ndjson").data


def test_data_package_has_every_type_and_its_checksum(client: FlaskClient) -> None:
    package = zipfile.ZipFile(io.BytesIO(client.get("/export/readout.zip").data))
    package_json = json.loads(package.read("datapackage.json"))
    assert {resource["name"] for resource in package_json["resources"]} == set(RECORDS)
    for resource in package_json["resources"]:
        data = package.read(resource["path"])
        assert data == client.get(f"/{resource['path']}").data
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        header = data.decode().split("\r\n", maxsplit=1)[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip"])
def test_concurrent_exports_are_limited(own: Path, path: str) -> None:
    cache = ResponseCacheMiddleware(create_app(database=str(own)))
    assert EXPORT_SLOTS.acquire(blocking=False)
    assert ask(cache, path).status == 200
    assert EXPORT_SLOTS.acquire(blocking=False)
    response = ask(cache, path)
    assert (response.status, response.header("retry-after")) == (503, "10")
    assert response.header("content-type") == "application/problem+json"
    assert ask(cache, path, "HEAD").status == 200
    for _ in range(2):
        EXPORT_SLOTS.release()
    assert ask(cache, path).status == 200


def test_ndjson_export_contains_all_records(client: FlaskClient) -> None:
    lines = [json.loads(line) for line in client.get("/export/readout.ndjson").text.splitlines()]
    for plural in RECORDS:
        served = {
            (record := json.loads(line))["id"]: record for line in client.get(f"/{plural}.ndjson").text.splitlines()
        }
        exported = {line["record"]["id"]: line for line in lines if line["type"] == plural}
        assert exported.keys() == served.keys()
        for id, line in exported.items():
            extras = {name: served[id][name] for name in ("revision", "url", "links")}
            assert line["record"] | extras == served[id]
            assert line["revision"] == served[id]["revision"]
            assert line["bundle"] in {source["record"]["id"] for source in lines if source["type"] == "sources"}


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip", "/export/readout.ndjson"])
def test_exports_are_reproducible(client: FlaskClient, path: str) -> None:
    assert client.get(path).data == client.get(path).data


@pytest.mark.parametrize("path", ["/export/", "/export/../readout.db", "/export/%2e%2e/readout.db", "/export/other.db"])
def test_unknown_exports_are_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
