"""The gunicorn worker: reload, shutdown, and limits for slow clients and queries."""

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
from tests.support.load_clients import load_server, wait_until
from tests.support.server import GunicornServer
from tests.support.synthetic import write_synthetic
from tests.support.wal import pad

Address = tuple[str, int]
MIXED = [f"/events?limit={number}" for number in range(1, 8)] + ["/parties/putin", "/positions.ndjson", "/events?q=x"]


def test_objects_of_the_master_are_not_collected_in_workers() -> None:
    """Otherwise the first collection in each worker copies their memory, 15 MB."""
    steps = (
        "import gc; from api.server import gunicorn_conf; gunicorn_conf.pre_fork(0, 0); print(gc.get_freeze_count())"
    )
    done = subprocess.run([sys.executable, "-c", steps], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 1000


def server_address(url: str) -> Address:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def read_response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    response = HTTPResponse(connection)
    response.begin()
    return response.status, dict(response.getheaders()), response.read()


# Reload and shutdown


@pytest.mark.slow
def test_reload_loses_no_request(own: Path) -> None:
    with GunicornServer(own) as (url, process), load_server(url, MIXED) as load_results:
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
            time.sleep(1.5)
    print(load_results.summary())  # noqa: T201 - for whoever runs the tests with -rP
    assert set(load_results.statuses()) == {200}
    assert len(load_results.results) > 100


@pytest.mark.slow
def test_shutdown_answers_accepted_connections(own: Path) -> None:
    with GunicornServer(own) as (url, process), load_server(url, MIXED) as load_results:
        time.sleep(1)
        process.terminate()
        seconds = wait_until(lambda: process.poll() is not None, 20)
    failures = Counter(one.failure for one in load_results.failures())
    print(f"ended after {seconds:.1f} s: {load_results.summary()}")  # noqa: T201
    assert process.returncode == 0
    assert set(load_results.statuses()) <= {200, None}
    # A connection made in the moment in which the listener closes may be reset; an accepted one never is.
    assert failures.keys() <= {"ConnectionRefusedError", "ConnectionResetError"}
    assert failures["ConnectionResetError"] <= 6


@pytest.mark.slow
def test_shutdown_finishes_streams(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        pad(connection, 20_000_000)
    with (
        GunicornServer(own, READOUT_WORKERS="1") as (url, process),
        closing(HTTPConnection(urlsplit(url).netloc)) as client,
    ):
        client.request("GET", "/export/readout.db")
        response = client.getresponse()
        first = response.read(100_000)
        process.terminate()
        time.sleep(1.5)
        assert process.poll() is None
        assert len(first + response.read()) > 20_000_000
        wait_until(lambda: process.poll() is not None)


@pytest.mark.slow
def test_last_response_announces_the_close(own: Path) -> None:
    with (
        GunicornServer(own, READOUT_WORKERS="1") as (url, process),
        closing(HTTPConnection(urlsplit(url).netloc)) as client,
    ):
        connection_headers = []
        for number in range(2):
            client.request("GET", "/parties/putin")
            response = client.getresponse()
            response.read()
            connection_headers.append(response.getheader("Connection"))
            if number == 0:
                process.terminate()
                time.sleep(0.3)
        assert connection_headers == [None, "close"]


@pytest.mark.slow
def test_server_stops_while_it_starts(own: Path) -> None:
    for _ in range(4):
        with GunicornServer(own, READOUT_WORKERS="3") as (_, process):
            process.terminate()
            # A worker that loses the signal is killed after 30 seconds; starting may take long on a busy machine.
            wait_until(lambda: process.poll() is not None, 25)


# Slow clients


@pytest.mark.slow
def test_headers_have_a_deadline(own: Path) -> None:
    with GunicornServer(own, READOUT_WORKERS="1") as (url, _), ExitStack() as stack:
        first_line, half = b"GET /events HTTP/1.1\r\n", b"GET /events HTTP/1.1\r\nHost: x\r\nX-Slow: "
        silent, *others = [
            stack.enter_context(socket.create_connection(server_address(url), timeout=30)) for _ in range(3)
        ]
        for connection, sent in zip(others, (first_line, half), strict=True):
            connection.sendall(sent)
        start = time.monotonic()
        for connection in others:
            status, headers, body = read_response(connection)
            assert (status, headers["Connection"]) == (408, "close")
            assert json.loads(body)["status"] == 408
        assert silent.recv(100) == b""
        assert HEADERS_TIMEOUT_SECONDS - 2 < time.monotonic() - start < HEADERS_TIMEOUT_SECONDS + 10


@pytest.mark.slow
def test_idle_connections_make_room_for_new_ones(own: Path) -> None:
    server = GunicornServer(own, READOUT_WORKERS="1")
    server.command = ["sh", "-c", 'ulimit -n 64 && exec "$@"', "sh", *server.command]
    with server as (url, _), ExitStack() as stack:
        connections = []
        for _ in range(45):
            connection = stack.enter_context(socket.create_connection(server_address(url), timeout=20))
            connection.sendall(b"GET /parties/putin HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_response(connection)[0] == 200
            connections.append(connection)
        first, *_, last = connections
        last.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_response(last)[0] == 200
        assert first.recv(100) == b""


# Slow queries


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database of many generated events."""
    folder = tmp_path_factory.mktemp("large")
    lines = write_synthetic(folder / "events.ndjson", 3000)
    load([lines], folder / "large.db")
    return folder / "large.db"


@pytest.fixture
def impatient_client(large: Path) -> FlaskClient:
    """Return a client of an application with a very short query timeout."""
    return create_app(database=str(large), query_timeout=0.0001).test_client()


def test_slow_query_is_interrupted(impatient_client: FlaskClient) -> None:
    response = impatient_client.get("/events?facet=party,kind,status&limit=500")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "0.0001 seconds" in response.get_json(force=True)["detail"]
    assert impatient_client.get("/livez").status_code == 200


@pytest.mark.slow
def test_time_limit_applies_to_chunks_of_a_stream(large: Path) -> None:
    app = create_app(database=str(large), query_timeout=1)
    response = app.test_client().get("/events.csv")
    assert response.content_length is None
    pieces = response.iter_encoded()
    next(pieces)
    time.sleep(1.2)
    rest = b"".join(pieces)
    assert rest.count(b"\r\n") > 1000


def test_interrupted_connection_is_reusable(large: Path) -> None:
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
