"""More than one machine: Litestream, two nodes that serve and nginx, as `deploy/` has them, while parts of it fail."""

import json
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.http.headers import DEFAULT_CACHE_CONTROL
from api.views.check import MAX_BODY_BYTES
from deploy.litestream_follower import Follower
from seed.bundles import SEED, default_bundles, load
from tests.conformance.cluster import (
    DEPLOY,
    EDITION,
    FRESH,
    SITE,
    Answer,
    Client,
    Cluster,
    Machine,
    cluster_in,
    say,
    until,
    untrusting,
    variables,
)
from tests.conformance.conftest import ROOT, Run, program

EDITIONS = "/search?q=edition"
"""Finds the records of two types that bear the number of the edition."""
MAX_AGE = int(re.findall(r"max-age=(\d+)", DEFAULT_CACHE_CONTROL)[0])
COLOURS = re.compile(r"\x1b\[[\d;]*m")
KEPT_BY_A_NODE = (1.9, 1.95, 1.97, 1.99, 2.0)
"""Seconds about as long as gunicorn keeps a connection that nobody uses."""
LOADS = 5
LOSSES = 4


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_in(tmp_path_factory.mktemp("cluster") / "all") as made:
        yield made


class Seen(NamedTuple):
    """When an answer came, how long it took, and which revision it held."""

    at: float
    took: float
    revision: int


