"""Request metrics of several workers."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from os import kill
from pathlib import Path

import pytest

from api.middleware.flush_timer import FLUSH_INTERVAL_SECONDS
from api.middleware.metrics_store import MetricsStore
from seed.storage.temporary_folder import TemporaryFolder
from tests.support import ROOT
from tests.support.asgi import AppFactory, request
from tests.support.load_clients import get_once, wait_until
from tests.support.metrics import parse_metrics
from tests.support.raw_http import server_address
from tests.support.server import GunicornServer

Server = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def server(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the URL and the process of a server with three workers."""
    own = Path(shutil.copy(database, tmp_path_factory.mktemp("metrics") / "own.db"))
    with GunicornServer(own, READOUT_WORKERS="3") as (url, process):
        yield url, process


def scrape(url: str) -> dict[str, float]:
    return parse_metrics(get_once(url, "/metrics").body.decode())


def workers(process: "subprocess.Popen[bytes]") -> list[int]:
    """Return the process ids of the workers."""
    command = ["pgrep", "-P", str(process.pid)]
    return [int(pid) for pid in subprocess.run(command, capture_output=True, check=False).stdout.split()]


def test_requests_are_counted_once_across_workers(server: Server) -> None:
    url, _ = server
    for number in range(60):
        get_once(url, f"/parties/putin?fields={'id' if number % 2 else 'name'}")
    for _ in range(5):
        get_once(url, "/parties?colour=red")
    with socket.create_connection(server_address(url), timeout=10) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert b" 400 " in connection.recv(100)

    def count() -> float:
        return sum(value for name, value in scrape(url).items() if 'route="/parties/{id}",status="200"' in name)

    wait_until(lambda: count() == 60)
    wait_until(lambda: scrape(url).get('readout_requests_total{cache="miss",route="",status="400"}') == 1)
    metrics = scrape(url)
    assert metrics['readout_requests_total{cache="miss",route="/parties",status="400"}'] >= 1
    assert metrics['readout_request_seconds_count{route="/parties/{id}"}'] == 60
    assert metrics['readout_request_seconds_bucket{le="+Inf",route="/parties/{id}"}'] == 60


@pytest.mark.slow
def test_counts_outlive_a_killed_worker(server: Server) -> None:
    url, process = server
    for _ in range(20):
        get_once(url, "/sources")

    def count() -> float:
        return scrape(url).get('readout_request_seconds_count{route="/sources"}', 0)

    wait_until(lambda: count() == 20)
    time.sleep(2 * FLUSH_INTERVAL_SECONDS)
    for pid in workers(process):
        kill(pid, signal.SIGKILL)
    wait_until(lambda: len(workers(process)) == 3)
    wait_until(lambda: count() == 20)


def test_saved_counts_are_added_once() -> None:
    folder = TemporaryFolder("metrics")
    one, other = MetricsStore(folder), MetricsStore(folder)
    labels = ("/events", 200, True)
    for store in (one, other, one):
        store.observe(labels, 0.003)
        store.save()
    one.observe(labels, 20)
    row = one.aggregate()[labels]
    assert (sum(row[:-1]), row[-2]) == (4, 1)
    assert row[-1] == pytest.approx(20.009)


@pytest.mark.slow
def test_counts_are_removed_with_the_process(database: Path) -> None:
    code = f"""from api.asgi import create_asgi_app
print(create_asgi_app(database={str(database)!r}).metrics.store.folder.path)"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not Path(process.stdout.strip()).exists()


def test_unknown_paths_and_parameters_add_no_labels(create: AppFactory) -> None:
    app = create()
    for number in range(50):
        request(app, f"/nowhere-{number}")
        request(app, f"/parties?parameter-{number}=1")
        request(app, f"/parties/nobody-{number}")
    expected = {("", 404, False), ("/parties", 400, False), ("/parties/{id}", 404, False)}
    assert set(app.metrics.store.aggregate()) == expected
