"""Responses while processes are killed, data changes under load, the clock jumps, or descriptors run out."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from flask import g

from api import create_app
from api.views.data_package import write_package
from api.views.snapshots import Snapshot
from seed.bundles import load
from tests.support import ROOT
from tests.support.load_clients import (
    Client,
    Load,
    LoggedServer,
    Result,
    get_once,
    is_unavailable,
    load_server,
    note,
    wait_until,
)
from tests.support.server import GunicornServer

PARTIES = 60


def write_stream(folder: Path, number: int) -> Path:
    """Write a bundle as a stream, in which every record has the number of the load in its name."""
    path = folder / "numbered.ndjson"
    paragraphs = {"paragraphs": 1, "sha256": "0" * 64, "paragraph_sha256": ["0" * 64]}
    source = {"id": "numbered", "kind": "news_article", "language": "en", **paragraphs}
    records: list[tuple[str, dict[str, Any]]] = [("sources", {**source, "date": "2025-03-18", "date_basis": "stated"})]
    cited = {"citations": [{"source": "numbered", "paragraph": 1}]}
    records += [("parties", {"id": f"party-{place}", "kind": "person", **cited}) for place in range(PARTIES)]
    for plural, record in records:
        record["title" if plural == "sources" else "name"] = f"Load {number}"
    path.write_text("".join(json.dumps({"type": plural, "record": record}) + "\n" for plural, record in records))
    return path


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    """A database in which the name of every record contains its revision."""
    path = tmp_path / "readout.db"
    load([write_stream(tmp_path, 1)], path)
    return path


LISTS = ("/parties?limit=500&fields=name,revision", "/parties?limit=25&sort=-id&fields=name,revision")
ONE = tuple(f"/parties/party-{place}?fields=name,revision" for place in range(0, PARTIES, 7))
LINES = ("/parties.ndjson?fields=name,revision", "/export/readout.ndjson")
PATHS = (*LISTS, *ONE, *LINES)
BUSY_SECONDS = 5
"""How long the thread of a client may have to wait for its turn on a busy machine."""


def revision_of(result: Result) -> int:
    """Return the revision of a response, whose parts must all have the same."""
    if result.path in LINES:
        items = [json.loads(line) for line in result.body.splitlines()]
        assert len(items) >= PARTIES
    else:
        items = result.data.get("data", [result.data])
        items += [{"revision": result.data["meta"]["revision"]}] if "meta" in result.data else []
    names = {record.get("name") or record.get("title") for record in (item.get("record", item) for item in items)}
    (revision,) = {item["revision"] for item in items}
    assert names - {None} == {f"Load {revision}"}, result
    return int(revision)


def check_responses(load: Load) -> set[int]:
    """Return the revisions that clients saw, after checking that each response is complete and of one revision."""
    assert load.statuses().keys() == {200}, load.summary()
    return {revision_of(result) for result in load.results}


@pytest.mark.slow
def test_file_replaced_and_loaded_under_load(database_path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    server = LoggedServer(database_path, tmp_path / "log")
    with server as (url, _), load_server(url, PATHS) as clients:
        ends = monotonic() + 8
        for number in count(2):
            if monotonic() > ends:
                break
            if number % 2:
                load([write_stream(tmp_path, number)], database_path)
            else:
                with closing(sqlite3.connect(database_path)) as file, closing(sqlite3.connect(other)) as copy:
                    file.backup(copy)
                load([write_stream(tmp_path, number)], other)
                other.replace(database_path)
            assert revision_of(get_once(url, LISTS[0])) == number
            sleep(0.05 * (number % 5))
    seen = check_responses(clients)
    assert len(seen) > 5
    assert " was sent SIG" not in server.read_log()
    note(f"{number - 1} loads, {len(seen)} revisions seen: {clients.summary()}")


# Killed processes

MAX_ORPHAN_SECONDS = 10
"""Seconds within which workers must exit after their master was killed."""


def children(process: int) -> set[int]:
    """Return the ids of the running child processes."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return {int(child) for child in listed}


