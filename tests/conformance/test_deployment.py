"""More than one machine: Litestream, two serving machines and nginx as in `deploy/`, while parts of it fail."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.http.body import MAX_BODY_BYTES
from api.http.headers import DEFAULT_CACHE_CONTROL
from deploy.litestream_follower import LOGS, Follower
from seed.bundles import SEED, default_bundles, load
from seed.tokens import create_token
from tests.conformance.cluster import (
    DEPLOY,
    MAX_DELAY_SECONDS,
    SITE,
    VERSION,
    Client,
    Cluster,
    Machine,
    Response,
    cluster_in,
    listen_without_sni,
    read_variables,
    report,
    wait_for,
)
from tests.conformance.conftest import ROOT, Run, program
from tests.support.damages import spoil_schema

VERSIONS = "/search?q=edition"
"""Finds the records of two types that contain the number of the version."""
MAX_AGE = int(re.findall(r"max-age=(\d+)", DEFAULT_CACHE_CONTROL)[0])
COLOURS = re.compile(r"\x1b\[[\d;]*m")
IDLE_SECONDS = (1.9, 1.95, 1.97, 1.99, 2.0)
"""Idle seconds close to the keep-alive timeout of a serving machine."""
FOLLOW = [sys.executable, "-m", "deploy.litestream_follower"]
LOADS = 5
LOSSES = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_in(tmp_path_factory.mktemp("cluster") / "all") as cluster:
        yield cluster


class Observation(NamedTuple):
    """When a response arrived, how long it took, and its revision."""

    at: float
    took: float
    revision: int


class Reader(threading.Thread):
    """A client that repeats a request, or sends a new one each time, and checks the responses."""

    def __init__(self, cluster: Cluster, number: int, fresh: bool) -> None:
        super().__init__()
        self.client = cluster.client(source=f"127.0.0.{10 + number}")
        self.cluster, self.number, self.fresh = cluster, number, fresh
        self.observations: list[Observation] = []
        self.wrong: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Send requests until stopped."""
        for request in count():
            if self.over.wait(0.03):
                return
            began = time.monotonic()
            accept = f"application/json, text/n{self.number}-{request}" if self.fresh else "application/json"
            try:
                self.check(self.client.get(VERSIONS, Accept=accept), began)
            except OSError as error:
                self.wrong.append(f"{error!r} after {time.monotonic() - began:.2f} s")

    def check(self, response: Response, began: float) -> None:
        """Record the revision of a response, and anything wrong with it."""
        if response.status != 200:
            self.wrong.append(f"{response.status} {response.body!r}")
            return
        result = response.json()
        versions = {int(version) for item in result["data"] for version in VERSION.findall(item["label"])}
        if len(result["data"]) != 2 or len(versions) != 1:
            self.wrong.append(f"mixed: {result}")
        now = time.monotonic()
        self.observations.append(Observation(now, now - began, result["meta"]["revision"]))
        known = self.cluster.revisions.get(max(versions, default=0), result["meta"]["revision"])
        if known != result["meta"]["revision"]:
            self.wrong.append(f"version {versions} in revision {result['meta']['revision']}, and not {known}")

    def back(self) -> tuple[int, float]:
        """Return by how many revisions a response was older than an earlier one, and how long after it."""
        newest = Observation(0, 0, 0)
        revisions, seconds = 0, 0.0
        for one in self.observations:
            if one.revision > newest.revision:
                newest = one
            elif one.revision < newest.revision:
                revisions = max(revisions, newest.revision - one.revision)
                seconds = max(seconds, one.at - newest.at)
        return revisions, seconds


