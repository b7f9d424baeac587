"""Responses while the database is damaged, or its disk full or read-only, and afterwards."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep

import msgspec
import psutil
import pytest

from api import create_app
from api.database import connection
from api.http.streaming import CHUNK_BYTES
from api.middleware.database_state import CLOSE_AFTER_SECONDS, STABLE_AFTER_SECONDS
from api.middleware.request_body import MEMORY_LIMIT
from seed.bundles import SEED, load
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import SCHEMA_VERSION
from seed.storage.read_connection import ImmutableConnection
from seed.storage.sqlite_file import open_readonly
from tests.support import ROOT
from tests.support.damages import replace_with_fifo, spoil_schema
from tests.support.load_clients import (
    Client,
    LoggedServer,
    Result,
    SmallDisk,
    get_once,
    is_unavailable,
    load_server,
    note,
    wait_until,
)

BUNDLE = SEED / "trump-putin-call.yaml"
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
READY = "/readyz"
"""The health check that reads the database."""
STREAM = "/export/readout.ndjson"
PATHS = ("/parties/putin", "/events?limit=5", "/matrix.txt", "/search?q=ceasefire", "/events.csv", "/", STREAM)
SERVER = [
    *(sys.executable, "-m", "gunicorn", "--config", "python:api.server.gunicorn_conf", "--bind", "127.0.0.1:0"),
    "api.asgi:create_asgi_app()",
]
RECOVERY_SECONDS = 5.0
"""Seconds within which a repaired file must be served."""


def rename_putin(path: Path, name: str) -> Path:
    """Write the shipped bundle with another name for Putin."""
    path.write_text(BUNDLE.read_text().replace("name: Vladimir Putin", f"name: {name}"))
    return path


# A damaged file


@pytest.mark.parametrize(
    "damage",
    [
        "substr(record, 1, 100)",
        "'[]'",
        "replace(record, '\",\"', '\",' || char(10) || '\"')",
        "record || '} {\"record\":{}'",
        "replace(record, '\"id\":\"', '\"id\":\"' || cast(x'ff' as text))",
    ],
)
def test_damaged_record_is_no_line_of_ndjson(own: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(own)) as writer, writer:
        writer.execute(f"update events set record = {damage} where key = 3")
    client = create_app(database=str(own)).test_client()
    assert [client.get(path).status_code for path in ("/events.ndjson", STREAM)] == [503, 503]
    monkeypatch.setattr("api.http.streaming.MAX_COMPLETE_RECORDS", 1)
    with pytest.raises(msgspec.DecodeError):
        client.get(STREAM).get_data()


@pytest.mark.parametrize("path", ["/events", "/events?fields=id", "/events.html", "/events.csv"])
def test_record_that_is_not_utf8_is_not_served(own: Path, path: str) -> None:
    with closing(sqlite3.connect(own)) as writer, writer:
        writer.execute("update events set record = replace(record, ':\"', ':\"' || cast(x'ff' as text)) where key = 3")
    assert create_app(database=str(own)).test_client().get(path).status_code == 503


@pytest.mark.parametrize("record", ["null", "[]", "{"])
def test_damaged_record_is_no_part_of_a_bundle(own: Path, record: str) -> None:
    with closing(sqlite3.connect(own)) as writer, writer:
        writer.execute("update events set record = ? where key = 3", [record])
    response = create_app(database=str(own)).test_client().get("/bundles/trump-putin-call-article")
    assert response.status_code == 503


def test_text_of_sqlite_that_is_not_utf8_is_503(own: Path) -> None:
    """An error of SQLite may quote damaged text, which Python then cannot decode."""
    app = create_app(database=str(own))

    @app.before_request
    def read_damaged() -> None:
        bytes([0xFF]).decode()

    response = app.test_client().get("/events")
    assert (response.status_code, response.headers["Retry-After"].isdigit()) == (503, True)


def noise(size: int) -> bytes:
    return Random(3).randbytes(size)  # noqa: S311 - not for cryptography


def overwrite(path: Path) -> None:
    path.write_bytes(noise(path.stat().st_size))


def tear(path: Path) -> None:
    """Overwrite every page but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(noise(path.stat().st_size - 4096))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def remove(path: Path) -> None:
    path.unlink()


