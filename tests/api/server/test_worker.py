"""gunicorn's worker: how it begins and ends, and for whom it does not wait."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.server.connection import HEADERS_TIMEOUT_SECONDS
from seed.bundles import load
from seed.storage.connection_pool import ConnectionPool
from tests.support import ROOT
from tests.support.load_clients import loaded, wait_until
from tests.support.server import GunicornServer

Address = tuple[str, int]
MIXED = [f"/events?limit={number}" for number in range(1, 8)] + ["/parties/putin", "/positions.ndjson", "/events?q=x"]


def address_of(url: str) -> Address:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    answer = HTTPResponse(connection)
    answer.begin()
    return answer.status, dict(answer.getheaders()), answer.read()


# Ending


def test_a_server_that_begins_anew_leaves_no_request_without_an_answer(own: Path) -> None:
    with GunicornServer(own) as (url, process), loaded(url, MIXED) as seen:
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
            time.sleep(1.5)
    print(seen.told())  # noqa: T201 - for whoever runs the tests with -rP
    assert set(seen.statuses()) == {200}
    assert len(seen.said) > 100


def test_a_server_that_ends_answers_whoever_it_has_let_in(own: Path) -> None:
    with GunicornServer(own) as (url, process), loaded(url, MIXED) as seen:
        time.sleep(1)
        process.terminate()
        took = wait_until(lambda: process.poll() is not None, 20)
    failures = Counter(one.failure for one in seen.failures())
    print(f"ended after {took:.1f} s: {seen.told()}")  # noqa: T201
    assert process.returncode == 0
    assert set(seen.statuses()) <= {200, None}
    # A connection that is made in the moment in which the door closes may be cut off; one that was let in never is.
    assert failures.keys() <= {"ConnectionRefusedError", "ConnectionResetError"}
    assert failures["ConnectionResetError"] <= 6


def test_a_stream_that_has_begun_is_told_to_its_end(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("create table padding as select zeroblob(20000000) as filler")
    with (
        GunicornServer(own, READOUT_WORKERS="1") as (url, process),
        closing(HTTPConnection(urlsplit(url).netloc)) as client,
    ):
        client.request("GET", "/export/readout.db")
        answer = client.getresponse()
        first = answer.read(100_000)
        process.terminate()
        time.sleep(1.5)
        assert process.poll() is None
        assert len(first + answer.read()) > 20_000_000
        wait_until(lambda: process.poll() is not None)


def test_each_last_answer_says_so(own: Path) -> None:
    with (
        GunicornServer(own, READOUT_WORKERS="1") as (url, process),
        closing(HTTPConnection(urlsplit(url).netloc)) as client,
    ):
        told = []
        for number in range(2):
            client.request("GET", "/parties/putin")
            answer = client.getresponse()
            answer.read()
            told.append(answer.getheader("Connection"))
            if number == 0:
                process.terminate()
                time.sleep(0.3)
        assert told == [None, "close"]


def test_a_server_that_is_told_to_end_while_it_starts_ends(own: Path) -> None:
    for _ in range(4):
        with GunicornServer(own, READOUT_WORKERS="3") as (_, process):
            began = time.monotonic()
            process.terminate()
            wait_until(lambda: process.poll() is not None, 15)
            assert time.monotonic() - began < 10


# Those who are slow


def test_headers_that_do_not_arrive_are_not_waited_for(own: Path) -> None:
    with GunicornServer(own, READOUT_WORKERS="1") as (url, _), ExitStack() as held:
        began, half = b"GET /events HTTP/1.1\r\n", b"GET /events HTTP/1.1\r\nHost: x\r\nX-Slow: "
        silent, *others = [held.enter_context(socket.create_connection(address_of(url), timeout=30)) for _ in range(3)]
        for connection, sent in zip(others, (began, half), strict=True):
            connection.sendall(sent)
        start = time.monotonic()
        for connection in others:
            status, headers, body = answer_on(connection)
            assert (status, headers["Connection"]) == (408, "close")
            assert json.loads(body)["status"] == 408
        assert silent.recv(100) == b""
        assert HEADERS_TIMEOUT_SECONDS - 2 < time.monotonic() - start < HEADERS_TIMEOUT_SECONDS + 10


def test_more_connections_than_can_be_served_are_refused_in_words(own: Path) -> None:
    server = GunicornServer(own, READOUT_WORKERS="1")
    server.command = ["sh", "-c", 'ulimit -n 64 && exec "$@"', "sh", *server.command]
    with server as (url, _), ExitStack() as held:
        told: Counter[int] = Counter()
        for _ in range(45):
            connection = held.enter_context(socket.create_connection(address_of(url), timeout=20))
            connection.sendall(b"GET /parties/putin HTTP/1.1\r\nHost: x\r\n\r\n")
            status, headers, _ = answer_on(connection)
            told[status] += 1
            if status == 503:
                assert (headers["Retry-After"], headers["Connection"]) == ("5", "close")
                assert headers["Content-Type"] == "application/problem+json"
        assert told.keys() == {200, 503}
        assert told[200] >= 25


# Questions that take too long


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of many invented events."""
    folder = tmp_path_factory.mktemp("large")
    lines = folder / "events.ndjson"
    generator = ["-m", "bench.synthetic", "--events", "3000", "--seed", "1", str(lines)]
    subprocess.run([sys.executable, *generator], cwd=ROOT, check=True)
    load([lines], folder / "large.db")
    return folder / "large.db"


@pytest.fixture
def hurried(large: Path) -> FlaskClient:
    """A client of an application that may ask the file for next to no time."""
    return create_app(database=str(large), query_timeout=0.0001).test_client()


def test_a_question_that_takes_too_long_is_given_up_and_keeps_nobody_waiting(hurried: FlaskClient) -> None:
    answer = hurried.get("/events?facet=party,kind,status&limit=500")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "0.0001 seconds" in answer.get_json(force=True)["detail"]
    assert hurried.get("/livez").status_code == 200


def test_a_stream_may_take_its_time_and_none_of_its_pieces(large: Path) -> None:
    app = create_app(database=str(large), query_timeout=1.0)
    answer = app.test_client().get("/events.csv")
    pieces = answer.iter_encoded()
    next(pieces)
    time.sleep(1.5)
    rest = b"".join(pieces)
    assert rest.count(b"\r\n") > 1000


def test_a_connection_may_be_used_again_after_it_was_interrupted(large: Path) -> None:
    readers = ConnectionPool(large, 0.05)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    connection = readers.acquire()
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        connection.execute(endless).fetchall()
    readers.release(connection)
    again = readers.acquire()
    assert again is connection
    assert again.execute("select count(*) from events").fetchone()[0] > 1000
    readers.release(again)
