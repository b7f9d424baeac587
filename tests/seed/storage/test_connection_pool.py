"""Connections to the file are kept for a moment, and never in the way of what becomes of it."""

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api import create_app
from seed.bundles import SEED, load
from seed.storage.connection_pool import IDLE_SECONDS
from seed.storage.sqlite_file import open_readonly


@pytest.fixture
def reading(own: Path) -> FlaskClient:
    return create_app(database=str(own)).test_client()


def test_a_file_that_takes_the_place_of_another_is_read_at_once(
    reading: FlaskClient, own: Path, tmp_path: Path
) -> None:
    text = (SEED / "trump-putin-call.yaml").read_text()
    for number in range(5):
        name = f"Name {number}"
        bundle, other = tmp_path / "edited.yaml", tmp_path / "other.db"
        bundle.write_text(text.replace("name: Vladimir Putin", f"name: {name}"))
        load([bundle], other)
        reading.get("/parties/putin")
        os.replace(other, own)  # noqa: PTH105
        assert reading.get("/parties/putin").get_json()["name"] == name


def test_what_is_written_over_a_file_is_read_at_once(reading: FlaskClient, own: Path, tmp_path: Path) -> None:
    bundle, other = tmp_path / "edited.yaml", tmp_path / "other.db"
    bundle.write_text((SEED / "trump-putin-call.yaml").read_text().replace("name: Vladimir Putin", "name: V. Putin"))
    load([bundle], other)
    reading.get("/parties/putin")
    shutil.copyfile(other, own)
    assert reading.get("/parties/putin").get_json()["name"] == "V. Putin"


def test_a_commit_is_read_at_once(reading: FlaskClient, own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "edited.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    for number in range(5):
        bundle.write_text(text.replace("name: Vladimir Putin", f"name: Name {number}"))
        load([bundle], own)
        assert reading.get("/parties/putin").get_json()["name"] == f"Name {number}"


def test_one_connection_serves_many_requests(reading: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counted(path: Path) -> sqlite3.Connection:
        opened.append(path)
        return open_readonly(path)

    monkeypatch.setattr("seed.storage.connection_pool.open_readonly", counted)
    for _ in range(100):
        reading.get("/parties/putin")
    assert 1 <= len(opened) < 30


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells which files are open")
def test_nothing_stays_open_that_nobody_reads(reading: FlaskClient, own: Path) -> None:
    reading.get("/parties/putin")
    deadline = time.monotonic() + 100 * IDLE_SECONDS
    while is_open(own) and time.monotonic() < deadline:
        time.sleep(IDLE_SECONDS)
    assert not is_open(own)


def is_open(path: Path) -> bool:
    return any(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