def replace_with_foreign(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as file:
        file.execute("create table parties (id, record)")
    other.replace(path)


def replace_with_newer(path: Path) -> None:
    other = Path(shutil.copy(path, path.with_name("other.db")))
    with closing(sqlite3.connect(other)) as file:
        file.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    other.replace(path)


DAMAGES = [
    *(overwrite, tear, truncate, empty, remove, spoil_schema),
    *(replace_with_foreign, replace_with_newer, replace_with_fifo),
]
Damage = Callable[[Path], None]


@pytest.mark.parametrize(
    "damage",
    [
        replace_with_newer,
        *(
            pytest.param(damage, marks=pytest.mark.slow)
            for damage in (overwrite, truncate, spoil_schema, replace_with_foreign)
        ),
    ],
)
def test_start_with_a_damaged_file_fails(own: Path, damage: Damage) -> None:
    damage(own)
    before = own.read_bytes()
    for command in (SERVER, [sys.executable, "-m", "seed", "load"]):
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "READOUT_DATABASE": str(own)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        lines = [line for line in result.stderr.splitlines() if line and not line.startswith("Loading ")]
        assert result.returncode == 1, result.stderr
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith(f"Error: {own} ")
        assert any(advice in lines[0] for advice in ("python -m seed load", "READOUT_DATABASE")), lines
    assert own.read_bytes() == before


def test_invalid_setting_stops_the_start(own: Path) -> None:
    environment = {**os.environ, "READOUT_DATABASE": str(own), "READOUT_WORKERS": "many"}
    result = subprocess.run(SERVER, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert "READOUT_WORKERS: Not a valid integer." in result.stderr
    assert "Traceback" not in result.stderr


def test_start_without_temporary_folder_fails(database: Path) -> None:
    """With `/tmp` read-only, as in a hardened container, the server prints one line instead of a traceback."""
    if not shutil.which("unshare"):
        pytest.skip("unshare is not installed (Linux, util-linux)")
    folder = Path(tempfile.mkdtemp(dir="/var/lib" if os.access("/var/lib", os.W_OK) else Path.home()))
    read_only = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"  # the project may be in one of them
    mounts = " && ".join(map(read_only.format, ("/tmp", "/var/tmp")))  # noqa: S108
    shell = ["unshare", "--mount", "sh", "-c", f'{mounts} && cd /proc && echo mounted && exec "$@"', "sh"]
    try:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "TMPDIR"},
            "PYTHONPATH": str(ROOT),
            "READOUT_DATABASE": str(shutil.copy(database, folder / "readout.db")),
        }
        result = subprocess.run(
            [*shell, *SERVER], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        shutil.rmtree(folder)
    if "mounted" not in result.stdout:
        pytest.skip("nothing may be mounted here")
    assert result.returncode == 1
    assert [line for line in result.stderr.splitlines() if line] == [
        "Error: No folder for temporary files is writable. Set TMPDIR to one that is, such as a tmpfs mounted at /tmp."
    ]


def test_create_app_raises_database_unavailable(own: Path) -> None:
    overwrite(own)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        create_app(database=str(own))


@pytest.fixture(scope="module")
def damageable(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, LoggedServer]]:
    """A server, and its database, which tests may damage."""
    folder = tmp_path_factory.mktemp("damageable")
    path = Path(shutil.copy(database, folder / "readout.db"))
    server = LoggedServer(path, folder / "log")
    with server as (url, _):
        yield url, path, server


QUICK = (overwrite, remove, spoil_schema)


@pytest.mark.parametrize(
    "damage", [damage if damage in QUICK else pytest.param(damage, marks=pytest.mark.slow) for damage in DAMAGES]
)
def test_file_damaged_while_served(damageable: tuple[str, Path, LoggedServer], database: Path, damage: Damage) -> None:
    url, path, server = damageable
    intact = {result.path: result.body for result in (get_once(url, one) for one in PATHS)}
    other = Path(shutil.copy(database, path.with_name("intact.db")))
    with load_server(url, PATHS) as load:
        sleep(0.2)
        damaged_at = monotonic()
        damage(path)
        wait_until(lambda: load.statuses(damaged_at)[503] > 20)
        assert is_unavailable(get_once(url, READY))
        repaired_at = monotonic()
        other.replace(path)
        wait_until(lambda: get_once(url, READY).status == 200, RECOVERY_SECONDS)
        back_at = monotonic()
        wait_until(lambda: load.statuses(back_at)[200] > 20)
    for result in load.results:
        assert result.status in (200, 503) or (result.path, result.failure) == (STREAM, "IncompleteRead"), result
        assert (
            result.body == intact[result.path] if result.status == 200 else result.failure or is_unavailable(result)
        ), result
    assert not load.statuses(back_at).keys() - {200}
    assert back_at - repaired_at < RECOVERY_SECONDS
    assert load.longest() < 5
    assert " was sent SIG" not in server.read_log()
    assert "Traceback" not in server.read_log()
    assert "exception calling callback" not in server.read_log()
    note(f"{damage.__name__}: {load.summary()}, all well {back_at - repaired_at:.2f} s after the repair")


# A stream that fails at its first read


