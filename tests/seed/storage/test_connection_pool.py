"""Connections are reused for a moment, and never keep clients from the newest state."""

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from seed.bundles import SEED, load
from seed.storage import connection_pool
from seed.storage.connection_pool import IDLE_SECONDS, ConnectionPool
from seed.storage.errors import DatabaseUnavailable
from seed.storage.read_connection import ImmutableConnection
from seed.storage.sqlite_file import open_readonly
from tests.support import ROOT
from tests.support.wal import is_open


@pytest.fixture
def client(own: Path) -> FlaskClient:
    return create_app(database=str(own)).test_client()


def test_replaced_file_is_read_at_once(client: FlaskClient, own: Path, tmp_path: Path) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    for number in range(2):
        name = f"Name {number}"
        bundle, other = tmp_path / "edited.yaml", tmp_path / "other.db"
        bundle.write_text(text.replace("name: Vladimir Putin", f"name: {name}"))
        load([bundle], other)
        client.get("/parties/putin")
        os.replace(other, own)  # noqa: PTH105
        assert client.get("/parties/putin").get_json()["name"] == name


def test_overwritten_file_is_read_at_once(client: FlaskClient, own: Path, tmp_path: Path) -> None:
    bundle, other = tmp_path / "edited.yaml", tmp_path / "other.db"
    bundle.write_text((SEED / "trump-putin-call.yaml").read_text().replace("name: Vladimir Putin", "name: V. Putin"))
    load([bundle], other)
    client.get("/parties/putin")
    shutil.copyfile(other, own)
    assert client.get("/parties/putin").get_json()["name"] == "V. Putin"


def test_commit_is_read_at_once(client: FlaskClient, own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "edited.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    for number in range(2):
        bundle.write_text(text.replace("name: Vladimir Putin", f"name: Name {number}"))
        load([bundle], own)
        assert client.get("/parties/putin").get_json()["name"] == f"Name {number}"


def test_connection_is_reused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def count_and_open(path: Path) -> sqlite3.Connection:
        opened.append(path)
        return open_readonly(path)

    monkeypatch.setattr("seed.storage.connection_pool.open_readonly", count_and_open)
    for _ in range(100):
        client.get("/parties/putin")
    assert 1 <= len(opened) < 30


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists open files")
def test_idle_connections_are_closed(client: FlaskClient, own: Path) -> None:
    client.get("/parties/putin")
    deadline = time.monotonic() + 100 * IDLE_SECONDS
    while is_open(own) and time.monotonic() < deadline:
        time.sleep(IDLE_SECONDS)
    assert not is_open(own)


def test_missing_thread_does_not_leak_connections(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot start the thread that closes idle connections starts it with a later release."""
    pool = ConnectionPool(own, 10)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", raise_cannot_start)
        pool.release(pool.acquire())
    pool.release(pool.acquire())
    deadline = time.monotonic() + 100 * IDLE_SECONDS
    while pool.idle and time.monotonic() < deadline:
        time.sleep(IDLE_SECONDS)
    assert not pool.idle
    assert not pool.in_use


def raise_cannot_start(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_locked_file_is_unavailable_soon(own: Path) -> None:
    """Every thread would wait for the lock, so none may wait for long."""
    pool = ConnectionPool(own, 10)
    with closing(sqlite3.connect(own, isolation_level=None)) as other:
        other.execute("pragma journal_mode = delete")
        other.execute("begin exclusive")
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match="database is locked"):
            pool.acquire()
        assert time.monotonic() - began < 3
    pool.release(pool.acquire())


def test_immutable_connection_is_not_reused_after_a_commit(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection opened with `immutable=1` would never see the WAL that another user's load writes."""
    for name in ("IDLE_SECONDS", "MAX_AGE_SECONDS"):
        monkeypatch.setattr(connection_pool, name, 60)
    monkeypatch.setattr("os.access", lambda *_: False)
    pool, revision = ConnectionPool(own, 10), "select max(revision) from revisions"
    first = pool.acquire()
    assert isinstance(first, ImmutableConnection)
    pool.release(first)
    with closing(sqlite3.connect(own)) as reader:
        reader.execute("begin")
        reader.execute(revision).fetchone()  # keeps the WAL from being checkpointed
        load([ROOT / "tests" / "support" / "second_bundle.yaml"], own)
        again = pool.acquire()
        assert again.execute(revision).fetchone()[0] == 2
        pool.release(again)