def is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return False


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists(),
    reason="needs /proc/PID/task/PID/children (Linux)",
)


@pytest.mark.slow
@needs_proc
def test_killed_worker_takes_only_its_own_requests(database_path: Path, tmp_path: Path) -> None:
    client_count, server = 8, LoggedServer(database_path, tmp_path / "log")
    with server as (url, master), load_server(url, PATHS, client_count) as clients:
        for listening in (2, 3, 4):
            wait_until(lambda: server.read_log().count("Booting worker") == listening)  # noqa: B023 - called at once
            since, before = len(clients.results), len(clients.failures())
            wait_until(lambda: len(clients.results) > since + 100)  # noqa: B023
            killed_at = monotonic()
            os.kill(min(children(master.pid)), signal.SIGKILL)
            wait_until(lambda: server.read_log().count("Booting worker") > listening)  # noqa: B023
            back = monotonic()
            wait_until(lambda: clients.statuses(back)[200] > 200)  # noqa: B023
            lost = clients.failures()[before:]
            assert len(lost) <= client_count
            # A client whose thread was not scheduled may find its connection closed only later.
            assert all(result.at - result.seconds <= back + BUSY_SECONDS for result in lost)
            note(f"{len(lost)} of {client_count} clients lost a request, new worker after {back - killed_at:.2f} s")
    assert clients.statuses().keys() <= {200, None}
    assert {revision_of(result) for result in clients.results if result.status} == {1}
    note(clients.summary())


@pytest.mark.slow
@needs_proc
def test_workers_end_with_their_master(database_path: Path, tmp_path: Path) -> None:
    server = LoggedServer(database_path, tmp_path / "log")
    with server as (url, master), load_server(url, PATHS) as clients:
        wait_until(lambda: len(children(master.pid)) == 2 and len(clients.results) > 100)
        workers = children(master.pid)
        killed_at = monotonic()
        master.kill()
        master.wait()
        with server.log.open("ab") as log:
            server.process = subprocess.Popen(server.command, cwd=ROOT, env=server.environment, stderr=log)
        wait_until(lambda: server.read_log().count("Booting worker") == 4, 20)
        back = monotonic() - killed_at
        wait_until(lambda: not any(map(is_alive, workers)), MAX_ORPHAN_SECONDS)
        ended = monotonic() - killed_at
        wait_until(lambda: clients.statuses(killed_at + ended)[200] > 100)
    assert clients.statuses().keys() <= {200, None}
    assert all(result.at < killed_at + ended + 1 for result in clients.failures())
    assert {revision_of(result) for result in clients.results if result.status} == {1}
    note(f"another served {back:.2f} s after, the old workers ended {ended:.2f} s after: {clients.summary()}")


@needs_proc
@pytest.mark.slow
def test_next_server_removes_what_a_killed_one_left(database: Path, tmp_path: Path) -> None:
    """The folders of a running server are kept."""

    def folders() -> set[Path]:
        return set(tmp_path.glob("readout-*"))

    def serve() -> GunicornServer:
        return GunicornServer(database, TMPDIR=str(tmp_path), READOUT_WORKERS="1")

    with serve():
        running = folders()
        with serve() as (_, master):
            left, workers = folders() - running, children(master.pid)
            master.kill()
            master.wait()
        wait_until(lambda: not any(map(is_alive, workers)))
        assert folders() == running | left
        with serve():
            assert folders() > running
            assert not folders() & left
        assert folders() == running


class WatchedSnapshot(Snapshot):
    """A snapshot that must have no name when it is written."""

    def write(self, data: bytes) -> int:
        assert not self.path.exists()
        return super().write(data)