@pytest.mark.slow
def test_stream_that_cannot_begin_is_a_problem(own: Path, tmp_path: Path) -> None:
    with LoggedServer(own, tmp_path / "log") as (url, _), Client(url) as client:
        tag = client.send(STREAM).headers["etag"]
        with closing(sqlite3.connect(own)) as file:
            file.execute("alter table sources rename to lost")  # the first table that is exported
        failed = client.send(STREAM)
        assert (failed.status, failed.headers["content-type"]) == (500, "application/problem+json")
        assert failed.data["instance"] == STREAM
        assert "etag" not in failed.headers
        with closing(sqlite3.connect(own)) as file:
            file.execute("alter table lost rename to sources")
        assert client.send(STREAM, {"If-None-Match": tag}).status == 304
        assert client.send(STREAM).status == 200


# A full or read-only disk


@pytest.mark.slow
def test_full_disk_is_served(disk: SmallDisk, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, disk.path / "readout.db")
    server = LoggedServer(disk.folder / "readout.db", tmp_path / "log", disk.within)
    with server as (url, _):
        get_once(url, "/events.csv")
        for has_shm, path in ((True, "/events"), (False, "/parties")):  # what was not cached before
            if not has_shm:
                sleep(STABLE_AFTER_SECONDS + CLOSE_AFTER_SECONDS)  # until no connection is open
                (disk.path / "readout.db-shm").unlink()
            disk.fill()
            with load_server(url, [*(f"{path}?limit={number}" for number in range(1, 60)), "/events.csv"]) as load:
                wait_until(lambda: len(load.results) > 300)
            assert load.statuses().keys() == {200}
            assert has_shm is ((disk.path / "readout.db-shm").stat().st_size > 4096)
            note(load.summary())
            disk.empty()
        load_within(disk, rename_putin(tmp_path / "bundle.yaml", "V. Putin"))
        assert wait_until(lambda: get_once(url, "/parties/putin").data["name"] == "V. Putin") < 1


def load_within(disk: SmallDisk, bundle: Path) -> None:
    """Load a bundle into the database on the disk."""
    disk.run("env", f"READOUT_DATABASE={disk.folder / 'readout.db'}", sys.executable, "-m", "seed", "load", bundle)


@pytest.mark.slow
def test_export_without_disk_space_is_503(disk: SmallDisk, own: Path, tmp_path: Path) -> None:
    with LoggedServer(own, tmp_path / "log", disk.within, TMPDIR=str(disk.folder)) as (url, _), Client(url) as client:
        paths = ("/export/readout.db", "/export/readout.zip")
        disk.fill()
        for path in paths:
            assert is_unavailable(client.send(path))
            assert is_unavailable(client.send(path))
        assert is_unavailable(post(url, LARGE_BODY))
        assert post(url, b"{}").status == 422
        disk.empty()
        tags = {path: client.send(path).headers["etag"] for path in paths}
        assert post(url, LARGE_BODY).status == 422
        disk.fill()  # the snapshots remain
        for path, tag in tags.items():
            assert client.send(path).status == 200
            assert client.send(path, {"If-None-Match": tag}).status == 304
        disk.empty()


LARGE_BODY = b'{"sources": "' + b" " * MEMORY_LIMIT + b'"}'


@pytest.mark.slow
def test_temporary_folder_removed_while_served(own: Path, tmp_path: Path) -> None:
    load([SECOND], own)
    folder = tmp_path / "some" / "temporary"
    folder.mkdir(parents=True)
    paths = ("/metrics", "/export/readout.db", "/export/readout.zip", "/events?known_at=1")
    with LoggedServer(own, tmp_path / "log", TMPDIR=str(folder)) as (url, _):
        for path in paths:
            shutil.rmtree(folder.parent)
            assert get_once(url, path).status == 200
        assert [each.stat().st_mode & 0o777 for each in (folder.parent, folder)] == [0o700] * 2
        shutil.rmtree(folder.parent)
        assert post(url, LARGE_BODY).status == 422
        load([rename_putin(tmp_path / "bundle.yaml", "V. Putin")], own)  # so that downloads are built again
        shutil.rmtree(folder.parent)
        folder.parent.write_text("not a folder")
        for path in (*paths[1:3], "/events?known_at=2"):
            assert is_unavailable(get_once(url, path))
        assert is_unavailable(post(url, LARGE_BODY))