class Crowd:
    """Clients of nginx until the block ends, and what they saw."""

    def __init__(self, cluster: Cluster) -> None:
        self.readers = [Reader(cluster, number, fresh=number % 2 == 0) for number in range(4)]

    def __enter__(self) -> "Crowd":
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self.readers:
            reader.over.set()
        for reader in self.readers:
            reader.join(30)

    @property
    def wrong(self) -> list[str]:
        """Return everything that went wrong."""
        return [wrong for reader in self.readers for wrong in reader.wrong]

    def summary(self) -> str:
        """Describe what the clients saw."""
        observations = [one for reader in self.readers for one in reader.observations]
        revisions, seconds = max(reader.back() for reader in self.readers)
        slowest = max(one.took for one in observations)
        return (
            f"{len(observations)} responses, {len(self.wrong)} wrong, the slowest after {slowest:.2f} s;"
            f" at most {revisions} revisions back, {seconds:.2f} s after the newer one"
        )


def revision_at(client: Client, requests: Iterator[int]) -> int:
    """Return the revision served for a request that nobody has sent before."""
    response = client.get(VERSIONS, Accept=f"application/json, text/w-{next(requests)}")
    return int(response.json()["meta"]["revision"]) if response.status == 200 else 0


def arrival_times(cluster: Cluster, revision: int) -> dict[str, float]:
    """Return the seconds until each machine, and nginx from its cache, first serve a revision."""
    requests, began = count(), time.monotonic()
    nodes = {"node one": cluster.node_client(0), "node two": cluster.node_client(1)}
    cached_client = cluster.client(source="127.0.0.9")
    times: dict[str, float] = {}
    while len(times) < 3 and time.monotonic() - began < 4 * MAX_DELAY_SECONDS:
        for name, client in nodes.items():
            if name not in times and revision_at(client, requests) >= revision:
                times[name] = time.monotonic() - began
        if "nginx" not in times and cached_client.get(VERSIONS).json()["meta"]["revision"] >= revision:
            times["nginx"] = time.monotonic() - began
        time.sleep(0.05)
    return times


def test_load_is_served_everywhere_in_five_seconds(cluster: Cluster) -> None:
    slowest = []
    with Crowd(cluster) as crowd:
        for _ in range(LOADS):
            began = time.monotonic()
            revision = cluster.publish()
            acknowledged = time.monotonic()
            times = arrival_times(cluster, revision)
            assert len(times) == 3, f"revision {revision}: {times}"
            slowest.append(max(times.values()))
            result = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
            report(f"revision {revision}: loaded in {acknowledged - began:.2f} s, and then {result}")
    report(crowd.summary())
    assert crowd.wrong == []
    assert max(slowest) < MAX_DELAY_SECONDS
    back = [reader.back() for reader in crowd.readers]
    assert max(seconds for _, seconds in back) < min(MAX_DELAY_SECONDS, MAX_AGE), back