def test_nothing_is_left_of_a_package_whose_worker_is_killed(database: Path) -> None:
    app, snapshot = create_app(database=str(database)), WatchedSnapshot("1")
    with app.app_context():
        g.base_url = ""
        write_package(snapshot)
    assert snapshot.size > 0


# The clock

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
DAY_SECONDS = 24 * 60 * 60
CLOCK_FIXES = f"""
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
read_clock = time.clock_gettime
time.clock_gettime = lambda clock: read_clock(clock) % {DAY_SECONDS} if clock < 0 else read_clock(clock)
"""
"""Undoes two side effects of libfaketime: time.sleep fails at once, and the CPU clocks of threads jump, too. Those
have negative ids.
"""


@pytest.mark.slow
@needs_proc
@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed (Debian's package faketime)")
def test_clock_jumps_by_a_day(database_path: Path, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    (tmp_path / "sitecustomize.py").write_text(CLOCK_FIXES)
    faked = {
        "LD_PRELOAD": str(FAKETIME[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "PYTHONPATH": str(tmp_path),
    }
    server = LoggedServer(database_path, tmp_path / "log", **faked)
    with server as (url, master), load_server(url, PATHS) as clients:
        wait_until(lambda: server.read_log().count("Booting worker") == 2, 60)
        workers = children(master.pid)
        for number, offset in enumerate((DAY_SECONDS, -DAY_SECONDS, 0), start=2):
            before = get_once(url, ONE[0])
            clock.write_text(f"{offset:+}")
            wait_until(lambda: abs(clock_lead(get_once(url, "/")) - offset) < 60, 60)  # noqa: B023 - called at once
            load_with_clock(faked, write_stream(tmp_path, number), database_path)
            after = get_once(url, ONE[0], {"If-Modified-Since": before.headers.get("last-modified", EPOCH)})
            assert (after.status, revision_of(after)) == (200, number)
            since = monotonic()
            wait_until(lambda: clients.statuses(since)[200] > 100, 60)  # noqa: B023 - called at once
        assert children(master.pid) == workers
    assert check_responses(clients) == {1, 2, 3, 4}
    with closing(sqlite3.connect(database_path)) as file:
        dated = [when for (when,) in file.execute("select recorded_at from revisions order by revision")]
    assert dated == sorted(set(dated))
    note(f"{dated}: {clients.summary()}")


EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"


def clock_lead(result: Result) -> float:
    """Return the seconds by which the clock of the server is ahead of ours."""
    return parsedate_to_datetime(result.headers["date"]).timestamp() - time.time()


def load_with_clock(clock: dict[str, str], bundle: Path, path: Path) -> None:
    """Load in a process with another clock."""
    response_headers = {**os.environ, **clock, "READOUT_DATABASE": str(path)}
    subprocess.run(
        [sys.executable, "-m", "seed", "load", bundle], cwd=ROOT, env=response_headers, check=True, timeout=60
    )


# Descriptors


@pytest.mark.slow
@needs_proc
def test_descriptors_run_out(database_path: Path, tmp_path: Path) -> None:
    server = LoggedServer(database_path, tmp_path / "log", ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh"])
    with server as (url, master), ExitStack() as crowd:
        wait_until(lambda: server.read_log().count("Booting worker") == 2)
        workers = children(master.pid)
        connected = [crowd.enter_context(Client(url, 5)) for _ in range(100)]
        answers = Counter[int | str]()
        for _ in range(3):
            for number, client in enumerate(connected):
                result = client.send(f"/parties?limit={number + 1}")
                answers[result.status or result.failure] += 1
                assert result.status in (None, 200) or is_unavailable(result), result
        assert answers[200], "nobody was answered"
        assert len(answers) > 1, "descriptors did not run out"
        note(f"100 connections where there is room for 40 files: {dict(answers)}")
        crowd.close()
        back = wait_until(lambda: {get_once(url, path).status for path in PATHS * 3} == {200}, 20)
        assert children(master.pid) == workers
    note(f"all is well again {back:.2f} s after they have gone")
