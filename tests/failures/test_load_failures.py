"""What a load leaves behind that is killed, or finds no room, or may not write."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pytest

from api import create_app
from bench.synthetic import Negotiations
from schemas import RECORDS
from seed.bundles import SEED, load
from seed.storage.sqlite_file import is_built, open_readonly
from tests.support import ROOT
from tests.support.load_clients import Room

ARTICLE = SEED / "trump-putin-call.yaml"
SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
PUTIN = "/parties/putin?fields=name,revision"
State = tuple[Any, ...]


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def state_of(path: Path) -> State:
    """All that a file says: its revisions without their times, its log and its records."""
    if not path.exists() or not rows(path, "select 1 from sqlite_master"):
        return ()
    asked = ("select revision, digest from revisions", "select * from changes")
    records = (f'select id, bundle, revision, record from "{plural}" order by id' for plural in RECORDS)
    return tuple(tuple(rows(path, statement)) for statement in (*asked, *records))


def left(path: Path, other: Path) -> State:
    """What somebody finds who opens the file as a load has left it, which is looked at in a copy."""
    for end in ("", "-wal", "-journal"):
        Path(f"{other}{end}").unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy(f"{path}{end}", f"{other}{end}")
    if other.exists():
        assert rows(other, "pragma integrity_check") == [("ok",)]
        assert rows(other, "pragma foreign_key_check") == []
    return state_of(other)


# A load that is killed

EVENTS = 300
KILLS = 50
"""How often a load is killed at any moment, beside once at every stage."""
MOST_REVISIONS = 5
"""How many there may be before the file is put back as it was, lest looking at it take longer and longer."""
STAGES = {
    "before the transaction": "begin immediate",
    "making the tables": "create table",
    "writing": "insert into changes",
    "making the timeline": "insert into timeline",
    "making the indexes": "create index",
    "making the search": "create virtual table",
    "signing the revision": "insert into revisions",
    "committing": "commit",
    "giving it a log": "pragma journal_mode",
    "emptying the log": "pragma wal_checkpoint",
}
"""What a load does, by how the first statement of it begins."""


def lines_of(path: Path, told: str) -> Path:
    """A stream of invented bundles, of which every summary begins with what is told."""
    with path.open("w") as file:
        for plural, record in Negotiations(EVENTS, 1).lines():
            if "summary" in record:
                record["summary"] = f"{told} {record['summary']}"
            held = {name: value for name, value in record.items() if value not in (None, [])}
            file.write(json.dumps({"type": plural, "record": held}) + "\n")
    return path


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("streams")
    return lines_of(folder / "one.ndjson", "Once."), lines_of(folder / "two.ndjson", "Again.")


def die(after: float) -> None:
    """End this process as kill -9 does, in so many seconds, at whatever it is doing then."""
    killer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGKILL))
    killer.daemon = True
    killer.start()


def doomed(stream: Path, path: Path, stage: str | None, after: float) -> None:
    """Load, and be killed some time after a stage has begun, or after the load has."""
    opened = sqlite3.connect

    def watched(*named: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = opened(*named, **options)
        connection.set_trace_callback(lambda said: die(after) if said.lower().startswith(str(stage)) else None)
        return connection

    if stage is None:
        die(after)
    else:
        sqlite3.connect = watched  # type: ignore[assignment] # in this process alone
    load([stream], path)


def killed(stream: Path, path: Path, stage: str | None, after: float) -> bool:
    """Have a process load; whether it was killed at that."""
    forking = get_context("forkserver")
    forking.set_forkserver_preload(["seed.bundles", "tests.failures.test_load_failures"])
    process = forking.Process(target=doomed, args=(stream, path, stage, after))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def seconds_to_load(stream: Path, path: Path) -> float:
    began = monotonic()
    load([stream], path)
    return monotonic() - began


def moments(seconds: float, seed: int) -> list[tuple[str | None, float]]:
    """When to kill: as every stage begins, in the midst of some, and at any moment of a load that takes so long."""
    chance = Random(seed)  # noqa: S311 - the same moments in every run
    amid = [(begins, chance.uniform(0, 0.02)) for begins in STAGES.values()]
    anywhere = [(None, chance.uniform(0, seconds)) for _ in range(KILLS - len(amid))]
    return [*((begins, 0) for begins in STAGES.values()), *amid, *anywhere]


def remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def test_a_first_load_that_is_killed_leaves_no_file_or_a_whole_one(streams: tuple[Path, Path], tmp_path: Path) -> None:
    path, whole, copy = tmp_path / "new.db", tmp_path / "whole.db", tmp_path / "copy.db"
    seconds, deaths, built = seconds_to_load(streams[0], whole), 0, 0
    new = state_of(whole)
    for moment in moments(seconds, 1):
        deaths += killed(streams[0], path, *moment)
        found = left(path, copy)
        assert found in ((), new), moment
        assert is_built(path) is (found == new), moment  # which also undoes what was left of it
        if found == new:
            built += 1
            remove(path)
    assert deaths > KILLS / 2
    assert built, "no load came as far as its commit"
    load([streams[0]], path)
    assert state_of(path) == new


def test_a_load_into_a_file_that_is_killed_leaves_the_old_one_or_the_new(
    streams: tuple[Path, Path], tmp_path: Path
) -> None:
    path, before, copy = tmp_path / "old.db", tmp_path / "before.db", tmp_path / "copy.db"
    load([streams[0]], path)
    shutil.copy(path, before)
    first = old = state_of(path)
    deaths, loads, seconds = 0, 0, seconds_to_load(streams[1], tmp_path / "other.db")
    for number, moment in enumerate(moments(seconds, 2)):
        revision = old[0][-1][0]
        with closing(open_readonly(path)) as reader:
            if number % 2:
                reader.close()  # nobody reads
            deaths += killed(streams[revision % 2], path, *moment)
            if not number % 2:
                assert reader.execute("select max(revision) from changes").fetchone()[0] == revision
        found = left(path, copy)
        if found == old:
            continue
        loads += 1
        assert found[0][:-1] == old[0], moment
        assert found[0][-1][0] == revision + 1, moment
        told, other = ("Once.", "Again.") if revision % 2 == 0 else ("Again.", "Once.")
        summaries = "select count(*) filter (where summary like ?), count(*) filter (where summary like ?) from events"
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute(summaries, [f"{told} %", f"{other} %"]).fetchone() == (EVENTS, 0), moment
        old = found
        if revision == MOST_REVISIONS:
            remove(path)
            shutil.copy(before, path)
            old = first
    assert deaths > KILLS / 2
    assert loads, "no load came as far as its commit"
    revision = rows(path, "select max(revision) from revisions")[0][0]
    assert load([streams[revision % 2]], path).revision == revision + 1
    assert rows(path, "pragma integrity_check") == [("ok",)]


# A disk that is full, or closed


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    folder = tmp_path / "room"
    folder.mkdir()
    with closing(Room(folder, 8)) as room:
        yield room


def run(*arguments: str | Path, within: Sequence[str] = (), **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run one of the commands of seed."""
    command = [*within, sys.executable, "-m", "seed", *map(str, arguments)]
    named = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=named, capture_output=True, text=True, check=False, timeout=60)


