"""Access log."""

import json
import os
import re
import resource
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.middleware.flush_timer import FLUSH_INTERVAL_SECONDS
from api.middleware.log_queue import LogQueue
from api.server.early_errors import MAX_HEADER_BYTES, MAX_TARGET_BYTES
from seed.settings import InvalidSettings
from tests.support import ROOT
from tests.support.asgi import AppFactory, request
from tests.support.load_clients import Client, wait_until
from tests.support.metrics import parse_metrics
from tests.support.raw_http import read_response, send_raw, server_address
from tests.support.server import GunicornServer


def read_log(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def request_once(url: str, path: str, **headers: str) -> bytes:
    """Request a path over a new connection, which any worker may accept."""
    with Client(url) as client:
        return client.send(path, {name.replace("_", "-"): value for name, value in headers.items()}).body


@pytest.fixture(scope="module")
def logged(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Return the URL of a server with three workers, and the path of its access log."""
    folder = tmp_path_factory.mktemp("logged")
    own = Path(shutil.copy(database, folder / "own.db"))
    log = folder / "access.log"
    with GunicornServer(own, READOUT_WORKERS="3", READOUT_ACCESS_LOG=str(log)) as (url, _):
        yield url, log


def test_each_request_of_all_workers_is_logged_once(logged: tuple[str, Path]) -> None:
    url, log = logged
    paths = [f"/parties/putin?fields={'id' if number % 2 else 'name'}" for number in range(40)]
    for number, path in enumerate(paths):
        request_once(url, path, X_Request_ID=f"mine-{number}")
    request_once(url, "/nowhere")
    wait_until(lambda: sum(entry["id"].startswith("mine-") for entry in read_log(log)) == 40)
    entries = {entry["id"]: entry for entry in read_log(log) if entry["route"] == "/parties/{id}"}
    assert set(entries) == {f"mine-{number}" for number in range(40)}
    wait_until(lambda: [entry["status"] for entry in read_log(log) if entry["path"] == "/nowhere"] == [404])
    entry = entries["mine-7"]
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", "/parties/putin", "fields=id")
    assert (entry["status"], entry["client"]) == (200, "127.0.0.1")
    assert entry["bytes"] == len(request_once(url, "/parties/putin?fields=id"))
    assert {entry["cache"] for entry in entries.values()} <= {"hit", "miss"}
    assert set(entry) == documented_keys()


def test_all_workers_write_the_same_log(logged: tuple[str, Path]) -> None:
    url, log = logged

    def worker_count() -> int:
        with ThreadPoolExecutor(8) as clients:
            list(clients.map(lambda number: request_once(url, f"/events?limit={number + 1}"), range(40)))
        return len({entry["worker"] for entry in read_log(log)})

    wait_until(lambda: worker_count() > 1)


def documented_keys() -> set[str]:
    """Return the keys of the access log in docs/operations.md."""
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Access log")[2].partition("## ")[0]
    return set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", section, re.MULTILINE))))


def test_log_continues_after_rotation(logged: tuple[str, Path]) -> None:
    url, log = logged
    request_once(url, "/sources", X_Request_ID="before")
    wait_until(lambda: "before" in log.read_text())
    log.rename(log.with_suffix(".1"))
    request_once(url, "/sources", X_Request_ID="after")
    wait_until(lambda: log.exists() and "after" in log.read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET {path} HTTP/1.1", "Host: y\r\n", 400),
        ("GET {path}" + "x" * MAX_TARGET_BYTES + " HTTP/1.1", "", 414),
        ("GET {path} HTTP/1.1", "X-Large: " + "x" * MAX_HEADER_BYTES + "\r\n", 431),
        ("POST {path} HTTP/1.1", "Transfer-Encoding: gzip\r\n", 501),
        ("GET {path} HTTP/2.0", "", 505),
    ],
)
def test_error_before_the_application_is_logged(
    logged: tuple[str, Path], request_line: str, headers: str, status: int
) -> None:
    url, log = logged
    path = f"/early/{status}"
    head = f"{request_line.format(path=path)}\r\nHost: x\r\nX-Request-ID: early-{status}\r\n{headers}\r\n"
    response = send_raw(server_address(url), head.encode("latin-1"))
    assert response.status == status
    (entry,) = wait_for_entries(log, path)
    assert (entry["status"], entry["bytes"]) == (status, len(response.body))
    assert (entry["method"], entry["client"]) == (request_line.partition(" ")[0], "127.0.0.1")
    assert set(entry) == documented_keys()


@pytest.mark.slow
def test_malformed_body_is_logged_and_counted_once(logged: tuple[str, Path]) -> None:
    url, log = logged
    time.sleep(2 * FLUSH_INTERVAL_SECONDS)  # metrics of other workers lag
    before = count_requests(url, "400"), count_requests(url, "408")
    head = b"POST /check?_=malformed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(server_address(url)) as connection:
        connection.sendall(head)
        time.sleep(0.1)  # the application waits for the body
        connection.sendall(b"zz\r\n")
        response = read_response(connection)
    assert response.status == 400
    (entry,) = wait_for_entries(log, "/check", "_=malformed")
    assert (entry["method"], entry["status"], entry["bytes"]) == ("POST", 400, len(response.body))
    wait_until(lambda: (count_requests(url, "400"), count_requests(url, "408")) == (before[0] + 1, before[1]))


@pytest.mark.slow
def test_client_that_leaves_during_its_body_is_logged_as_499(logged: tuple[str, Path]) -> None:
    url, log = logged
    with socket.create_connection(server_address(url)) as connection:
        connection.sendall(b"POST /check?_=left HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.1)
    (entry,) = wait_for_entries(log, "/check", "_=left")
    assert entry["status"] == 499


def wait_for_entries(log: Path, path: str, query: str = "") -> list[Any]:
    """Return the entries of a path, or of what begins like it, once there is one, and those a moment later."""

    def find() -> list[Any]:
        return [each for each in read_log(log) if each["path"].startswith(path) and query in each["query"]]

    wait_until(lambda: bool(find()))
    time.sleep(FLUSH_INTERVAL_SECONDS)
    return find()


def count_requests(url: str, status: str) -> float:
    """Return the number of requests with a status, of all workers."""
    metrics = parse_metrics(request_once(url, "/metrics").decode())
    return sum(number for name, number in metrics.items() if "requests_total" in name and f'status="{status}"' in name)


@pytest.mark.slow
def test_stdout_has_every_line_when_the_server_stops(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    server = GunicornServer(own, READOUT_WORKERS="3", READOUT_ACCESS_LOG="-")
    server.command = ["sh", "-c", f'exec "$@" > {out}', "sh", *server.command]
    with server as (url, _):
        for number in range(50):
            request_once(url, f"/parties?limit={number + 1}")
        request_once(url, "/sources", X_Request_ID="the-last")
    assert "the-last" in out.read_text()
    assert sum(entry["route"] == "/parties" for entry in read_log(out)) == 50


@pytest.mark.parametrize(
    ("path", "reason"), [("/nowhere/at/all.log", "No such file or directory"), ("/", "Is a directory")]
)
def test_unwritable_log_stops_the_start(create: AppFactory, path: str, reason: str) -> None:
    with pytest.raises(InvalidSettings, match=f"READOUT_ACCESS_LOG: {path} cannot be written: {reason}."):
        create(access_log=path)


def test_log_may_be_no_socket(create: AppFactory, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        with pytest.raises(InvalidSettings, match="No such device or address"):
            create(access_log=path)


def test_log_may_be_a_fifo_without_a_reader(create: AppFactory, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    create(access_log=str(tmp_path / "log"))


def test_log_that_becomes_unwritable_fails_no_request(
    create: AppFactory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    app = create(access_log=str(folder / "log"))
    shutil.rmtree(folder)
    assert [request(app, "/parties").status for _ in range(3)] == [200] * 3
    app.close()
    assert "Cannot write the access log" in caplog.text
    assert "Dropped 3 lines of the access log" in caplog.text


def test_lines_beyond_the_maximum_are_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "log"
    with closing(LogQueue(str(path), max_bytes=10)) as queue:
        for _ in range(5):
            queue.append(b"line\n")
        assert (queue.size, queue.dropped) == (10, 3)
    assert path.read_bytes() == b"line\nline\n"
    assert "Dropped 3 lines" in caplog.text


def test_lines_that_do_not_fit_on_the_disk_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The disk takes what fits of a write; only the next one is an error."""
    path = tmp_path / "log"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    queue = LogQueue(str(path))
    for _ in range(5):
        queue.append(b"line\n")
    resource.setrlimit(resource.RLIMIT_FSIZE, (12, hard))
    try:
        queue.flush()
        wait_until(lambda: "Dropped 3 lines" in caplog.text)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"line\nline\nli"
    assert "Cannot write the access log" in caplog.text
    queue.append(b"next\n")
    queue.close()
    assert path.read_bytes() == b"line\nline\nli\nnext\n"


def test_half_a_line_of_any_worker_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"half a li")
    for line in (b"one\n", b"two\n"):
        with closing(LogQueue(str(path))) as queue:
            queue.append(line)
    assert path.read_bytes() == b"half a li\none\ntwo\n"
    path.unlink()  # as when it is rotated
    with closing(LogQueue(str(path))) as queue:
        queue.append(b"three\n")
    assert path.read_bytes() == b"three\n"


def test_log_escapes_control_characters_and_shortens(create: AppFactory, tmp_path: Path) -> None:
    log = tmp_path / "log"
    app = create(access_log=str(log))
    request(app, "/events?q=\u009b", user_agent="a\u009b\x1b[2J" + "x" * 100_000)
    app.close()
    (entry,) = read_log(log)
    assert entry["user_agent"].startswith(r"aÂ\x9b\x1b[2J")
    assert entry["query"] == r"q=Â\x9b"
    assert log.read_text().strip().isprintable()
    assert len(log.read_bytes()) < 3000
