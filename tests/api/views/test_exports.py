"""Downloads: complete, shared, resumable, and gone from the disk with the process."""

import csv
import hashlib
import io
import json
import sqlite3
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.views.snapshots import MAX_BUILDS, MAX_WAITING, Snapshot, SnapshotStore
from schemas import RECORDS
from schemas.derived import derived_fields
from schemas.vocabularies import STANCES
from seed.bundles import load
from seed.storage.mapping import columns, list_tables
from tests.support import ROOT
from tests.support.asgi import cache_in_front_of, request
from tests.support.load_clients import wait_until

DOWNLOADS = ["/export/readout.db", "/export/readout.zip"]
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def research(client: FlaskClient, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The downloaded SQLite file."""
    path = tmp_path / "research.db"
    path.write_bytes(client.get("/export/readout.db").data)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def test_research_file_has_records_and_nothing_else(research: sqlite3.Connection) -> None:
    lists = {link.table for record in RECORDS.values() for link in list_tables(record)}
    names = {
        kind: {row["name"] for row in rows(research, "select name from sqlite_master where type = ?", kind)}
        for kind in ("table", "view")
    }
    assert names == {
        "table": {*RECORDS, *lists, "about", "vocabularies"},
        "view": {f"v_{plural}" for plural in RECORDS},
    }
    assert {row["type"] for row in rows(research, "select type from sqlite_master")} <= {"table", "view", "index"}
    assert rows(research, "pragma integrity_check")[0][0] == "ok"


def test_research_file_has_every_record(
    research: sqlite3.Connection, plural: str, records: list[dict[str, Any]]
) -> None:
    """Texts, booleans, references and lists are those that are served."""
    stored = {row["id"]: dict(row) for row in rows(research, f'select * from "{plural}"')}
    assert stored.keys() == {record["id"] for record in records}
    simple = [column.name for column in columns(RECORDS[plural]) if column.simple]
    for record in records:
        assert {name: stored[record["id"]][name] for name in simple} == {name: record[name] for name in simple}
    for link in list_tables(RECORDS[plural]):
        assert len(rows(research, f'select * from "{link.table}"')) == sum(
            len(record[link.name] or []) for record in records
        )


def test_research_file_has_foreign_keys(research: sqlite3.Connection) -> None:
    assert rows(research, "pragma foreign_key_check") == []
    keys = {(key["from"], key["table"]) for key in rows(research, "pragma foreign_key_list(positions_conditions)")}
    assert keys == {("position_id", "positions"), ("proposal", "proposals")}
    types = {row["name"]: row["type"] for row in rows(research, "pragma table_info(positions)")}
    assert (types["date_earliest"], types["explicit"], types["date"]) == ("date", "boolean", "TEXT")


def test_research_view_has_labels_and_paragraphs(research: sqlite3.Connection, fetch: Callable[..., Any]) -> None:
    for position in fetch("/positions?limit=20")["data"]:
        (row,) = rows(research, "select * from v_positions where id = ?", position["id"])
        assert row["party_label"] == fetch(f"/parties/{position['party']}")["name"]
        assert row["stance_label"] == STANCES.terms[position["stance"]].label
        assert row["citations_paragraph"] == " | ".join(str(one["paragraph"]) for one in position["citations"])
        assert row["attribution"] == position["attribution"]


def rows(connection: sqlite3.Connection, sql: str, *values: str) -> list[sqlite3.Row]:
    """Return the rows of a query."""
    return connection.execute(sql, values).fetchall()


def test_data_package_has_every_type_and_its_checksum(client: FlaskClient) -> None:
    package = zipfile.ZipFile(io.BytesIO(client.get("/export/readout.zip").data))
    assert package.testzip() is None
    description = json.loads(package.read("datapackage.json"))
    assert {resource["name"] for resource in description["resources"]} == set(RECORDS)
    for resource in description["resources"]:
        data = package.read(resource["path"])
        assert data == client.get(f"/{resource['path']}").data.replace(b"http://localhost/", b"/")
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        header = data.decode().split("\r\n", maxsplit=1)[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_data_package_has_keys_dates_and_sources(client: FlaskClient) -> None:
    description = read_description(client)
    schema = next(one["schema"] for one in description["resources"] if one["name"] == "positions")
    assert {"fields": ["proposal"], "reference": {"resource": "proposals", "fields": ["id"]}} in schema["foreignKeys"]
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert (types["date_earliest"], types["date_latest"], types["date"]) == ("date", "date", "string")
    titles = {source["title"] for source in client.get("/sources").get_json()["data"]}
    assert {source["title"] for source in description["sources"]} == titles


@pytest.mark.parametrize(
    ("data_license", "licenses", "words"),
    [
        (None, None, "No licence is stated"),
        ("CC-BY-4.0", [{"name": "CC-BY-4.0"}], "The licence is CC-BY-4.0."),
        ("https://example.org/terms", [{"path": "https://example.org/terms"}], "https://example.org/terms"),
    ],
)
def test_downloads_say_the_licence(
    database: Path, tmp_path: Path, data_license: str | None, licenses: Any, words: str
) -> None:
    client = create_app(database=str(database), data_license=data_license).test_client()
    description = read_description(client)
    assert description.get("licenses") == licenses
    assert words in description["description"]
    path = tmp_path / "research.db"
    path.write_bytes(client.get("/export/readout.db").data)
    with closing(sqlite3.connect(path)) as connection:
        ((text,),) = connection.execute("select value from about where name = 'license'")
    assert words in text
    assert "Quotations" in text


def read_description(client: FlaskClient) -> Any:
    """Return the description of the downloaded data package."""
    with zipfile.ZipFile(io.BytesIO(client.get("/export/readout.zip").data)) as package:
        return json.loads(package.read("datapackage.json"))


def test_ndjson_export_contains_all_records(client: FlaskClient) -> None:
    lines = [json.loads(line) for line in client.get("/export/readout.ndjson").text.splitlines()]
    for plural in RECORDS:
        served = {
            (record := json.loads(line))["id"]: record for line in client.get(f"/{plural}.ndjson").text.splitlines()
        }
        exported = {line["record"]["id"]: line for line in lines if line["type"] == plural}
        assert exported.keys() == served.keys()
        for id, line in exported.items():
            added = {name: served[id][name] for name in ("revision", "url", "links", *derived_fields(RECORDS[plural]))}
            assert line["record"] | added == served[id]
            assert line["revision"] == served[id]["revision"]
            assert line["bundle"] in {source["record"]["id"] for source in lines if source["type"] == "sources"}


@pytest.mark.parametrize("path", [*DOWNLOADS, "/export/readout.ndjson"])
def test_exports_are_reproducible(database: Path, path: str) -> None:
    first, second = (create_app(database=str(database)).test_client().get(path) for _ in range(2))
    assert (first.data, first.headers["ETag"]) == (second.data, second.headers["ETag"])


@pytest.mark.parametrize("path", ["/export/", "/export/../readout.db", "/export/%2e%2e/readout.db", "/export/other.db"])
def test_unknown_exports_are_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", DOWNLOADS)
def test_download_resumes(client: FlaskClient, path: str) -> None:
    whole = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert int(whole.headers["Content-Length"]) == len(whole.data)
    assert "Content-Encoding" not in whole.headers
    rest = client.get(path, headers={"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]})
    assert (rest.status_code, rest.data) == (206, whole.data[1000:])
    assert rest.headers["Content-Range"] == f"bytes 1000-{len(whole.data) - 1}/{len(whole.data)}"
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Accept-Ranges"):
        assert rest.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("headers", "status", "start", "stop"),
    [
        ({"Range": "bytes=0-0"}, 206, 0, 1),
        ({"Range": "bytes=-10"}, 206, -10, None),
        ({"Range": "bytes=-99999999999"}, 206, 0, None),
        ({"Range": "bytes=10-19"}, 206, 10, 20),
        ({"Range": "bytes=0-99999999999"}, 206, 0, None),
        ({"Range": "bytes=0-1,5-6"}, 200, 0, None),
        ({"Range": "bytes=5-1"}, 200, 0, None),
        ({"Range": "lines=0-1"}, 200, 0, None),
        ({"Range": "nonsense"}, 200, 0, None),
        ({"Range": "bytes=0-0", "If-Range": '"another"'}, 200, 0, None),
        ({"Range": "bytes=0-0", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200, 0, None),
    ],
    ids=str,
)
def test_ranges(client: FlaskClient, headers: dict[str, str], status: int, start: int, stop: int | None) -> None:
    whole = client.get("/export/readout.db").data
    response = client.get("/export/readout.db", headers=headers)
    assert (response.status_code, response.data) == (status, whole[start:stop])
    assert int(response.headers["Content-Length"]) == len(response.data)


def test_range_after_the_end_is_rejected(client: FlaskClient) -> None:
    size = int(client.head("/export/readout.db").headers["Content-Length"])
    response = client.get("/export/readout.db", headers={"Range": f"bytes={size}-"})
    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert response.content_type == "application/problem+json"


def test_preconditions_come_before_the_range(client: FlaskClient) -> None:
    etag = client.head("/export/readout.db").headers["ETag"]
    part = {"Range": "bytes=0-9"}
    assert client.get("/export/readout.db", headers={**part, "If-None-Match": etag}).status_code == 304
    assert client.get("/export/readout.db", headers={**part, "If-Match": '"another"'}).status_code == 412
    assert client.get("/export/readout.db", headers={**part, "If-Match": etag}).status_code == 206
    before = {**part, "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert client.get("/export/readout.db", headers=before).status_code == 412


def test_head_has_length_but_no_body(client: FlaskClient) -> None:
    head = client.head("/export/readout.zip", headers={"Range": "bytes=0-9"})
    assert head.status_code == 200
    assert head.data == b""
    assert int(head.headers["Content-Length"]) == len(client.get("/export/readout.zip").data)


def test_ranges_pass_the_response_cache(database: Path) -> None:
    cache = cache_in_front_of(create_app(database=str(database)))
    assert request(cache, "/export/readout.zip").status == 200
    part = request(cache, "/export/readout.zip", range="bytes=2-5")
    assert (part.status, part.header("content-length")) == (206, "4")


@pytest.mark.parametrize("path", DOWNLOADS)
def test_clients_share_one_file(database: Path, temporary: Path, path: str) -> None:
    """Twenty clients that have read a little share one copy, in the folder that is removed with the server."""
    app = create_app(database=str(database))
    app.extensions["snapshots"].shared.create_folder()
    client, before, (folder,) = app.test_client(), open_temporary_files(temporary), temporary.iterdir()
    responses = [client.get(path, buffered=False) for _ in range(20)]
    for response in responses:
        next(iter(response.iter_encoded()))
    wait_until(lambda: len(open_temporary_files(temporary)) == len(before) + 1)
    assert list(temporary.iterdir()) == [folder]


def open_temporary_files(folder: Path) -> list[str]:
    """The files of a directory that the process has open, deleted ones included."""
    names = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            names.append(str(link.readlink()))
        except FileNotFoundError:  # the directory listing itself
            continue
    return [name for name in names if name.startswith(str(folder))]


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/export/readout.db", "api.views.research_database._write_shared_tables"),
        ("/export/readout.zip", "api.views.data_package._describe_package"),
    ],
)
def test_workers_share_what_one_has_built(own: Path, monkeypatch: pytest.MonkeyPatch, path: str, step: str) -> None:
    one, other = create_app(database=str(own)), create_app(database=str(own))
    other.extensions["snapshots"].shared = one.extensions["snapshots"].shared
    first = one.test_client().get(path)
    with monkeypatch.context() as patch:
        patch.setattr(step, lambda *_: pytest.fail("built again"))
        second = other.test_client().get(path)
    assert (second.status_code, second.data, second.headers["ETag"]) == (200, first.data, first.headers["ETag"])
    load([SECOND], own)
    third = other.test_client().get(path)
    assert third.data == one.test_client().get(path).data != first.data
    folder = one.extensions["snapshots"].shared._folder.path
    assert len([file for file in folder.iterdir() if file.suffix != ".lock"]) == 1


def test_download_without_space_to_share_it_is_sent(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(database=str(own))
    monkeypatch.setattr("shutil.copyfileobj", lambda *_: (_ for _ in ()).throw(OSError("No space left on device")))
    response = app.test_client().get("/export/readout.db")
    assert (response.status_code, response.data[:6]) == (200, b"SQLite")


@pytest.mark.parametrize("path", ["/export/readout.db", "/export/readout.zip"])
def test_download_without_a_folder_to_share_it_is_sent(own: Path, path: str) -> None:
    """Somebody has put a link in the place of the folder."""
    app = create_app(database=str(own))
    snapshots: SnapshotStore = app.extensions["snapshots"]
    folder = snapshots.shared._folder.path
    folder.rmdir()
    folder.symlink_to(own.parent)
    try:
        assert app.test_client().get(path).status_code == 200
    finally:
        folder.unlink()


def test_research_database_is_built_after_a_failure(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection that it was attached to serves others afterwards."""
    client = create_app(database=str(own)).test_client()
    with monkeypatch.context() as patch:
        patch.setattr("api.views.research_database.view_sql", lambda _: "create view nonsense")
        assert client.get("/export/readout.db").status_code >= 500
    assert client.get("/events").status_code == 200
    assert client.get("/export/readout.db").data[:6] == b"SQLite"


def test_new_revision_has_a_new_snapshot(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    before = client.get("/export/readout.zip")
    load([SECOND], own)
    after = client.get("/export/readout.zip")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert b"invented" in zipfile.ZipFile(io.BytesIO(after.data)).read("proposals.csv")


def test_unfinished_snapshot_is_sent_as_it_grows(app: Flask) -> None:
    """The first bytes are sent before the last are written."""
    may_go_on = threading.Event()

    def build(snapshot: Snapshot) -> None:
        snapshot.write(b"first")
        assert may_go_on.wait(10)
        snapshot.write(b"last")

    with app.test_request_context():
        snapshot = SnapshotStore(app).get("name", "version", build)
    chunks = snapshot.read()
    assert next(chunks) == b"first"
    assert not snapshot.wait(0)
    may_go_on.set()
    assert list(chunks) == [b"last"]
    assert snapshot.wait()


def test_failed_build_is_reported_and_repeated(app: Flask) -> None:
    def fail(snapshot: Snapshot) -> None:
        raise OSError("No space left on device")

    store = SnapshotStore(app)
    for _ in range(MAX_BUILDS + 1):
        with app.test_request_context():
            snapshot = store.get("name", "version", fail)
        with pytest.raises(OSError, match="No space"):
            snapshot.wait()
        with pytest.raises(OSError, match="No space"):
            next(snapshot.read())


def test_build_without_a_thread_leaves_nothing(own: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(database=str(own))

    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        for _ in range(MAX_BUILDS + 1):
            response = app.test_client().get("/export/readout.db")
            assert (response.status_code, "lacks disk space" in response.get_data(as_text=True)) == (503, True)
    assert not list(temporary.glob("readout-snapshot-*"))
    assert app.test_client().get("/export/readout.db").status_code == 200


def test_waiting_requests_are_limited(own: Path) -> None:
    app = create_app(database=str(own))
    cache, waiting = cache_in_front_of(app), app.extensions["snapshots"].waiting
    for _ in range(MAX_WAITING):
        assert waiting.acquire(blocking=False)
    try:
        response = request(cache, "/export/readout.db")
        assert (response.status, response.header("retry-after")) == (503, "10")
        assert response.header("content-type") == "application/problem+json"
    finally:
        for _ in range(MAX_WAITING):
            waiting.release()
    assert request(cache, "/export/readout.db").status == 200


@pytest.mark.parametrize("path", ["/export/readout.zip", "/export/readout.db"])
def test_download_does_not_depend_on_the_host(client: FlaskClient, path: str) -> None:
    """Otherwise each Host header would cost a build of the file."""
    one, other = (client.get(path, base_url=f"http://{host}") for host in ("one", "other"))
    assert (one.data, one.headers["ETag"]) == (other.data, other.headers["ETag"])


@pytest.mark.parametrize(("base_url", "url"), [(None, "/parties/putin"), ("https://x/r", "https://x/r/parties/putin")])
def test_data_package_has_the_configured_base_url(database: Path, base_url: str | None, url: str) -> None:
    response = create_app(database=str(database), base_url=base_url).test_client().get("/export/readout.zip")
    with zipfile.ZipFile(io.BytesIO(response.data)) as package:
        rows = list(csv.DictReader(io.StringIO(package.read("parties.csv").decode())))
    assert next(row["url"] for row in rows if row["id"] == "putin") == url
