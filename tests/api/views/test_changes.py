"""The feed of changes is enough to keep a mirror; the exports hold everything."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.middleware.response_cache import ResponseCacheMiddleware
from api.views.exports import EXPORT_SLOTS
from schemas import RECORDS
from seed.bundles import load
from tests.api.middleware.test_response_cache import ask
from tests.conftest import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


def mirror(client: FlaskClient, held: dict[tuple[str, str], Any], since: int) -> int:
    """Bring a mirror up to date by the feed alone; the revision it is at then."""
    page = client.get(f"/changes?since={since}&limit=50").get_json()
    while True:
        for change in page["data"]:
            held[change["type"], change["id"]] = change["record"]
            if change["action"] == "delete":
                del held[change["type"], change["id"]]
        if not page["page"]["next"]:
            return int(page["meta"]["revision"])
        page = client.get(page["page"]["next"]).get_json()


def test_a_service_that_has_only_the_changes_stays_in_step(own: Path, tmp_path: Path) -> None:
    client = create_app(database=str(own)).test_client()
    held: dict[tuple[str, str], Any] = {}
    at = mirror(client, held, 0)
    edited = tmp_path / "second.yaml"
    for text in (
        SECOND.read_text(),
        SECOND.read_text().replace("All sides hold still", "Everybody holds still"),
        SECOND.read_text().split("positions:\n", maxsplit=1)[0],
    ):
        edited.write_text(text)
        load([edited], own)
        at = mirror(client, held, at)
        for plural in RECORDS:
            served = [json.loads(line) for line in client.get(f"/{plural}.ndjson?sort=id").get_data().splitlines()]
            kept = [record for (type, _), record in sorted(held.items()) if type == plural]
            assert json.dumps(kept) == json.dumps(served)
    assert at == 4


def test_a_mirror_ahead_of_the_data_is_told(client: FlaskClient) -> None:
    answer = client.get("/changes?since=99")
    assert answer.status_code == 400
    assert "built anew" in answer.text


def test_a_record_has_its_history_after_it_is_gone(own: Path, tmp_path: Path) -> None:
    client = create_app(database=str(own)).test_client()
    load([SECOND], own)
    without = tmp_path / "second.yaml"
    without.write_text(SECOND.read_text().split("positions:\n", maxsplit=1)[0])
    load([without], own)
    history = client.get("/positions/ukraine-rejects-invented-pause/history").get_json()["data"]
    assert [(change["revision"], change["action"]) for change in history] == [(2, "create"), (3, "delete")]
    assert history[1]["record"] is None
    assert client.get("/positions/never-there/history").status_code == 404


def test_the_exported_file_is_the_file(client: FlaskClient, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(client.get("/export/readout.db").data)
    exported = create_app(database=str(copy)).test_client()
    assert exported.get("/positions.ndjson").data == client.get("/positions.ndjson").data


def test_the_data_package_holds_every_type_with_true_checksums(client: FlaskClient) -> None:
    package = zipfile.ZipFile(io.BytesIO(client.get("/export/readout.zip").data))
    described = json.loads(package.read("datapackage.json"))
    assert {resource["name"] for resource in described["resources"]} == set(RECORDS)
    for resource in described["resources"]:
        data = package.read(resource["path"])
        assert data == client.get(f"/{resource['path']}").data
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        header = data.decode().split("\r\n", maxsplit=1)[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip"])
def test_no_more_than_a_few_files_are_put_together_at_once(own: Path, path: str) -> None:
    edge = ResponseCacheMiddleware(create_app(database=str(own)))
    assert EXPORT_SLOTS.acquire(blocking=False)
    assert ask(edge, path).status == 200
    assert EXPORT_SLOTS.acquire(blocking=False)
    answer = ask(edge, path)
    assert (answer.status, answer.header("retry-after")) == (503, "10")
    assert answer.header("content-type") == "application/problem+json"
    assert ask(edge, path, "HEAD").status == 200
    for _ in range(2):
        EXPORT_SLOTS.release()
    assert ask(edge, path).status == 200


def test_all_records_are_exported_on_lines(client: FlaskClient) -> None:
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
def test_an_export_gives_the_same_bytes_every_time(client: FlaskClient, path: str) -> None:
    assert client.get(path).data == client.get(path).data


@pytest.mark.parametrize("path", ["/export/", "/export/../readout.db", "/export/%2e%2e/readout.db", "/export/other.db"])
def test_nothing_else_is_exported(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