@pytest.mark.slow
def test_worker_starts_without_the_temporary_folder(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with LoggedServer(own, tmp_path / "log", TMPDIR=str(folder), READOUT_WORKERS="1") as (url, master):
        (worker,) = psutil.Process(master.pid).children()
        shutil.rmtree(folder)
        worker.kill()
        worker.wait(10)
        wait_until(lambda: get_once(url, "/events").status == 200)


def post(url: str, body: bytes) -> Result:
    with Client(url) as client:
        return client.send("/check", {"Content-Type": "application/json"}, "POST", body)


@pytest.mark.slow
def test_disk_made_read_only_while_served(disk: SmallDisk, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, disk.path / "readout.db")
    with LoggedServer(disk.folder / "readout.db", tmp_path / "log", disk.within) as (url, _):
        for option in ("ro", "rw", "ro"):
            remount(disk, option)
            with load_server(url, [f"/events?limit={number}" for number in range(1, 60)]) as load:
                wait_until(lambda: len(load.results) > 100)
            assert load.statuses().keys() == {200}
            note(f"{option}: {load.summary()}")
        remount(disk, "rw")
        load_within(disk, rename_putin(tmp_path / "bundle.yaml", "V. Putin"))
        assert wait_until(lambda: get_once(url, "/parties/putin").data["name"] == "V. Putin") < 1


def remount(disk: SmallDisk, option: str) -> None:
    """Remount the disk, as soon as no file on it is open for writing."""
    command = [*disk.within, "mount", "-o", f"remount,{option}", str(disk.folder)]
    wait_until(lambda: subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0)


# A file opened with immutable=1, which another user may still write


@pytest.fixture
def immutable(own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a folder that seems to be read-only to this process."""
    monkeypatch.setattr("os.access", lambda *_: False)
    return own


def test_torn_read_is_503(immutable: Path, tmp_path: Path) -> None:
    app, meanwhile = create_app(database=str(immutable)), [rename_putin(tmp_path / "bundle.yaml", "V. Putin")]

    @app.before_request
    def overtake() -> None:
        connection()
        if meanwhile:
            load([meanwhile.pop()], immutable)

    client = app.test_client()
    overtaken = client.get("/parties/putin")
    assert (overtaken.status_code, overtaken.headers["Access-Control-Allow-Origin"]) == (503, "*")
    assert int(overtaken.headers["Retry-After"]) > 0
    assert client.get("/parties/putin").get_json()["name"] == "V. Putin"


def test_torn_stream_is_aborted(immutable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.streaming.MAX_COMPLETE_RECORDS", 1)
    pieces = create_app(database=str(immutable)).test_client().get(STREAM).iter_encoded()
    next(pieces)
    load([rename_putin(tmp_path / "bundle.yaml", "V. Putin")], immutable)
    with pytest.raises(DatabaseUnavailable, match="written to while it was read"):
        list(pieces)


def test_replaced_file_keeps_its_readers(immutable: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(immutable)) as file, file:
        long_note = "update sources set record = json_set(record, '$.note', hex(zeroblob(?)))"  # more than a chunk
        file.execute(long_note, [CHUNK_BYTES])
    other = Path(shutil.copy(immutable, tmp_path / "other.db"))
    pieces = create_app(database=str(immutable)).test_client().get(STREAM).iter_encoded()
    next(pieces)
    other.replace(immutable)
    assert list(pieces)


READER = """
import pathlib, sys
from seed.storage.sqlite_file import open_readonly
reader = open_readonly(pathlib.Path(sys.argv[1]))
reader.execute("rollback")
print("there", flush=True)
input()
"""


@contextmanager
def replace_under_a_reader(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Replace the file by a larger one while a process reads it, whose `-shm` states the old size."""
    other = Path(shutil.copy(path, path.with_name("larger.db")))
    with closing(sqlite3.connect(other)) as file:
        file.execute("create table padding as select zeroblob(1000000) as filler")
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline()
        load([SECOND], path)
        other.replace(path)
        yield reader
        reader.kill()


@pytest.mark.slow
def test_replaced_file_with_readers_is_loaded(own: Path) -> None:
    with replace_under_a_reader(own) as reader:
        with closing(open_readonly(own)) as alone:
            assert isinstance(alone, ImmutableConnection)
            assert alone.execute("select count(*) from revisions").fetchone()[0] == 1
        threading.Timer(0.5, reader.kill).start()
        assert load([SECOND], own).revision == 2
    with closing(open_readonly(own)) as together:
        assert not isinstance(together, ImmutableConnection)
        assert together.execute("select count(*) from revisions").fetchone()[0] == 2


@pytest.mark.slow
def test_load_stops_waiting_for_readers(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seed.storage.sqlite_file.LOCK_TIMEOUT_SECONDS", 0.2)
    with (
        replace_under_a_reader(own),
        pytest.raises(DatabaseUnavailable, match="replaced a file that another process still has open"),
    ):
        load([SECOND], own)
    assert load([SECOND], own).revision == 2


def test_file_is_not_mapped(own: Path) -> None:
    with closing(open_readonly(own)) as reader:
        assert reader.execute("pragma mmap_size").fetchone()[0] == 0
