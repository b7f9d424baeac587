"""Who asks and how often, and what those are told who look after the service."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.asgi import RATE_LIMIT_EXEMPT, Gate
from api.asgi import create_asgi_app as create_gate
from api.middleware.access_log import AccessLog
from api.middleware.client_address import client_address
from api.middleware.request_metrics import RequestMetrics
from seed.bundles import load
from seed.settings import load_settings
from tests.api.middleware.test_response_cache import Told, ask, scope_of
from tests.support import ROOT
from tests.support.bundle_files import SECOND, run_module
from tests.support.server import GunicornServer

Make = Callable[..., Gate]


@pytest.fixture
def gate(database: Path) -> Make:
    def make(**settings: Any) -> Gate:
        return create_gate(**{"database": str(database), "rate_limit": "off", "access_log": "off", **settings})

    return make


def asked(gate: Gate, path: str, times: int = 1, client: str = "192.0.2.1", **headers: str) -> list[Told]:
    """What the gate answers a client that asks again and again."""

    async def all_of_them() -> list[Told]:
        return [await one(gate, {**scope_of(path, **headers), "client": (client, 1)}) for _ in range(times)]

    return asyncio.run(all_of_them())


async def one(gate: Gate, scope: Any) -> Told:
    said: list[Any] = []

    async def hear(message: Any) -> None:
        said.append(message)

    async def nothing() -> Any:
        return {"type": "http.request"}

    await gate({**scope, "path": scope["raw_path"].decode()}, nothing, hear)
    start, *body = said
    headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Told(start["status"], headers, b"".join(message.get("body", b"") for message in body))


# Limits


def test_who_asks_for_more_than_the_rate_is_refused_and_told_when_to_go_on(gate: Make) -> None:
    answers = asked(gate(rate_limit="5/minute"), "/parties/putin", times=7)
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 2
    assert [answer.header("ratelimit-policy") for answer in answers] == ['"default";q=5;w=60'] * 7
    left = [re.fullmatch(r'"default";r=(\d);t=(\d+)', answer.header("ratelimit") or "") for answer in answers]
    assert [match and match[1] for match in left] == ["4", "3", "2", "1", "0", "0", "0"]
    problem = json.loads(answers[-1].body)
    assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert (problem["status"], problem["title"]) == (429, "Too Many Requests")
    assert 0 < int(answers[-1].header("retry-after") or 0) <= 12
    assert answers[-1].header("content-type") == "application/problem+json"
    assert answers[-1].header("cache-control") == "no-store"
    assert answers[-1].header("access-control-allow-origin") == "*"


def test_one_client_does_not_use_up_what_another_has(gate: Make) -> None:
    limited = gate(rate_limit="2/minute")
    assert [answer.status for answer in asked(limited, "/", 3)] == [200, 200, 429]
    assert [answer.status for answer in asked(limited, "/", 2, client="192.0.2.2")] == [200, 200]


def test_who_waits_may_go_on(gate: Make) -> None:
    limited = gate(rate_limit="2/second")
    assert [answer.status for answer in asked(limited, "/", 3)] == [200, 200, 429]
    time.sleep(0.6)
    assert [answer.status for answer in asked(limited, "/", 2)] == [200, 429]


def test_without_a_limit_no_rate_is_told(gate: Make) -> None:
    (answer,) = asked(gate(), "/")
    assert not [name for name, _ in answer.headers if name.startswith("ratelimit")]


@pytest.mark.parametrize("path", sorted(RATE_LIMIT_EXEMPT))
def test_those_who_look_after_the_service_are_not_limited(gate: Make, path: str) -> None:
    assert [answer.status for answer in asked(gate(rate_limit="1/day"), path, 3)] == [200] * 3


def test_what_is_held_is_the_same_for_all_and_the_rate_is_not(gate: Make) -> None:
    limited = gate(rate_limit="9/minute")
    time.sleep(2.1)  # until the edge holds what it answers
    first, second = asked(limited, "/parties", 2)
    assert first.body == second.body
    assert (first.header("ratelimit"), second.header("ratelimit")) != (None, None)
    assert first.header("ratelimit") != second.header("ratelimit")
    (other,) = asked(limited, "/parties", client="192.0.2.9")
    assert '"default";r=8' in (other.header("ratelimit") or "")


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "client"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", 0, "192.0.2.1"),
        ("127.0.0.1", "203.0.113.5", 1, "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5", 1, "203.0.113.5"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.5, 10.0.0.1", 2, "203.0.113.5"),
        ("127.0.0.1", "203.0.113.5", 2, "203.0.113.5"),
        ("127.0.0.1", None, 1, "127.0.0.1"),
        ("127.0.0.1", "not an address", 1, ""),
        ("2001:db8:1:2:3:4:5:6", None, 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", None, 0, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", None, 0, "192.0.2.1"),
    ],
)
def test_a_client_is_known_by_what_the_proxies_that_are_ours_say(
    address: str, forwarded: str | None, proxies: int, client: str
) -> None:
    headers = {b"x-forwarded-for": forwarded.encode()} if forwarded is not None else {}
    assert client_address({"client": (address, 1)}, headers, proxies) == client


def test_a_redis_that_does_not_answer_keeps_nobody_out(gate: Make) -> None:
    limited = gate(rate_limit="2/minute", redis_url="redis://127.0.0.1:1/0")
    began = time.monotonic()
    assert [answer.status for answer in asked(limited, "/", 3)] == [200, 200, 429]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("bind", "limit"),
    [
        ("127.0.0.1:8000", "off"),
        ("[::1]:8000", "off"),
        ("localhost:8000", "off"),
        ("unix:/run/readout.sock", "off"),
        ("0.0.0.0:8000", "600/minute"),
        ("[::]:8000", "600/minute"),
        ("readout.example:80", "600/minute"),
    ],
)
def test_there_is_a_limit_where_others_can_reach_us(monkeypatch: pytest.MonkeyPatch, bind: str, limit: str) -> None:
    monkeypatch.setenv("READOUT_BIND", bind)
    assert load_settings().rate_limit == limit
    monkeypatch.setenv("READOUT_RATE_LIMIT", "7/hour")
    assert load_settings().rate_limit == "7/hour"


# Settings


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("READOUT_WORKES", "2", "There is no such setting. Did you mean 'READOUT_WORKERS'?"),
        ("READOUT_WORKERS", "0", "Must be greater than or equal to 1"),
        ("READOUT_BIND", "8000", "Must be HOST:PORT or unix:PATH."),
        ("READOUT_BASE_URL", "news.example", "Not a valid URL."),
        ("READOUT_RATE_LIMIT", "many", "Must be 'off' or a rate such as '600/minute'"),
        ("READOUT_RATE_LIMIT", "0/minute", "Must be 'off' or a rate such as '600/minute'"),
        ("READOUT_REDIS_URL", "http://127.0.0.1", "Not a valid URL."),
        ("READOUT_TRUSTED_PROXIES", "-1", "Must be greater than or equal to 0"),
        ("READOUT_QUERY_TIMEOUT", "0", "Must be greater than or equal to 0.01"),
        ("READOUT_QUERY_TIMEOUT", "nan", "Special numeric values"),
        ("READOUT_SECURITY_CONTACT", "somebody", "Must be mailto:ADDRESS or https://ADDRESS."),
        ("READOUT_SECURITY_EXPIRES", "2027-13-01", "Not a valid date."),
        ("READOUT_SECURITY_EXPIRES", "2027-01-01", "together, or neither."),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_the_start(variable: str, value: str, told: str) -> None:
    answer = run_module("seed", "load", **{variable: value})
    assert answer.returncode == 1
    assert f"Error: {variable}: " in answer.stderr
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


# Alive, ready, counted


def test_a_service_without_its_file_is_alive_but_not_ready(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    assert client.get("/livez").get_json() == {"alive": True}
    assert client.get("/readyz").get_json() == {"ready": True, "revision": 1}
    load([SECOND], own)
    assert client.get("/readyz").get_json() == {"ready": True, "revision": 2}
    own.unlink()
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", sorted(RATE_LIMIT_EXEMPT))
def test_what_holds_for_now_alone_is_not_kept(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert client.get(path, headers={"If-None-Match": "*"}).status_code == 200
    assert client.get(f"{path}?colour=red").status_code == 400
    assert client.post(path).status_code == 405


def figures(text: str) -> dict[str, float]:
    """What Prometheus's format says, by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_how_the_file_is_stands_in_the_figures(own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    told = figures(client.get("/metrics").text)
    assert told["readout_database_up"] == 1
    assert told["readout_revision"] == 1
    assert told['readout_records{type="sources"}'] >= 1
    assert told["readout_file_bytes"] == own.stat().st_size
    assert told["readout_file_modified_timestamp_seconds"] == pytest.approx(own.stat().st_mtime)
    own.write_bytes(b"no database" * 1000)
    broken = client.get("/metrics")
    assert broken.status_code == 200
    assert figures(broken.text)["readout_database_up"] == 0


