"""Loads without disk space or permission change nothing and report one error; revisions get true times."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess, run
from sys import executable
from tempfile import TemporaryDirectory

import pytest

from api import create_app
from seed.bundles import load
from tests.support import ROOT
from tests.support.bundle_files import ARTICLE, SECOND, select
from tests.support.database_state import read_copied_state, read_state
from tests.support.load_clients import SmallDisk


def run_load(*bundles: Path, database: Path, within: Sequence[str] = ()) -> "CompletedProcess[str]":
    """Run python -m seed load, by a command that sets its limits."""
    command = [*within, executable, "-m", "seed", "load", *map(str, bundles)]
    environment = {**os.environ, "READOUT_DATABASE": str(database)}
    return run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


def load_error(*bundles: Path, database: Path, within: Sequence[str] = ()) -> str:
    """Return the one error of a load that must fail."""
    process = run_load(*bundles, database=database, within=within)
    assert process.returncode == 1, process
    assert "Traceback" not in process.stderr
    *_, error = process.stderr.splitlines()
    assert error.startswith(f"Error: {database} cannot be "), process.stderr
    return error


@pytest.mark.slow
def test_full_disk_changes_nothing(disk: SmallDisk, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, disk.path / "old.db")
    old, copy = read_state(database), tmp_path / "copy.db"
    for name, before in (("old.db", old), ("new.db", ())):
        for free in (0, 64 * 1024, 512 * 1024):
            disk.fill(free)
            assert "disk" in load_error(SECOND, ARTICLE, database=disk.folder / name, within=disk.within)
            assert read_copied_state(disk.path / name, copy) == before
    disk.empty()
    for name in ("old.db", "new.db"):
        process = run_load(SECOND, ARTICLE, database=disk.folder / name, within=disk.within)
        assert process.returncode == 0, process.stderr
        assert read_copied_state(disk.path / name, copy) != old


@pytest.mark.slow
def test_file_size_limit_changes_nothing(own: Path, tmp_path: Path) -> None:
    old, copy, new = read_state(own), tmp_path / "copy.db", tmp_path / "new.db"
    for blocks in (1, 64, 512):
        limit = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"]
        load_error(SECOND, database=own, within=limit)
        assert read_copied_state(own, copy) == old
        load_error(database=new, within=limit)
        assert read_copied_state(new, copy) == ()
    load([SECOND], own)
    assert load([ARTICLE], new).revision == 1


@pytest.mark.slow
def test_read_only_file_system_changes_nothing(disk: SmallDisk, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, disk.path / "old.db")
    old = read_state(database)
    disk.run("mount", "-o", "remount,ro", disk.folder)
    for name, before in (("old.db", old), ("new.db", ())):
        load_error(SECOND, ARTICLE, database=disk.folder / name, within=disk.within)
        assert read_copied_state(disk.path / name, tmp_path / "copy.db") == before
    disk.run("mount", "-o", "remount,rw", disk.folder)
    assert run_load(SECOND, database=disk.folder / "old.db", within=disk.within).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a command as another user")
def test_missing_write_permission_changes_nothing(database: Path) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(database, folder / "old.db")
        for path in (folder, folder / "old.db"):
            path.chmod(0o555)
        old = read_state(folder / "old.db")
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        for path in (folder / "old.db", folder / "new.db"):
            assert "write permission" in load_error(SECOND, ARTICLE, database=path, within=nobody)
        assert read_state(folder / "old.db") == old
        assert [path.name for path in folder.iterdir()] == ["old.db"]


def edit_second(folder: Path, summary: str) -> Path:
    path = folder / "edited.yaml"
    path.write_text(SECOND.read_text().replace("All sides hold still", summary))
    return path


def test_revision_is_dated_after_one_in_the_future(own: Path) -> None:
    load([SECOND], own)
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("update revisions set recorded_at = '2099-12-31T23:59:59+00:00' where revision = 2")
    response = create_app(database=str(own)).test_client().get("/parties/putin")
    load([edit_second(own.parent, "Everybody holds still")], own)
    (first,), (second,), (third,) = select(own, "select recorded_at from revisions order by revision")
    assert first < second < third == "2099-12-31T23:59:59.001+00:00"
    headers = {"If-Modified-Since": response.headers.get("Last-Modified", "Thu, 31 Dec 2099 23:59:59 GMT")}
    assert create_app(database=str(own)).test_client().get("/parties/putin", headers=headers).status_code == 200


def test_many_revisions_are_not_dated_in_the_future(own: Path) -> None:
    for number in range(5):
        load([edit_second(own.parent, f"{number} sides hold still")], own)
    times = [time for (time,) in select(own, "select recorded_at from revisions order by revision")]
    assert times == sorted(set(times))
    assert datetime.fromisoformat(times[-1]) <= datetime.now(UTC)


def test_last_modified_stands_for_one_revision_of_a_second(own: Path) -> None:
    """Otherwise a client would keep the first one in place of the second."""
    client, modified = create_app(database=str(own)).test_client(), list[str | None]()
    for number, second in enumerate((0, 0, 1), start=2):
        load([edit_second(own.parent, f"{number} sides hold still")], own)
        with closing(sqlite3.connect(own)) as connection, connection:
            time = f"2025-03-20T12:00:0{second}+00:00"
            connection.execute("update revisions set recorded_at = ? where revision = ?", [time, number])
        response = client.get("/", headers={"If-Modified-Since": "Thu, 20 Mar 2025 12:00:00 GMT"} if modified else {})
        assert response.status_code == 200
        modified.append(response.headers.get("Last-Modified"))
    assert modified == ["Thu, 20 Mar 2025 12:00:00 GMT", None, "Thu, 20 Mar 2025 12:00:01 GMT"]
    past = [client.get(f"/parties?known_at={number}").headers.get("Last-Modified") for number in (2, 3, 4)]
    assert past == modified
