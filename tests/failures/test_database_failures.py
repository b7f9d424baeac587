"""What clients are told while the file is damaged, or its disk is full or closed, and once that has passed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from api import create_app
from api.database import connection
from api.middleware.wsgi import BODY_MEMORY_LIMIT
from seed.bundles import SEED, load
from seed.storage.connection_pool import IDLE_SECONDS
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import SCHEMA_VERSION
from seed.storage.read_connection import ImmutableConnection
from seed.storage.sqlite_file import open_readonly
from tests.support import ROOT
from tests.support.load_clients import Client, Room, Said, asked_once, loaded, note, suffering, unable, wait_until

BUNDLE = SEED / "trump-putin-call.yaml"
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
READY = "/readyz"
"""What is asked to learn whether the file can be read."""
STREAM = "/export/readout.ndjson"
PATHS = ("/parties/putin", "/events?limit=5", "/matrix.txt", "/search?q=ceasefire", "/events.csv", "/", STREAM)
BACK_WITHIN = 5.0
"""Seconds after which a file that is good again must be served to everybody."""


def renamed(path: Path, name: str) -> Path:
    """The shipped bundle, in which Putin has another name."""
    path.write_text(BUNDLE.read_text().replace("name: Vladimir Putin", f"name: {name}"))
    return path


# A file that is damaged


def noise(size: int) -> bytes:
    return Random(3).randbytes(size)  # noqa: S311 - the same noise in every run


def garbled(path: Path) -> None:
    path.write_bytes(noise(path.stat().st_size))


def torn(path: Path) -> None:
    """Every page is lost but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(noise(path.stat().st_size - 4096))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def taken_away(path: Path) -> None:
    path.unlink()