class Served:
    """A server of which the figures are asked."""

    def __init__(self, url: str) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=10)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self.connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.connection.getresponse()
        body = answer.read()
        self.connection.close()  # the next goes to whichever worker is free
        return answer.status, dict(answer.getheaders()), body

    def figures(self) -> dict[str, float]:
        return figures(self.get("/metrics")[2].decode())


def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not (came := true()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return came


@pytest.fixture
def logged(own: Path, tmp_path: Path) -> Iterator[tuple[Served, Path, Any]]:
    """A server of three workers that writes an access log, and its process."""
    log = tmp_path / "access.log"
    with GunicornServer(own, READOUT_WORKERS="3", READOUT_ACCESS_LOG=str(log)) as (url, process):
        yield Served(url), log, process


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    told = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in told.split()]


def test_requests_are_counted_right_across_workers_and_logged_once_each(logged: Any) -> None:
    served, log, _ = logged
    for number in range(60):
        served.get(f"/parties/putin?fields={'id' if number % 2 else 'name'}", X_Request_ID=f"mine-{number}")
    for _ in range(5):
        served.get("/nowhere")
        served.get("/parties?colour=red")

    with socket.create_connection((served.connection.host, served.connection.port), timeout=10) as nobody:
        nobody.sendall(b"nonsense\r\n\r\n")
        assert b" 400 " in nobody.recv(100)

    def counted() -> float:
        told: dict[str, float] = served.figures()
        return sum(value for name, value in told.items() if 'route="/parties/{id}",status="200"' in name)

    assert until(lambda: counted() == 60)
    told = served.figures()
    assert told['readout_requests_total{cache="miss",route="/parties",status="400"}'] >= 1
    assert told['readout_requests_total{cache="miss",route="",status="400"}'] == 1
    assert told['readout_request_seconds_count{route="/parties/{id}"}'] == 60
    assert told['readout_request_seconds_bucket{le="+Inf",route="/parties/{id}"}'] == 60

    def lines() -> list[Any]:
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    assert until(lambda: sum(line["route"] == "/parties/{id}" for line in lines()) == 60)
    mine = {line["id"]: line for line in lines() if line["route"] == "/parties/{id}"}
    assert set(mine) == {f"mine-{number}" for number in range(60)}
    assert len({line["worker"] for line in lines()}) > 1
    line = mine["mine-7"]
    assert (line["method"], line["path"], line["query"], line["status"]) == ("GET", "/parties/putin", "fields=id", 200)
    assert (line["client"], line["bytes"]) == ("127.0.0.1", len(served.get("/parties/putin?fields=id")[2]))
    assert {line["status"] for line in lines() if line["path"] == "/nowhere"} == {404}
    assert set(line) == documented()