class Reader(threading.Thread):
    """A client that asks the same again and again, or what was never asked before, and looks at what it is told."""

    def __init__(self, cluster: Cluster, number: int, fresh: bool) -> None:
        super().__init__()
        self.client = cluster.client(source=f"127.0.0.{10 + number}")
        self.cluster, self.number, self.fresh = cluster, number, fresh
        self.seen: list[Seen] = []
        self.wrong: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Ask until it is over."""
        for request in count():
            if self.over.wait(0.03):
                return
            began = time.monotonic()
            accept = f"application/json, text/n{self.number}-{request}" if self.fresh else "application/json"
            try:
                self.look_at(self.client.get(EDITIONS, Accept=accept), began)
            except OSError as error:
                self.wrong.append(f"{error!r} after {time.monotonic() - began:.2f} s")

    def look_at(self, answer: Answer, began: float) -> None:
        """Note what is in an answer, and whatever is wrong with it."""
        if answer.status != 200:
            self.wrong.append(f"{answer.status} {answer.body!r}")
            return
        told = answer.json()
        editions = {int(edition) for item in told["data"] for edition in EDITION.findall(item["label"])}
        if len(told["data"]) != 2 or len(editions) != 1:
            self.wrong.append(f"mixed: {told}")
        now = time.monotonic()
        self.seen.append(Seen(now, now - began, told["meta"]["revision"]))
        known = self.cluster.revisions.get(max(editions, default=0), told["meta"]["revision"])
        if known != told["meta"]["revision"]:
            self.wrong.append(f"edition {editions} in revision {told['meta']['revision']}, and not {known}")

    def back(self) -> tuple[int, float]:
        """By how many revisions an answer was ever older than one before, and how long after that one."""
        newest = Seen(0, 0, 0)
        revisions, seconds = 0, 0.0
        for seen in self.seen:
            if seen.revision > newest.revision:
                newest = seen
            elif seen.revision < newest.revision:
                revisions = max(revisions, newest.revision - seen.revision)
                seconds = max(seconds, seen.at - newest.at)
        return revisions, seconds


class Crowd:
    """Clients that ask nginx for as long as the block lasts: what each was told, and what went wrong."""

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
        """All that went wrong."""
        return [wrong for reader in self.readers for wrong in reader.wrong]

    def told(self) -> str:
        """How it went, in words."""
        seen = [seen for reader in self.readers for seen in reader.seen]
        revisions, seconds = max(reader.back() for reader in self.readers)
        return (
            f"{len(seen)} answers, {len(self.wrong)} wrong, the slowest after {max(one.took for one in seen):.2f} s;"
            f" at most {revisions} revisions back, {seconds:.2f} s after the newer one"
        )


def revision_at(client: Client, asked: Iterator[int]) -> int:
    """The revision that is served, to somebody who asks in a way that nobody has asked before."""
    answer = client.get(EDITIONS, Accept=f"application/json, text/w-{next(asked)}")
    return int(answer.json()["meta"]["revision"]) if answer.status == 200 else 0


def arrivals(cluster: Cluster, revision: int) -> dict[str, float]:
    """How many seconds from now each node, and nginx from what it holds, first serve a revision."""
    asked, began = count(), time.monotonic()
    nodes = {"node one": cluster.of_node(0), "node two": cluster.of_node(1)}
    held = cluster.client(source="127.0.0.9")
    found: dict[str, float] = {}
    while len(found) < 3 and time.monotonic() - began < 4 * FRESH:
        for name, client in nodes.items():
            if name not in found and revision_at(client, asked) >= revision:
                found[name] = time.monotonic() - began
        if "nginx" not in found and held.get(EDITIONS).json()["meta"]["revision"] >= revision:
            found["nginx"] = time.monotonic() - began
        time.sleep(0.05)
    return found


def test_what_is_loaded_is_served_everywhere_within_five_seconds(cluster: Cluster) -> None:
    slowest = []
    with Crowd(cluster) as crowd:
        for _ in range(LOADS):
            began = time.monotonic()
            revision = cluster.publish()
            acknowledged = time.monotonic()
            found = arrivals(cluster, revision)
            assert len(found) == 3, f"revision {revision}: {found}"
            slowest.append(max(found.values()))
            told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found.items())
            say(f"revision {revision}: loaded in {acknowledged - began:.2f} s, and then {told}")
    say(crowd.told())
    assert crowd.wrong == []
    assert max(slowest) < FRESH
    back = [reader.back() for reader in crowd.readers]
    assert max(seconds for _, seconds in back) < min(FRESH, MAX_AGE), back


def test_nobody_notices_that_a_node_is_killed_and_comes_back(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    address = f'"node":"{node.environment["READOUT_BIND"]}"'
    with Crowd(cluster) as crowd:
        time.sleep(1)
        node.kill("readout")
        time.sleep(4)
        assert not cluster.answers(0)
        before = cluster.nginx_log.read_text().count(address)
        node.start("readout")
        until(lambda: cluster.nginx_log.read_text().count(address) > before + 10, 20, "nginx asks it again")
    say(crowd.told())
    assert crowd.wrong == []


def test_a_follower_that_is_killed_takes_up_what_it_missed(cluster: Cluster) -> None:
    node = cluster.nodes[1]
    with Crowd(cluster) as crowd:
        node.kill("readout-follow")
        revision = cluster.publish()
        began = time.monotonic()
        node.start("readout-follow")
        found = arrivals(cluster, revision)
        say(f"{time.monotonic() - began:.2f} s after it came back: {found}")
    say(crowd.told())
    assert len(found) == 3
    assert crowd.wrong == []


def test_a_follower_that_stands_still_is_started_anew(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It lives and asks no more, as it does where the replica has lost what it would go on with.
    environment = cluster.nodes[0].environment
    for name in ("REPLICA_URL", "LITESTREAM_SOCKET"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("READOUT_DATABASE", str(tmp_path / "readout.db"))
    follower = Follower(program("litestream"), environment["LITESTREAM_CONFIG"], tmp_path / "readout.db")
    try:
        follower.start()
        until(lambda: published(follower), 15, "the first is published")
        assert follower.process is not None
        follower.process.send_signal(signal.SIGSTOP)
        revision = cluster.publish()
        follower.check()
        assert follower.process.poll() is None
        follower.check()
        assert follower.process.poll() is not None
        follower.start()
        until(lambda: published(follower) == revision, 15, "it has caught up")
    finally:
        follower.stop()


def published(follower: Follower) -> int:
    """The revision that a follower serves when it has looked for what is new; 0 where it serves none."""
    follower.publish()
    return revision_in(follower.served) if follower.served.exists() else 0


def revision_in(path: Path) -> int:
    """The revision of a file, in which nothing is damaged."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
        return int(file.execute("select max(revision) from revisions").fetchone()[0])


def test_half_a_transaction_is_not_published(tmp_path: Path) -> None:
    follower = Follower("litestream", "litestream.yml", tmp_path / "readout.db")
    follower.folder.mkdir()
    load(default_bundles(), follower.private)
    assert published(follower) == 0, "nothing says that it is whole"
    follower.txid_file.write_text("0000000000000001")
    assert published(follower) == 1
    served = follower.served.stat().st_ino
    follower.txid_file.write_text("0000000000000002")
    time.sleep(0.05)
    with follower.private.open("rb+") as file:
        file.seek(4096)
        file.write(b"half a page")
    follower.publish()
    assert follower.served.stat().st_ino == served