def test_killed_node_goes_unnoticed(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    address = f'"node":"{node.environment["READOUT_BIND"]}"'
    with Crowd(cluster) as crowd:
        time.sleep(1)
        node.kill("readout")
        time.sleep(4)
        assert not cluster.responds(0)
        before = cluster.nginx_log.read_text().count(address)
        node.start("readout")
        wait_for(lambda: cluster.nginx_log.read_text().count(address) > before + 10, 20, "nginx asks it again")
    report(crowd.summary())
    assert crowd.wrong == []


def test_hung_node_delays_only_what_it_was_sent(cluster: Cluster) -> None:
    """Its kernel accepts connections, so nginx notices nothing until `proxy_read_timeout`."""
    node, requests = cluster.nodes[0], count()
    process = node.running["readout"]
    clients = [cluster.client(source=f"127.0.0.{60 + number}") for number in range(4)]
    other = cluster.client(source="127.0.0.70")

    def ask(client: Client) -> tuple[int, float]:
        began = time.monotonic()
        client.connection.timeout = 45
        status = client.get(VERSIONS, Accept=f"application/json, text/h-{next(requests)}").status
        return status, time.monotonic() - began

    os.killpg(process.pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(len(clients)) as together:
            sent = [together.submit(ask, client) for client in clients]
            time.sleep(1)
            later = [ask(other) for _ in range(20)]
            results = [future.result() for future in sent]
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    report(f"sent at once: {results}; later, one by one: the slowest after {max(took for _, took in later):.2f} s")
    assert {status for status, _ in later} == {200}
    assert max(took for _, took in later) < 2
    assert {status for status, _ in results} == {200, 504}
    assert all(29 < took < 32 for status, took in results if status == 504)


def test_killed_follower_catches_up(cluster: Cluster) -> None:
    node = cluster.nodes[1]
    with Crowd(cluster) as crowd:
        node.kill("readout-follow")
        revision = cluster.publish()
        began = time.monotonic()
        node.start("readout-follow")
        times = arrival_times(cluster, revision)
        report(f"{time.monotonic() - began:.2f} s after it came back: {times}")
    report(crowd.summary())
    assert len(times) == 3
    assert crowd.wrong == []


def test_stuck_follower_is_restarted(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is alive but makes no requests, as if the replica had lost its next transaction.
    environment = cluster.nodes[0].environment
    for name in ("REPLICA_URL", "LITESTREAM_SOCKET"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("READOUT_DATABASE", str(tmp_path / "readout.db"))
    follower = Follower(program("litestream"), environment["LITESTREAM_CONFIG"], tmp_path / "readout.db")
    try:
        follower.start()
        wait_for(lambda: published_revision(follower), 15, "the first is published")
        assert follower.process is not None
        follower.process.send_signal(signal.SIGSTOP)
        revision = cluster.publish()
        follower.check()
        assert follower.process.poll() is None
        follower.check()
        assert follower.process.poll() is not None
        follower.start()
        wait_for(lambda: published_revision(follower) == revision, 15, "it has caught up")
    finally:
        follower.stop()


def test_follower_of_a_replica_that_was_replaced_is_restarted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transactions of a new replica are numbered from 1 again."""
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    follower.txid_file.write_text("0000000000000010")
    for newest, is_restarted in (("0000000000000010", False), ("0000000000000011", False), ("000000000000000f", True)):
        monkeypatch.setattr(follower, "newest_txid", lambda newest=newest: newest)
        follower.process = subprocess.Popen(["sleep", "60"])
        follower.check()
        assert (follower.process.poll() is not None) == is_restarted
        follower.stop()


def test_follower_asks_for_the_configured_path(tmp_path: Path) -> None:
    """Litestream finds the replica by the path in its configuration, which may be a symbolic link."""
    litestream, link = tmp_path / "litestream", tmp_path / "link.db"
    litestream.write_text("""#!/bin/sh\nfor path; do :; done; printf '{"max_txid": "%s"}' "$path"\n""")
    litestream.chmod(0o755)
    (tmp_path / "data").mkdir()
    link.symlink_to(tmp_path / "data" / "readout.db")
    follower = Follower(str(litestream), "litestream.yml", link)
    assert follower.newest_txid() == str(link)
    assert (follower.served, follower.folder.parent) == (tmp_path / "data" / "readout.db", tmp_path / "data")


def published_revision(follower: Follower) -> int:
    """Return the revision that a follower serves after looking once; 0 if none."""
    follower.publish()
    return revision_in(follower.served) if follower.served.exists() else 0


def revision_in(path: Path) -> int:
    """Return the revision of a database that passes the integrity check."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
        return int(file.execute("select max(revision) from revisions").fetchone()[0])


def test_half_a_transaction_is_not_published(tmp_path: Path) -> None:
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    load(default_bundles(), follower.private)
    assert published_revision(follower) == 0, "nothing says that it is whole"
    follower.txid_file.write_text("0000000000000001")
    assert published_revision(follower) == 1
    served = follower.served.stat().st_ino
    follower.txid_file.write_text("0000000000000002")
    time.sleep(0.05)
    with follower.private.open("rb+") as file:
        file.seek(4096)
        file.write(b"half a page")
    follower.publish()
    assert follower.served.stat().st_ino == served


def test_unreadable_version_is_not_published(tmp_path: Path) -> None:
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    load(default_bundles(), follower.private)
    follower.txid_file.write_text("0000000000000001")
    follower.publish()
    with closing(sqlite3.connect(follower.private)) as file:
        file.execute("pragma user_version = 1")
        file.execute("pragma wal_checkpoint(truncate)")
    time.sleep(0.05)
    follower.txid_file.write_text("0000000000000002")
    assert published_revision(follower) == 1


def test_damaged_schema_is_not_published(tmp_path: Path) -> None:
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    load(default_bundles(), follower.private)
    spoil_schema(follower.private)
    time.sleep(0.05)
    follower.txid_file.write_text("0000000000000001")
    assert published_revision(follower) == 0


@pytest.mark.parametrize("suffix", LOGS)
def test_nothing_is_published_over_a_log_with_content(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str
) -> None:
    """A loading machine that was killed leaves one, and then becomes a serving machine: SQLite would mix the two."""
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    load(default_bundles(), follower.private)
    follower.txid_file.write_text("0000000000000001")
    follower.served.write_bytes(b"old")
    log = tmp_path / f"readout.db{suffix}"
    log.write_bytes(b"changes of the old file")
    for _ in range(3):
        follower.publish()
    assert follower.served.read_bytes() == b"old"
    (line,) = caplog.messages
    assert f"{log} has changes of the old file. Stop what writes to {follower.served}, and move it away" in line
    for each in (follower.served, log):
        each.rename(f"{each}.old")
    assert published_revision(follower) == 1


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        ("setting", "READOUT_WORKERS: Not a valid integer."),
        ("litestream", "litestream is not in PATH. Install it: pip install -r deploy/requirements.lock"),
        ("parent", "Cannot follow the replica: {folder}: Not a directory"),
        ("folder", "Cannot follow the replica: {folder}: File exists"),
    ],
)
def test_mistake_of_the_operator_is_one_line(tmp_path: Path, mistake: str, line: str) -> None:
    database = tmp_path / "data" / "readout.db"
    folder = database.with_name(".readout.db-following")
    (database.parent if mistake == "parent" else folder).parent.mkdir(exist_ok=True)
    if mistake in ("parent", "folder"):
        (database.parent if mistake == "parent" else folder).touch()
    changed = {"setting": {"READOUT_WORKERS": "abc"}, "litestream": {"PATH": "/nowhere"}}.get(mistake, {})
    ended = subprocess.run(
        FOLLOW, check=False, cwd=ROOT, env=follower_environment(tmp_path, database) | changed, capture_output=True
    )
    assert (ended.returncode, ended.stdout.decode()) == (1, "")
    assert ended.stderr.decode() == line.format(folder=folder) + "\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_follower_stops_without_a_traceback(tmp_path: Path, number: signal.Signals) -> None:
    environment = follower_environment(tmp_path, tmp_path / "readout.db")
    with subprocess.Popen(FOLLOW, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        wait_for((tmp_path / "started").exists, 15, "Litestream is started")
        process.send_signal(number)
        assert process.communicate(timeout=10)[1] == b""
    assert process.returncode == 0


def follower_environment(folder: Path, database: Path) -> dict[str, str]:
    """Return the environment of a follower, with a Litestream that writes nothing."""
    litestream = folder / "bin" / "litestream"
    litestream.parent.mkdir()
    litestream.write_text(f"#!/bin/sh\ntouch {folder}/started\nexec sleep 60\n")
    litestream.chmod(0o755)
    return {**os.environ, "PATH": f"{litestream.parent}:{os.environ['PATH']}", "READOUT_DATABASE": str(database)}


def test_acknowledged_loads_survive_the_primary(cluster: Cluster) -> None:
    primary = cluster.primary
    for _ in range(LOSSES):
        revision = cluster.publish()
        primary.kill("readout-replicate")  # at once: only what the load has waited for is there
        with closing(sqlite3.connect(primary.database)) as file:
            before = list(file.iterdump())
        for lost in primary.folder.glob("*readout.db*"):
            shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        began = time.monotonic()
        primary.start("readout-replicate")
        restored = time.monotonic() - began
        assert revision_in(primary.database) == revision
        with closing(sqlite3.connect(primary.database)) as file:
            after = list(file.iterdump())
        assert [line for line in after if "_litestream" not in line] == [
            line for line in before if "_litestream" not in line
        ]
        wait_for(Path(primary.environment["LITESTREAM_SOCKET"]).exists, 15, "Litestream listens")
        report(f"revision {revision} restored in {restored:.2f} s")
    revision = cluster.publish()
    times = arrival_times(cluster, revision)
    report(f"revision {revision}, loaded after that: {times}")
    assert max(times.values()) < MAX_DELAY_SECONDS
    assert len(times) == 3


def test_unrestorable_load_is_not_acknowledged(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", tmp_path / "replica")
    load(default_bundles(), machine.database)
    machine.start("readout-replicate")
    try:
        wait_for(Path(machine.environment["LITESTREAM_SOCKET"]).exists, 15, "Litestream listens")
        assert machine.load(ROOT / "tests" / "support" / "second_bundle.yaml") == 2
        wait_for(lambda: list(tmp_path.glob("replica/ltx/9/*.ltx")), 15, "the whole copy of the day is cluster")
        shutil.rmtree(tmp_path / "replica")
        with pytest.raises(AssertionError, match=r"no matching backup|restore plan"):
            machine.load(SEED / "trump-putin-call.yaml", edited_bundle(tmp_path))
    finally:
        machine.kill("readout-replicate")


def edited_bundle(folder: Path) -> Path:
    """Return the second bundle with a small change."""
    path = folder / "edited_bundle.yaml"
    path.write_text(
        (ROOT / "tests" / "support" / "second_bundle.yaml")
        .read_text()
        .replace("A pause of three days", "A pause of 3 days")
    )
    return path


def test_sandbox_of_units_allows_the_network() -> None:
    """Each unit listens or reads the replica, which in these tests is a folder but may be a bucket."""
    units = list((DEPLOY / "systemd").glob("*.service"))
    for unit in units:
        (families,) = re.findall(r"^RestrictAddressFamilies=(.*)$", unit.read_text(), re.MULTILINE)
        assert {"AF_INET", "AF_INET6", "AF_UNIX"} <= set(families.split()), unit.name
    assert len(units) == 5


def test_nginx_closes_idle_connections_first(cluster: Cluster) -> None:
    clients = [cluster.client(source=f"127.0.0.{30 + number}") for number in range(24)]
    requests, before = count(), len(cluster.nginx_errors.read_text())

    def ask(client: Client) -> int:
        return client.get(VERSIONS, Accept=f"application/json, text/k-{next(requests)}").status

    with ThreadPoolExecutor(len(clients)) as together:
        for pause in IDLE_SECONDS:
            assert set(together.map(ask, clients)) == {200}
            time.sleep(pause)
    assert "prematurely closed" not in cluster.nginx_errors.read_text()[before:]


def problem(response: Response, status: int) -> dict[str, Any]:
    """Return the problem document of a response with this status."""
    assert response.status == status, response
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    result: dict[str, Any] = response.json()
    assert result["status"] == status
    assert result["detail"]
    return result


def test_stale_responses_while_no_node_answers(cluster: Cluster) -> None:
    client = cluster.client()
    good = client.get("/negotiations")
    for node in cluster.nodes:
        node.kill("readout")
    time.sleep(2.5)  # nginx counts whole seconds
    stale = client.get("/negotiations")
    assert (stale.status, stale.cached, stale.body) == (200, "STALE", good.body)
    assert problem(client.get("/positions?limit=7"), 502)["title"] == "Bad Gateway"
    refused = client.get("/positions?limit=7")
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["x-request-id"]
    for place, node in enumerate(cluster.nodes):
        node.start("readout")
        wait_for(partial(cluster.responds, place), 30, f"node {place} answers")
    wait_for(lambda: client.get("/negotiations").cached in ("REVALIDATED", "MISS", "EXPIRED"), 10, "revalidation")


def test_responses_are_cached_then_revalidated(cluster: Cluster) -> None:
    client = cluster.client()
    assert client.get("/parties?limit=3").cached == "MISS"
    assert client.get("/parties?limit=3").cached == "HIT"
    time.sleep(2.5)
    assert client.get("/parties?limit=3").cached == "REVALIDATED"
    assert client.get("/parties?limit=3").headers["cache-control"] == DEFAULT_CACHE_CONTROL


def test_cache_key_covers_vary(cluster: Cluster) -> None:
    client = cluster.client()
    responses = {
        coding: client.get("/proposals", Accept_Encoding=coding)
        for coding in ("gzip;q=0, identity", "gzip, deflate, br, zstd", "gzip, br", "zstd;q=0.0, gzip;q=0.5", "br")
    }
    assert [response.headers.get("content-encoding") for response in responses.values()] == [
        None,
        "zstd",
        "br",
        "gzip",
        "br",
    ]
    assert [response.cached for response in responses.values()] == ["MISS", "MISS", "MISS", "MISS", "HIT"]
    csv = client.get("/proposals", Accept="text/csv")
    assert csv.headers["content-type"].startswith("text/csv")
    # The cache key contains these and ignores Vary: a new name in Vary must be added to proxy_cache_key.
    assert responses["br"].headers["vary"] == "Accept, Accept-Encoding"


def test_repeated_header_poisons_no_cached_response(cluster: Cluster) -> None:
    """The cache key of nginx before 1.23 has the first of them, and a node would join all."""
    path = "/parties/putin?fields=name"
    first = ask_raw(cluster, f"GET {path} HTTP/1.1\r\nHost: {SITE}\r\nAccept: */*\r\nAccept: text/html\r\n")
    assert b"X-Cache: MISS" in first
    plain = cluster.client().get(path, Accept="*/*")
    assert plain.headers["content-type"] == "application/json"


def ask_raw(cluster: Cluster, head: str) -> bytes:
    """Send the head of a request to nginx, and return everything until it closes the connection."""
    client = cluster.client(source="127.0.0.20")
    client.connection.connect()
    assert client.connection.sock is not None
    client.connection.sock.sendall(f"{head}Connection: close\r\n\r\n".encode())
    return b"".join(iter(partial(client.connection.sock.recv, 65536), b""))


@pytest.mark.parametrize("path", ["/export/readout.ndjson", "/events.csv", "/events.ndjson", "/events"])
def test_streams_are_not_cached(cluster: Cluster, path: str) -> None:
    responses = [cluster.client().get(path, Accept="*/*" if "." in path else "text/csv") for _ in range(2)]
    assert [response.status for response in responses] == [200, 200]
    assert responses[1].cached in (None, "MISS")


def test_stream_has_one_revision_during_loads(cluster: Cluster) -> None:
    lines = cluster.client().get("/export/readout.ndjson").body.splitlines()
    versions = {version for line in lines for version in VERSION.findall(json.loads(line)["record"].get("title", ""))}
    assert len(versions) == 1


def test_rate_limit_headers_are_not_cached(cluster: Cluster) -> None:
    client = cluster.client()
    path = "/parties?limit=17"
    responses = [client.get(path) for _ in range(2)]
    assert [response.cached for response in responses] == ["MISS", "HIT"]
    assert [response.headers.get("ratelimit-policy") for response in responses] == ['"default";q=1000000;w=60', None]
    assert [response.headers.get("ratelimit", "")[:12] for response in responses] == ['"default";r=', ""]


def test_every_response_has_its_own_request_id(cluster: Cluster) -> None:
    client = cluster.client()
    responses = [client.get("/parties?limit=4", X_Request_ID="mine") for _ in range(3)]
    ids = {response.headers["x-request-id"] for response in responses}
    assert len(ids) == 3
    assert not any("," in one or one == "mine" for one in ids)
    assert all(f'"request_id":"{one}"' in cluster.nginx_log.read_text() for one in ids)


def test_hsts_is_sent(cluster: Cluster) -> None:
    assert cluster.client().get("/").headers["strict-transport-security"] == "max-age=31536000"
    plain = cluster.plain_client().get("/events?limit=2")
    assert (plain.status, plain.headers["location"]) == (308, f"https://{SITE}/events?limit=2")


def test_nginx_hides_its_version(cluster: Cluster) -> None:
    assert cluster.client().get("/").headers["server"] == "nginx"


def test_other_host_is_rejected(cluster: Cluster) -> None:
    problem(cluster.client().get("/", Host="elsewhere.example"), 421)
    problem(cluster.plain_client().get("/", Host="elsewhere.example"), 421)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_operator_endpoints_are_private(cluster: Cluster, path: str) -> None:
    problem(cluster.client(source="127.0.0.7").get(path), 403)
    assert cluster.client().get(path).status != 403


def test_large_body_is_rejected(cluster: Cluster) -> None:
    client = cluster.client()
    ours = client.ask("POST", "/check", b"[" * (MAX_BODY_BYTES + 1), Content_Type="application/json")
    assert "instance" in problem(ours, 413)
    assert ours.json()["instance"] == "/check", "the node's own words"
    problem(cluster.client().ask("POST", "/check", b"[" * (5 << 20), Content_Type="application/json"), 413)


@pytest.mark.parametrize(("path", "headers", "status"), [("/?" + "a" * 9000, {}, 414), ("/", {"X-A": "a" * 9000}, 431)])
def test_oversized_request_is_rejected(cluster: Cluster, path: str, headers: dict[str, str], status: int) -> None:
    problem(cluster.client().get(path, **headers), status)


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET /problem HTTP/1.1", "", 404),
        ("TRACE / HTTP/1.1", "", 405),
        ("POST /check HTTP/1.1", "Transfer-Encoding: gzip\r\n", 501),
        ("GET / HTTP/2.0", "", 505),
    ],
)
def test_errors_of_nginx_are_problem_documents(cluster: Cluster, request_line: str, headers: str, status: int) -> None:
    response = ask_raw(cluster, f"{request_line}\r\nHost: {SITE}\r\n{headers}")
    head, _, body = response.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    assert status_line.startswith(b"HTTP/1.1 %d " % status), response
    assert {b"Content-Type: application/problem+json", b"X-Content-Type-Options: nosniff"} <= set(lines)
    assert (b"Allow: GET, HEAD, OPTIONS" in lines) == (status == 405)
    document = json.loads(body)
    assert (document["status"], document["title"]) == (status, HTTPStatus(status).phrase)


def test_log_has_the_method_of_requests_that_nginx_refuses(cluster: Cluster) -> None:
    problem(cluster.client().ask("PUT", "/bundles/x", b"[" * (5 << 20)), 413)
    wait_for(lambda: '"method":"PUT","target":"/bundles/x","status":413' in cluster.nginx_log.read_text(), 5, "logged")


def test_too_fast_client_is_limited_alone(cluster: Cluster) -> None:
    hasty, patient = cluster.client(source="127.0.0.5"), cluster.client(source="127.0.0.6")
    most = int(read_variables(DEPLOY / "nginx" / "nginx.env")["CLIENT_BURST"])
    responses = (hasty.get("/parties?limit=5") for _ in range(20 * most))
    refused = next(response for response in responses if response.status != 200)
    assert problem(refused, 429)["title"] == "Too Many Requests"
    assert refused.headers["retry-after"] == "1"
    assert patient.get("/parties?limit=5").status == 200


@pytest.mark.parametrize(
    "attack",
    [["-H", "-i", "2"], ["-B", "-i", "2", "-s", "4096"], ["-X", "-n", "1", "-w", "256", "-y", "512", "-z", "32"]],
    ids=["headers", "bodies", "reading"],
)
def test_slow_clients_do_not_block_others(cluster: Cluster, run: Run, tmp_path: Path, attack: list[str]) -> None:
    client, took = cluster.client(source="127.0.0.8"), []
    with listen_without_sni(cluster) as port, ThreadPoolExecutor(1) as elsewhere:
        path = "export/readout.ndjson" if "-X" in attack else "check"
        slow = [
            "-c",
            "200",
            "-r",
            "100",
            "-l",
            "8",
            "-p",
            "3",
            "-u",
            f"http://{SITE}/{path}",
            "-d",
            f"127.0.0.1:{port}",
        ]
        attacking = elsewhere.submit(run, "slowhttptest", *slow, *attack, cwd=tmp_path, seconds=60)
        for request in count():
            began = time.monotonic()
            assert client.get(f"/parties?limit={1 + request % 400}").status == 200
            took.append(time.monotonic() - began)
            if attacking.done():
                break
            time.sleep(0.1)
        verdict = COLOURS.sub("", attacking.result().text)
    report(f"{len(took)} responses to others, the slowest after {max(took):.3f} s")
    assert max(took) < 2
    assert re.search(r"connected: +[1-9]", verdict), verdict
    assert re.search(r"service available: +YES", verdict), verdict


def test_write_is_answered_when_the_replica_has_it(cluster: Cluster) -> None:
    """Nginx sends it to the loading machine; a serving machine takes none."""
    token = create_token(cluster.folder / "tokens", "A. Editor", ["records"], date.max)
    cluster.primary.start("readout-write")
    wait_for(partial(is_ready, cluster.ports["writer"]), 30, "the loading machine takes writes")
    headers = {"Authorization": f"Bearer {token}", "If_Match": "*", "Content_Type": "application/merge-patch+json"}
    client, path = cluster.client(), "/parties/putin"
    for number in range(3):
        note = f"Written {number}."
        body = json.dumps({"note": note}).encode()
        start = time.monotonic()
        written = client.ask("PATCH", path, body, **headers)
        report(f"a write through nginx was acknowledged after {time.monotonic() - start:.2f} s")
        assert (written.status, written.json()["note"]) == (200, note)
        restored = cluster.folder / f"restored-{number}.db"
        restore_replica(cluster, restored)
        with closing(sqlite3.connect(restored)) as copy:
            assert copy.execute("select note from parties where id = 'putin'").fetchone() == (note,)
        wait_for(partial(is_served, client, path, note), MAX_DELAY_SECONDS, "served")
    assert cluster.node_client(0).ask("PATCH", path, body, **headers).status == 405
    cluster.primary.kill("readout-replicate")
    lost = client.ask("PATCH", path, body.replace(b"2", b"3"), **headers)
    assert (lost.status, "was made, but" in lost.json()["detail"]) == (503, True)
    cluster.primary.start("readout-replicate")
    cluster.primary.kill("readout-write", signal.SIGTERM)


def is_ready(port: int) -> bool:
    client = Client(port)
    try:
        with closing(client.connection):
            return client.get("/readyz").status == 200
    except (OSError, HTTPException):  # the latter if the kernel connects a socket to itself, where no server listens
        return False


def is_served(client: Client, path: str, note: str) -> bool:
    return bool(client.get(path).json()["note"] == note)


def restore_replica(cluster: Cluster, path: Path) -> None:
    """Restore the replica as it is at this moment into a file."""
    litestream, config = program("litestream"), cluster.primary.environment["LITESTREAM_CONFIG"]
    command = [litestream, "restore", "-config", config, "-o", str(path), str(cluster.primary.database)]
    subprocess.run(command, check=True, env=cluster.primary.environment, capture_output=True)