def documented() -> set[str]:
    """Return the keys of the access log in docs/operations.md."""
    table = (ROOT / "docs" / "operations.md").read_text().partition("## Access log")[2].partition("## ")[0]
    return set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE))))


def test_what_a_worker_counted_outlives_it(logged: Any) -> None:
    served, _, process = logged
    for _ in range(20):
        served.get("/sources")

    def counted() -> float:
        told: dict[str, float] = served.figures()
        return told.get('readout_request_seconds_count{route="/sources"}', 0)

    assert until(lambda: counted() == 20)
    time.sleep(1.0)  # until all of it is kept
    for pid in children(process):
        subprocess.run(["kill", "-9", str(pid)], check=True)
    assert until(lambda: len(children(process)) == 3)
    assert until(lambda: counted() == 20)


def test_what_is_noted_is_written_when_a_server_ends(own: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with GunicornServer(own, READOUT_ACCESS_LOG=str(log)) as (url, _):
        Served(url).get("/sources", X_Request_ID="the-last")
    assert "the-last" in log.read_text()


def test_lines_on_stdout_are_whole(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    server = GunicornServer(own, READOUT_WORKERS="3", READOUT_ACCESS_LOG="-")
    server.command = ["sh", "-c", f'exec "$@" > {out}', "sh", *server.command]
    with server as (url, _):
        for number in range(50):
            Served(url).get(f"/parties?limit={number + 1}")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert sum(line["route"] == "/parties" for line in lines) == 50


def test_a_log_that_is_moved_away_goes_on_in_a_new_file(logged: Any) -> None:
    served, log, _ = logged
    served.get("/sources", X_Request_ID="before")
    assert until(lambda: log.exists() and "before" in log.read_text())
    log.rename(log.with_suffix(".1"))
    served.get("/sources", X_Request_ID="after")
    assert until(lambda: log.exists() and "after" in log.read_text())


def test_a_log_that_cannot_be_written_stops_nothing(gate: Make, caplog: pytest.LogCaptureFixture) -> None:
    noting = gate(access_log="/nowhere/at/all.log")
    assert [answer.status for answer in asked(noting, "/parties", 3)] == [200] * 3
    noting.close()
    assert "The access log cannot be written" in caplog.text
    assert "3 lines of the access log are lost" in caplog.text


def test_lines_beyond_what_can_wait_are_lost_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.middleware.access_log.MAX_QUEUED", 3)
    with closing(AccessLog("/nowhere/at/all.log", 0)) as journal:
        entry: Any = None
        for _ in range(5):
            journal.note(entry)
        assert (len(journal.waiting), journal.lost) == (3, 2)
        journal.waiting.clear()


def test_a_kept_count_is_not_counted_twice(tmp_path: Path) -> None:
    one, other = RequestMetrics(tmp_path), RequestMetrics(tmp_path)
    kind = ("/events", 200, True)
    for tally in (one, other, one):
        tally.note(kind, 0.003)
        tally.keep()
    one.note(kind, 20)
    row = one.all()[kind]
    assert (sum(row[:-1]), row[-2]) == (4, 1)
    assert row[-1] == pytest.approx(20.009)


def test_the_folder_of_the_counts_goes_with_the_process(database: Path, tmp_path: Path) -> None:
    code = f"from api.asgi import create_asgi_app; print(create_asgi_app(database={str(database)!r}).tally.folder)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not Path(told.stdout.strip()).exists()


# Ids and headers


@pytest.mark.parametrize("path", ["/parties", "/nowhere", "/events.ndjson", "/export/readout.zip"])
def test_an_id_that_a_request_has_comes_back(gate: Make, path: str) -> None:
    guarded = gate()
    for id in ("a1b2-c3", "00000000-0000-4000-8000-000000000000"):
        (answer,) = asked(guarded, path, x_request_id=id)
        assert answer.header("x-request-id") == id
    assert asked(guarded, path)[0].header("x-request-id") is None


@pytest.mark.parametrize("id", ["", "a b", "a" * 129, "é", "<script>", "a;b"])
def test_an_id_that_could_do_harm_does_not_come_back(gate: Make, id: str) -> None:
    scope = scope_of("/parties")
    scope["headers"].append((b"x-request-id", id.encode()))
    answer = asyncio.run(one(gate(), scope))
    assert answer.header("x-request-id") is None


def test_an_id_is_not_held_for_the_next(gate: Make) -> None:
    guarded = gate()
    time.sleep(2.1)  # until the edge holds what it answers
    told = [asked(guarded, "/parties", x_request_id=id)[0].header("x-request-id") for id in ("one", "other")]
    assert told == ["one", "other"]
    assert asked(guarded, "/parties")[0].header("x-request-id") is None


def test_the_gate_changes_nothing_in_an_answer(gate: Make) -> None:
    guarded = gate(rate_limit="1000/minute")
    for path in ("/parties", "/events.csv", "/events.ndjson", "/nowhere", "/positions?colour=red"):
        plain = ask(guarded.edge, path)
        (answer,) = asked(guarded, path)
        assert (answer.status, answer.body) == (plain.status, plain.body)
        assert [each for each in answer.headers if not each[0].startswith("ratelimit")] == plain.headers


def test_whoever_finds_a_weakness_is_told_whom_to_tell(database: Path, client: FlaskClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    named = {"security_contact": "mailto:security@news.example", "security_expires": "2027-06-30"}
    answer = create_app(database=str(database), **named).test_client().get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:security@news.example",
        "Expires: 2027-06-30T23:59:59Z",
        "Preferred-Languages: en",
        "Canonical: http://localhost/.well-known/security.txt",
    ]