def foreign(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as file:
        file.execute("create table parties (id, record)")
    other.replace(path)


def newer(path: Path) -> None:
    other = Path(shutil.copy(path, path.with_name("other.db")))
    with closing(sqlite3.connect(other)) as file:
        file.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    other.replace(path)


DAMAGES = [garbled, torn, cut_off, emptied, taken_away, foreign, newer]
Damage = Callable[[Path], None]


@pytest.mark.parametrize("damage", [garbled, cut_off, foreign, newer])
def test_neither_server_nor_load_starts_over_a_damaged_file_and_each_says_why(own: Path, damage: Damage) -> None:
    damage(own)
    before = own.read_bytes()
    server = [
        "gunicorn",
        "--config",
        "python:api.server.gunicorn_conf",
        "--bind",
        "127.0.0.1:0",
        "api.asgi:create_asgi_app()",
    ]
    for command in (server, ["seed", "load"]):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "READOUT_DATABASE": str(own)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        told = [line for line in done.stderr.splitlines() if line and not line.startswith("Loading ")]
        assert done.returncode == 1, done.stderr
        assert len(told) == 1, done.stderr
        assert told[0].startswith(f"Error: {own} ")
        assert any(advice in told[0] for advice in ("python -m seed load", "READOUT_DATABASE")), told
    assert own.read_bytes() == before


def test_a_server_says_which_variable_is_wrong_and_ends(own: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:api.server.gunicorn_conf",
        "api.asgi:create_asgi_app()",
    ]
    named = {**os.environ, "READOUT_DATABASE": str(own), "READOUT_WORKERS": "many"}
    done = subprocess.run(command, cwd=ROOT, env=named, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "READOUT_WORKERS: Not a valid integer." in done.stderr
    assert "Traceback" not in done.stderr


def test_who_builds_the_application_can_tell_that_the_file_is_at_fault(own: Path) -> None:
    garbled(own)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        create_app(database=str(own))


@pytest.fixture(scope="module")
def served(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, suffering]]:
    """A server over a file that may be damaged."""
    folder = tmp_path_factory.mktemp("served")
    path = Path(shutil.copy(database, folder / "readout.db"))
    server = suffering(path, folder / "log")
    with server as (url, _):
        yield url, path, server


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_damaged_while_it_is_served_is_told_of_until_it_is_whole_again(
    served: tuple[str, Path, suffering], database: Path, damage: Damage
) -> None:
    url, path, server = served
    whole = {said.path: said.body for said in (asked_once(url, one) for one in PATHS)}
    other = Path(shutil.copy(database, path.with_name("whole.db")))
    with loaded(url, PATHS) as load:
        sleep(0.2)
        damaged_at = monotonic()
        damage(path)
        wait_until(lambda: load.statuses(damaged_at)[503] > 20)
        assert unable(asked_once(url, READY))
        repaired_at = monotonic()
        other.replace(path)
        wait_until(lambda: asked_once(url, READY).status == 200, BACK_WITHIN)
        back_at = monotonic()
        wait_until(lambda: load.statuses(back_at)[200] > 20)
    for said in load.said:
        assert said.status in (200, 503) or (said.path, said.failure) == (STREAM, "IncompleteRead"), said
        assert said.body == whole[said.path] if said.status == 200 else said.failure or unable(said), said
    assert not load.statuses(back_at).keys() - {200}
    assert back_at - repaired_at < BACK_WITHIN
    assert load.longest() < 5
    assert " was sent SIG" not in server.said()
    assert "exception calling callback" not in server.said()
    note(f"{damage.__name__}: {load.told()}, all well {back_at - repaired_at:.2f} s after the repair")


# A stream that cannot begin


def test_a_stream_that_cannot_begin_is_a_problem_and_not_a_broken_connection(own: Path, tmp_path: Path) -> None:
    with suffering(own, tmp_path / "log") as (url, _), Client(url) as client:
        tag = client.ask(STREAM).headers["etag"]
        with closing(sqlite3.connect(own)) as file:
            file.execute("alter table sources rename to lost")  # the first that is exported
        told = client.ask(STREAM)
        assert (told.status, told.headers["content-type"]) == (500, "application/problem+json")
        assert told.data["instance"] == STREAM
        assert "etag" not in told.headers
        with closing(sqlite3.connect(own)) as file:
            file.execute("alter table lost rename to sources")
        assert client.ask(STREAM, {"If-None-Match": tag}).status == 304
        assert client.ask(STREAM).status == 200


# A disk that is full, or closed


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    folder = tmp_path / "room"
    folder.mkdir()
    with closing(Room(folder, 8)) as room:
        yield room


def test_a_file_on_a_full_disk_is_served(room: Room, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, room.path / "readout.db")
    server = suffering(room.folder / "readout.db", tmp_path / "log", room.within)
    with server as (url, _):
        asked_once(url, "/events.csv")
        for noted in (True, False):  # whether there are the notes already that readers of a file share
            if not noted:
                sleep(10 * IDLE_SECONDS)  # until nobody has them open
                (room.path / "readout.db-shm").unlink()
            room.fill()
            with loaded(url, [*(f"/events?limit={number}" for number in range(1, 60)), "/events.csv"]) as load:
                wait_until(lambda: len(load.said) > 300)
            assert load.statuses().keys() == {200}
            assert noted is ((room.path / "readout.db-shm").stat().st_size > 4096)
            note(load.told())
            room.empty()
        load_there(room, renamed(tmp_path / "bundle.yaml", "V. Putin"))
        assert wait_until(lambda: asked_once(url, "/parties/putin").data["name"] == "V. Putin") < 1


def load_there(room: Room, bundle: Path) -> None:
    """Load within the room."""
    room.run("env", f"READOUT_DATABASE={room.folder / 'readout.db'}", sys.executable, "-m", "seed", "load", bundle)


def test_what_needs_room_on_a_full_disk_is_refused_until_there_is_some(room: Room, own: Path, tmp_path: Path) -> None:
    with suffering(own, tmp_path / "log", room.within, TMPDIR=str(room.folder)) as (url, _), Client(url) as client:
        paths = ("/export/readout.db", "/export/readout.zip")
        room.fill()
        for path in paths:
            assert unable(client.ask(path))
            assert unable(client.ask(path))
        body = b'{"sources": "' + bytes(BODY_MEMORY_LIMIT).replace(b"\0", b" ") + b'"}'
        assert unable(asked_post(url, body))
        assert asked_post(url, b"{}").status == 422
        room.empty()
        tags = {path: client.ask(path).headers["etag"] for path in paths}
        assert asked_post(url, body).status == 422
        room.fill()  # the snapshots remain
        for path, tag in tags.items():
            assert client.ask(path).status == 200
            assert client.ask(path, {"If-None-Match": tag}).status == 304
        room.empty()


def asked_post(url: str, body: bytes) -> Said:
    with Client(url) as client:
        return client.ask("/check", {"Content-Type": "application/json"}, "POST", body)


def test_a_disk_that_is_closed_while_it_is_served_changes_nothing(room: Room, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, room.path / "readout.db")
    with suffering(room.folder / "readout.db", tmp_path / "log", room.within) as (url, _):
        for option in ("ro", "rw", "ro"):
            remounted(room, option)
            with loaded(url, [f"/events?limit={number}" for number in range(1, 60)]) as load:
                wait_until(lambda: len(load.said) > 100)
            assert load.statuses().keys() == {200}
            note(f"{option}: {load.told()}")
        remounted(room, "rw")
        load_there(room, renamed(tmp_path / "bundle.yaml", "V. Putin"))
        assert wait_until(lambda: asked_once(url, "/parties/putin").data["name"] == "V. Putin") < 1


def remounted(room: Room, option: str) -> None:
    """Open or close the disk, as soon as no file on it is open to be written."""
    command = [*room.within, "mount", "-o", f"remount,{option}", str(room.folder)]
    wait_until(lambda: subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0)


# A file that nothing keeps from being written to while it is read


@pytest.fixture
def apart(own: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a folder that seems to be closed, and is not for everybody."""
    monkeypatch.setattr("os.access", lambda *_: False)
    return own


def test_an_answer_that_may_be_of_two_states_is_not_given(apart: Path, tmp_path: Path) -> None:
    app, meanwhile = create_app(database=str(apart)), [renamed(tmp_path / "bundle.yaml", "V. Putin")]

    @app.before_request
    def overtake() -> None:
        connection()
        if meanwhile:
            load([meanwhile.pop()], apart)

    client = app.test_client()
    overtaken = client.get("/parties/putin")
    assert (overtaken.status_code, overtaken.headers["Access-Control-Allow-Origin"]) == (503, "*")
    assert int(overtaken.headers["Retry-After"]) > 0
    assert client.get("/parties/putin").get_json()["name"] == "V. Putin"


def test_a_stream_that_may_be_of_two_states_breaks_off(apart: Path, tmp_path: Path) -> None:
    pieces = create_app(database=str(apart)).test_client().get(STREAM).iter_encoded()
    next(pieces)
    load([renamed(tmp_path / "bundle.yaml", "V. Putin")], apart)
    with pytest.raises(DatabaseUnavailable, match="written to while it was read"):
        list(pieces)


def test_another_file_in_the_place_of_the_one_that_is_read_disturbs_nobody(apart: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(apart, tmp_path / "other.db"))
    pieces = create_app(database=str(apart)).test_client().get(STREAM).iter_encoded()
    next(pieces)
    other.replace(apart)
    assert list(pieces)


READING = """
import pathlib, sys
from seed.storage.sqlite_file import open_readonly
reader = open_readonly(pathlib.Path(sys.argv[1]))
reader.execute("rollback")
print("there", flush=True)
input()
"""


@contextmanager
def replaced_while_it_is_read(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A larger file takes the place of one that a process has open, whose notes tell how large that is."""
    other = Path(shutil.copy(path, path.with_name("larger.db")))
    with closing(sqlite3.connect(other)) as file:
        file.execute("create table padding as select zeroblob(1000000) as filler")
    command = [sys.executable, "-c", READING, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline()
        load([SECOND], path)
        other.replace(path)
        yield reader
        reader.kill()


def test_a_file_in_the_place_of_one_that_others_still_read_is_read_and_loaded_into_after_them(own: Path) -> None:
    with replaced_while_it_is_read(own) as reader:
        with closing(open_readonly(own)) as alone:
            assert isinstance(alone, ImmutableConnection)
            assert alone.execute("select count(*) from revisions").fetchone()[0] == 1
        threading.Timer(0.5, reader.kill).start()
        assert load([SECOND], own).revision == 2
    with closing(open_readonly(own)) as together:
        assert not isinstance(together, ImmutableConnection)
        assert together.execute("select count(*) from revisions").fetchone()[0] == 2


def test_a_load_does_not_wait_for_ever_for_those_who_read_what_was_there_before(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seed.storage.sqlite_file.LOCK_TIMEOUT_SECONDS", 0.2)
    with (
        replaced_while_it_is_read(own),
        pytest.raises(DatabaseUnavailable, match="replaced a file that another process still has open"),
    ):
        load([SECOND], own)
    assert load([SECOND], own).revision == 2


def test_nothing_of_the_file_is_mapped_that_could_be_cut_off(own: Path) -> None:
    with closing(open_readonly(own)) as reader:
        assert reader.execute("pragma mmap_size").fetchone()[0] == 0