def test_a_file_that_the_program_cannot_read_is_not_published(tmp_path: Path) -> None:
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
    assert published(follower) == 1


def test_nothing_that_was_acknowledged_is_lost_with_the_primary(cluster: Cluster) -> None:
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
        until(Path(primary.environment["LITESTREAM_SOCKET"]).exists, 15, "Litestream listens")
        say(f"revision {revision} restored in {restored:.2f} s")
    revision = cluster.publish()
    found = arrivals(cluster, revision)
    say(f"revision {revision}, loaded after that: {found}")
    assert max(found.values()) < FRESH
    assert len(found) == 3


def test_what_could_not_be_restored_is_not_acknowledged(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", tmp_path / "replica")
    load(default_bundles(), machine.database)
    machine.start("readout-replicate")
    try:
        until(Path(machine.environment["LITESTREAM_SOCKET"]).exists, 15, "Litestream listens")
        assert machine.load(ROOT / "tests" / "second.yaml") == 2
        until(lambda: list(tmp_path.glob("replica/ltx/9/*.ltx")), 15, "the whole copy of the day is made")
        shutil.rmtree(tmp_path / "replica")
        with pytest.raises(AssertionError, match=r"no matching backup|restore plan"):
            machine.load(SEED / "trump-putin-call.yaml", edited(tmp_path))
    finally:
        machine.kill("readout-replicate")


def edited(folder: Path) -> Path:
    """The second bundle, changed a little."""
    path = folder / "edited.yaml"
    path.write_text((ROOT / "tests" / "second.yaml").read_text().replace("A pause of three days", "A pause of 3 days"))
    return path


def test_a_node_is_not_asked_over_a_connection_that_it_is_about_to_close(cluster: Cluster) -> None:
    clients = [cluster.client(source=f"127.0.0.{30 + number}") for number in range(24)]
    asked, before = count(), len(cluster.nginx_errors.read_text())

    def ask(client: Client) -> int:
        return client.get(EDITIONS, Accept=f"application/json, text/k-{next(asked)}").status

    with ThreadPoolExecutor(len(clients)) as together:
        for pause in KEPT_BY_A_NODE:
            assert set(together.map(ask, clients)) == {200}
            time.sleep(pause)
    assert "prematurely closed" not in cluster.nginx_errors.read_text()[before:]


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The problem document that an answer of a status must be."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["detail"]
    return told


def test_what_is_held_is_given_while_no_node_answers(cluster: Cluster) -> None:
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
        until(partial(cluster.answers, place), 30, f"node {place} answers")
    until(lambda: client.get("/negotiations").cached in ("REVALIDATED", "MISS", "EXPIRED"), 10, "it is asked for again")


def test_answers_are_held_for_a_moment_and_then_revalidated(cluster: Cluster) -> None:
    client = cluster.client()
    assert client.get("/parties?limit=3").cached == "MISS"
    assert client.get("/parties?limit=3").cached == "HIT"
    time.sleep(2.5)
    assert client.get("/parties?limit=3").cached == "REVALIDATED"
    assert client.get("/parties?limit=3").headers["cache-control"] == DEFAULT_CACHE_CONTROL


def test_what_vary_names_is_what_is_held_apart(cluster: Cluster) -> None:
    client = cluster.client()
    answers = {
        coding: client.get("/proposals", Accept_Encoding=coding)
        for coding in ("gzip;q=0, identity", "gzip, deflate, br, zstd", "gzip, br", "zstd;q=0.0, gzip;q=0.5", "br")
    }
    assert [answer.headers.get("content-encoding") for answer in answers.values()] == [
        None,
        "zstd",
        "gzip",
        "gzip",
        None,
    ]
    assert [answer.cached for answer in answers.values()] == ["MISS", "MISS", "MISS", "HIT", "HIT"]
    csv = client.get("/proposals", Accept="text/csv")
    assert csv.headers["content-type"].startswith("text/csv")
    # The cache is keyed by these, and ignores Vary: another name there must go into proxy_cache_key.
    assert answers["br"].headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("path", ["/export/readout.ndjson", "/events.csv", "/events.ndjson", "/events"])
def test_streams_are_not_held(cluster: Cluster, path: str) -> None:
    answers = [cluster.client().get(path, Accept="*/*" if "." in path else "text/csv") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[1].cached in (None, "MISS")


def test_a_stream_is_from_one_revision_whatever_is_loaded_meanwhile(cluster: Cluster) -> None:
    lines = cluster.client().get("/export/readout.ndjson").body.splitlines()
    editions = {edition for line in lines for edition in EDITION.findall(json.loads(line)["record"].get("title", ""))}
    assert len(editions) == 1


def test_a_rate_is_told_to_whoever_was_counted_alone(cluster: Cluster) -> None:
    client = cluster.client()
    path = "/parties?limit=17"
    answers = [client.get(path) for _ in range(2)]
    assert [answer.cached for answer in answers] == ["MISS", "HIT"]
    assert [answer.headers.get("ratelimit-policy") for answer in answers] == ['"default";q=1000000;w=60', None]
    assert [answer.headers.get("ratelimit", "")[:12] for answer in answers] == ['"default";r=', ""]


def test_every_answer_has_a_request_id_of_its_own(cluster: Cluster) -> None:
    client = cluster.client()
    answers = [client.get("/parties?limit=4", X_Request_ID="mine") for _ in range(3)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 3
    assert not any("," in one or one == "mine" for one in ids)
    assert all(f'"request_id":"{one}"' in cluster.nginx_log.read_text() for one in ids)


def test_transport_security_is_strict(cluster: Cluster) -> None:
    assert cluster.client().get("/").headers["strict-transport-security"] == "max-age=31536000"
    plain = cluster.plain_client().get("/events?limit=2")
    assert (plain.status, plain.headers["location"]) == (308, f"https://{SITE}/events?limit=2")


def test_nginx_does_not_tell_its_version(cluster: Cluster) -> None:
    assert cluster.client().get("/").headers["server"] == "nginx"


def test_another_host_is_refused(cluster: Cluster) -> None:
    problem(cluster.client().get("/", Host="elsewhere.example"), 421)
    problem(cluster.plain_client().get("/", Host="elsewhere.example"), 421)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_what_is_for_those_who_run_it_is_not_for_the_public(cluster: Cluster, path: str) -> None:
    problem(cluster.client(source="127.0.0.7").get(path), 403)
    assert cluster.client().get(path).status != 403


def test_a_body_is_bounded(cluster: Cluster) -> None:
    client = cluster.client()
    ours = client.ask("POST", "/check", b"[" * (MAX_BODY_BYTES + 1), Content_Type="application/json")
    assert "instance" in problem(ours, 413)
    assert ours.json()["instance"] == "/check", "the node's own words"
    problem(cluster.client().ask("POST", "/check", b"[" * (5 << 20), Content_Type="application/json"), 413)


@pytest.mark.parametrize(("path", "headers", "status"), [("/?" + "a" * 9000, {}, 414), ("/", {"X-A": "a" * 9000}, 431)])
def test_what_is_too_long_is_refused(cluster: Cluster, path: str, headers: dict[str, str], status: int) -> None:
    problem(cluster.client().get(path, **headers), status)


def test_who_asks_too_fast_is_slowed_down_alone(cluster: Cluster) -> None:
    hasty, patient = cluster.client(source="127.0.0.5"), cluster.client(source="127.0.0.6")
    most = int(variables(DEPLOY / "nginx" / "nginx.env")["CLIENT_BURST"])
    answers = (hasty.get("/parties?limit=5") for _ in range(20 * most))
    refused = next(answer for answer in answers if answer.status != 200)
    assert problem(refused, 429)["title"] == "Too Many Requests"
    assert refused.headers["retry-after"] == "1"
    assert patient.get("/parties?limit=5").status == 200


@pytest.mark.parametrize(
    "attack",
    [["-H", "-i", "2"], ["-B", "-i", "2", "-s", "4096"], ["-X", "-n", "1", "-w", "256", "-y", "512", "-z", "32"]],
    ids=["headers", "bodies", "reading"],
)
def test_slow_clients_do_not_keep_others_waiting(cluster: Cluster, run: Run, tmp_path: Path, attack: list[str]) -> None:
    client, took = cluster.client(source="127.0.0.8"), []
    with untrusting(cluster) as port, ThreadPoolExecutor(1) as elsewhere:
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
    say(f"{len(took)} answers to others, the slowest after {max(took):.3f} s")
    assert max(took) < 2
    assert re.search(r"connected: +[1-9]", verdict), verdict
    assert re.search(r"service available: +YES", verdict), verdict
