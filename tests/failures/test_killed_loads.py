"""Loads and changes of records that are killed at any moment leave the old state or the new one."""

import json
import os
import shutil
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import pytest

from bench.synthetic import Negotiations
from seed.bundles import load
from seed.life import rename
from seed.storage.references import RecordRef
from seed.storage.sqlite_file import is_built, open_readonly
from seed.storage.writer import Authorship
from tests.support.bundle_files import select
from tests.support.database_state import read_copied_state, read_state

pytestmark = pytest.mark.slow

EVENTS = 300
KILLS = 50
"""Number of kills: at the start of each stage, within each stage, and at random moments."""
MAX_REVISIONS = 5
"""Number of revisions after which the file is reset, because reading its state takes longer each time."""
STAGES = {
    "transaction": "begin immediate",
    "tables": "create table",
    "records": "insert into changes",
    "timeline": "insert into timeline",
    "indexes": "create index",
    "full-text indexes": "create virtual table",
    "revision": "insert into revisions",
    "commit": "commit",
    "WAL mode": "pragma journal_mode",
    "checkpoint": "pragma wal_checkpoint",
}
"""The stages of a load, and how the first statement of each begins."""
PREFIXES = ("Once.", "Again.")
CHANGE_STAGES = ("begin immediate", "insert into changes", "update changes", "insert into revisions", "commit")
"""How the statements begin at which a rename is killed."""
PARTY = RecordRef("parties", "putin")
Task = Callable[[], object]
"""What a process does; it can be pickled."""


def write_stream(path: Path, prefix: str) -> Path:
    """Write synthetic bundles in which every summary begins with a prefix."""
    with path.open("w") as file:
        for plural, record in Negotiations(EVENTS, 1).lines():
            if "summary" in record:
                record["summary"] = f"{prefix} {record['summary']}"
            fields = {name: value for name, value in record.items() if value not in (None, [])}
            file.write(json.dumps({"type": plural, "record": fields}) + "\n")
    return path


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("streams")
    first, second = (write_stream(folder / f"{number}.ndjson", prefix) for number, prefix in enumerate(PREFIXES))
    return first, second


def kill_self(delay: float) -> None:
    """End this process with SIGKILL after some seconds."""
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()


def run_until_killed(task: Task, stage: str | None, delay: float) -> None:
    """Run a task, and be killed some seconds after a stage, or the task, has begun."""
    connect = sqlite3.connect

    def connect_with_trace(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda sql: kill_self(delay) if sql.lower().startswith(str(stage)) else None)
        return connection

    if stage is None:
        kill_self(delay)
    else:
        sqlite3.connect = connect_with_trace  # type: ignore[assignment] # only in this process
    task()


def kill_task(task: Task, stage: str | None, delay: float) -> bool:
    """Run a task that is to be killed; return whether it was, before its end."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["seed.bundles", "seed.life", __name__])
    process = context.Process(target=run_until_killed, args=(task, stage, delay))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def kill_load(stream: Path, path: Path, stage: str | None, delay: float) -> bool:
    """Run a load that is to be killed; return whether it was, before its end."""
    return kill_task(partial(load, [stream], path), stage, delay)


def load_seconds(stream: Path, path: Path) -> float:
    start = monotonic()
    load([stream], path)
    return monotonic() - start


def draw_moments(seconds: float, seed: int) -> list[tuple[str | None, float]]:
    """Return stages and delays: the start of each stage, shortly after, and any moment of a load."""
    random = Random(seed)  # noqa: S311 - the same moments in every run
    within = [(sql, random.uniform(0, 0.02)) for sql in STAGES.values()]
    anywhere = [(None, random.uniform(0, seconds)) for _ in range(KILLS - len(within))]
    return [*((sql, 0) for sql in STAGES.values()), *within, *anywhere]


def delete_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def test_first_load_leaves_no_database_or_a_complete_one(streams: tuple[Path, Path], tmp_path: Path) -> None:
    path, copy = tmp_path / "new.db", tmp_path / "copy.db"
    seconds, kills, builds = load_seconds(streams[0], tmp_path / "complete.db"), 0, 0
    complete = read_state(tmp_path / "complete.db")
    for moment in draw_moments(seconds, 1):
        kills += kill_load(streams[0], path, *moment)
        state = read_copied_state(path, copy)
        assert state in ((), complete), moment
        assert is_built(path) is (state == complete), moment  # also rolls back an interrupted build
        if state == complete:
            builds += 1
            delete_database(path)
    assert kills > KILLS / 2
    assert builds, "no load reached its commit"
    load([streams[0]], path)
    assert read_state(path) == complete


def test_later_load_leaves_the_old_state_or_the_new(streams: tuple[Path, Path], tmp_path: Path) -> None:
    path, backup, copy = tmp_path / "old.db", tmp_path / "backup.db", tmp_path / "copy.db"
    load([streams[0]], path)
    shutil.copy(path, backup)
    first = old = read_state(path)
    kills, loads, seconds = 0, 0, load_seconds(streams[1], tmp_path / "other.db")
    for number, moment in enumerate(draw_moments(seconds, 2)):
        revision = old[0][-1][0]
        with closing(open_readonly(path)) as reader:
            if number % 2:
                reader.close()  # every second load has no reader
            kills += kill_load(streams[revision % 2], path, *moment)
            if not number % 2:
                assert reader.execute("select max(revision) from changes").fetchone()[0] == revision
        new = read_copied_state(path, copy)
        if new == old:
            continue
        loads += 1
        assert new[0][:-1] == old[0], moment
        assert new[0][-1][0] == revision + 1, moment
        assert count_prefixes(copy, PREFIXES[revision % 2]) == (EVENTS, 0), moment
        old = new
        if revision == MAX_REVISIONS:
            delete_database(path)
            shutil.copy(backup, path)
            old = first
    assert kills > KILLS / 2
    assert loads, "no load reached its commit"
    ((revision,),) = select(path, "select max(revision) from revisions")
    assert load([streams[revision % 2]], path).revision == revision + 1
    assert select(path, "pragma integrity_check") == [("ok",)]


@pytest.mark.parametrize("stage", CHANGE_STAGES)
def test_killed_rename_leaves_the_old_state_or_the_new(own: Path, tmp_path: Path, stage: str) -> None:
    done, copy = Path(shutil.copy(own, tmp_path / "done.db")), tmp_path / "copy.db"
    rename(done, PARTY, "president-putin", Authorship("A. Editor", "Clearer."))
    before, after = read_state(own), read_state(done)
    for delay in (0, 0.005):
        kill_task(partial(rename, own, PARTY, "president-putin", Authorship("A. Editor", "Clearer.")), stage, delay)
        state = read_copied_state(own, copy)
        assert state in (before, after)
        if state == after:
            break
    else:
        rename(own, PARTY, "president-putin", Authorship("A. Editor", "Clearer."))
    assert read_state(own) == after


def count_prefixes(path: Path, prefix: str) -> tuple[int, int]:
    """Return the number of events whose summary begins with a prefix, and with another."""
    counts = f"select count(*) filter (where summary like '{prefix} %'), count(*) from events"
    ((matching, total),) = select(path, counts)
    return matching, total - matching