def told_plainly(done: "subprocess.CompletedProcess[str]", path: Path) -> str:
    """The one message with which a command has ended that could not do its work."""
    assert done.returncode == 1, done
    *_, last = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert last.startswith(f"Error: {path} cannot be "), done.stderr
    return last


def test_a_load_that_finds_no_room_changes_nothing(room: Room, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, room.path / "old.db")
    old, copy = state_of(database), tmp_path / "copy.db"
    for name, before in (("old.db", old), ("new.db", ())):
        for free in (0, 64 * 1024, 512 * 1024):
            room.fill(free)
            path = room.folder / name
            told = told_plainly(run("load", SECOND, ARTICLE, within=room.within, READOUT_DATABASE=str(path)), path)
            assert "disk" in told
            assert left(room.path / name, copy) == before
    room.empty()
    for name in ("old.db", "new.db"):
        done = run("load", SECOND, ARTICLE, within=room.within, READOUT_DATABASE=str(room.folder / name))
        assert done.returncode == 0, done.stderr
        assert left(room.path / name, copy) != old


def test_a_load_that_may_write_no_more_changes_nothing(own: Path, tmp_path: Path) -> None:
    old, copy, path = state_of(own), tmp_path / "copy.db", tmp_path / "new.db"
    for blocks in (1, 64, 512):
        within = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh"]
        told_plainly(run("load", SECOND, within=within, READOUT_DATABASE=str(own)), own)
        assert left(own, copy) == old
        told_plainly(run("load", within=within, READOUT_DATABASE=str(path)), path)
        assert left(path, copy) == ()
    load([SECOND], own)
    assert load([ARTICLE], path).revision == 1


def test_a_load_into_a_disk_that_is_closed_changes_nothing(room: Room, database: Path, tmp_path: Path) -> None:
    shutil.copy(database, room.path / "old.db")
    old = state_of(database)
    room.run("mount", "-o", "remount,ro", room.folder)
    for name, before in (("old.db", old), ("new.db", ())):
        path = room.folder / name
        told_plainly(run("load", SECOND, ARTICLE, within=room.within, READOUT_DATABASE=str(path)), path)
        assert left(room.path / name, tmp_path / "copy.db") == before
    room.run("mount", "-o", "remount,rw", room.folder)
    assert run("load", SECOND, within=room.within, READOUT_DATABASE=str(room.folder / "old.db")).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_a_load_by_somebody_who_may_not_write_changes_nothing(database: Path) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(database, folder / "old.db")
        for path in (folder, folder / "old.db"):
            path.chmod(0o555)
        old = state_of(folder / "old.db")
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        for path in (folder / "old.db", folder / "new.db"):
            told = told_plainly(run("load", SECOND, ARTICLE, within=nobody, READOUT_DATABASE=str(path)), path)
            assert "write permission" in told
        assert state_of(folder / "old.db") == old
        assert [path.name for path in folder.iterdir()] == ["old.db"]


# When a revision is dated


def test_every_revision_is_dated_after_the_one_before_whatever_the_clock_says(own: Path) -> None:
    load([SECOND], own)
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("update revisions set recorded_at = '2099-12-31T23:59:59+00:00' where revision = 2")
    answer = create_app(database=str(own)).test_client().get("/parties/putin")
    without = SECOND.read_text().replace("All sides hold still", "Everybody holds still")
    (own.parent / "edited.yaml").write_text(without)
    load([own.parent / "edited.yaml"], own)
    (first,), (second,), (third,) = rows(own, "select recorded_at from revisions order by revision")
    assert first < second < third == "2100-01-01T00:00:00+00:00"
    asked = {"If-Modified-Since": answer.headers.get("Last-Modified", "Thu, 31 Dec 2099 23:59:59 GMT")}
    assert create_app(database=str(own)).test_client().get("/parties/putin", headers=asked).status_code == 200


def test_revisions_of_one_second_are_told_apart(own: Path) -> None:
    for number in range(3):
        text = SECOND.read_text().replace("All sides hold still", f"{number} sides hold still")
        (own.parent / "edited.yaml").write_text(text)
        load([own.parent / "edited.yaml"], own)
    dated = [when for (when,) in rows(own, "select recorded_at from revisions order by revision")]
    assert len(set(dated)) == 4
    assert dated == sorted(dated)
