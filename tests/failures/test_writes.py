"""Writes over HTTP by several clients at once, while workers are killed, the file is locked, or clients disconnect."""

import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from seed.doctor import run_checks
from tests.support.bundle_files import select
from tests.support.editor import new_token
from tests.support.load_clients import Client, Result
from tests.support.raw_http import server_address
from tests.support.server import GunicornServer
from tests.support.small_bundles import base, load_bundles

pytestmark = pytest.mark.slow

WRITERS = 8
CHANGES = 1000
RECORDS = 16
KILLS = 12
QUESTIONS = [{"id": f"question-{number}", "question": f"Question {number}?", "note": "0"} for number in range(RECORDS)]
"""Records whose notes are counters: a change that is lost or made twice shows in their sum."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "readout.db"
    load_bundles(path, base("truce", questions=QUESTIONS))
    return path


@pytest.fixture
def token(tmp_path: Path) -> str:
    return new_token(tmp_path / "tokens")


def serve(path: Path) -> GunicornServer:
    return GunicornServer(path, READOUT_TOKENS=str(path.with_name("tokens")))


class Counter:
    """Adds one to counters. It reads, changes and writes a record, again if that was changed meanwhile."""

    def __init__(self, url: str, token: str, number: int) -> None:
        self.client, self.number = Client(url), number
        media_type = "application/merge-patch+json"
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": media_type, "Prefer": "return=minimal"}

    def add(self, times: int) -> None:
        """Add one to each counter in turn, a number of times."""
        with closing(self.client.connection):
            for place in range(self.number, self.number + times):
                while not self._add_one(f"/questions/question-{place % RECORDS}"):
                    pass

    def _add_one(self, record: str) -> bool:
        read = repeat(partial(self.client.send, record))
        body = json.dumps({"note": str(int(read.data["note"]) + 1)}).encode()
        headers = self.headers | {"If-Match": read.headers["etag"], "Idempotency-Key": str(uuid4())}
        written = repeat(partial(self.client.send, record, headers, "PATCH", body))
        assert written.status in (204, 412), written
        return written.status == 204


def repeat(send: Callable[[], Result]) -> Result:
    """Send the very same request again while there is no response, or the server is busy."""
    while (result := send()).status in (None, 503):
        time.sleep(0.05)
    return result


def kill_workers(master: int, times: int) -> None:
    for _ in range(times):
        time.sleep(0.7)
        for worker in psutil.Process(master).children():
            os.kill(worker.pid, signal.SIGKILL)
            time.sleep(0.3)


@pytest.mark.parametrize("kills", [0, KILLS])
def test_no_change_is_lost_or_made_twice(path: Path, token: str, kills: int) -> None:
    """Eight writers add one to counters 1,000 times in all; with kills, requests without a response are repeated."""
    with serve(path) as (url, process), ThreadPoolExecutor(WRITERS + 1) as pool:
        killer = pool.submit(kill_workers, process.pid, kills)
        writers = [pool.submit(Counter(url, token, number).add, CHANGES // WRITERS) for number in range(WRITERS)]
        for writer in writers:
            writer.result()
        killer.result()
    counted = select(path, "select sum(record ->> 'note'), (select max(revision) from revisions) from questions")
    assert counted == [(CHANGES, CHANGES + 1)]
    assert [result for result in run_checks(path) if not result.passed] == []


def test_locked_file_delays_writes_but_no_reads(path: Path, token: str) -> None:
    with serve(path) as (url, _), closing(sqlite3.connect(path, isolation_level=None)) as other:
        reader = Client(url)
        other.execute("begin immediate")
        threads = [threading.Thread(target=Counter(url, token, number).add, args=[1]) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)  # all writers wait
        with closing(reader.connection):
            for number in range(20):
                answer = reader.send(f"/questions?limit={number + 1}")
                assert (answer.status, answer.seconds < 1) == (200, True)
        other.execute("rollback")
        for thread in threads:
            thread.join(10)
        assert select(path, "select sum(record ->> 'note') from questions") == [(WRITERS,)]


def test_write_goes_on_without_its_client(path: Path, token: str) -> None:
    """A client that disconnects while its write waits for the lock: the change is made, completely."""
    body = b'{"note": "7"}'
    head = f"PATCH /questions/question-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIf-Match: *\r\n"
    head += f"Content-Type: application/merge-patch+json\r\nContent-Length: {len(body)}\r\n\r\n"
    with serve(path) as (url, _), closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with socket.create_connection(server_address(url)) as connection:
            connection.sendall(head.encode() + body)
            time.sleep(0.5)
        time.sleep(0.5)
        other.execute("rollback")
        deadline = time.monotonic() + 5
        while select(path, "select max(revision) from revisions") == [(1,)] and time.monotonic() < deadline:
            time.sleep(0.05)
        note = select(path, "select record ->> 'note' from questions where id = 'question-1'")
        assert (note, select(path, "select max(revision) from revisions")) == ([("7",)], [(2,)])
