"""The edge answers what the application answers, and never what is no longer true."""

import asyncio
import json
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask

from api import create_app as create_flask
from api.middleware.lru_cache import MAX_ENTRY_BYTES, MAX_TOTAL_BYTES, CachedResponse, ResponseCache
from api.middleware.response_cache import APP_THREADS, ResponseCacheMiddleware
from api.middleware.types import Message
from api.middleware.wsgi import STREAMING
from api.views.check import MAX_BODY_BYTES as MOST_TAKEN
from seed.bundles import SEED, load
from seed.storage.fingerprint import STABLE_AFTER_SECONDS
from tests.support.server import FLASK_ONLY, GunicornServer

CODINGS = ("identity", "gzip", "zstd")
BUNDLE = (SEED / "trump-putin-call.yaml").read_text()
PUTIN = "/parties/putin?fields=name,revision"


def create_app(**settings: Any) -> ResponseCacheMiddleware:
    return ResponseCacheMiddleware(create_flask(**settings))


class Told(NamedTuple):
    """An answer: its status, its headers in their order, and its body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


class Calls:
    """Stands before Flask and counts how often it is asked."""

    def __init__(self, app: Flask) -> None:
        self.number, self.wsgi_app = 0, app.wsgi_app
        app.wsgi_app = self  # type: ignore[assignment,method-assign] # as Flask's documents tell

    def __call__(self, *request: Any) -> Any:
        self.number += 1
        return self.wsgi_app(*request)


def scope_of(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as a server hands it over; the names of headers are written with _ for -."""
    url = urlsplit(path)
    named = {"host": "localhost", **headers}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def unheard(message: Message) -> None:
    """Nobody listens."""


def ask(edge: ResponseCacheMiddleware, path: str, method: str = "GET", **headers: str) -> Told:
    """What the edge answers."""
    said: list[Message] = []

    async def hear(message: Message) -> None:
        said.append(message)

    asyncio.run(edge(scope_of(path, method, **headers), nothing, hear))
    start, *body = said
    assert [message.get("more_body", False) for message in body] == [True] * (len(body) - 1) + [False]
    named = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Told(start["status"], named, b"".join(message.get("body", b"") for message in body))


def flask_says(app: Flask, path: str, method: str = "GET", **headers: str) -> Told:
    """What the application answers by itself."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().open(path, method=method, headers=named)
    return Told(answer.status_code, [(name.lower(), value) for name, value in answer.headers], answer.data)


def is_stable(edge: ResponseCacheMiddleware) -> ResponseCacheMiddleware:
    """The edge, once it may hold what it answers."""
    time.sleep(STABLE_AFTER_SECONDS + 0.1)
    return edge


@pytest.fixture(scope="module")
def edge(database: Path) -> ResponseCacheMiddleware:
    return is_stable(create_app(database=str(database)))


@pytest.fixture(scope="module")
def calls(edge: ResponseCacheMiddleware) -> Calls:
    return Calls(edge.adapter.app)


@pytest.fixture
def mine(own: Path) -> ResponseCacheMiddleware:
    """An edge over a file that the test may change."""
    return is_stable(create_app(database=str(own)))


@pytest.fixture
def renamed(tmp_path: Path) -> Callable[[str], Path]:
    """The shipped bundle, in which Putin has another name."""

    def bundle(name: str) -> Path:
        path = tmp_path / "renamed.yaml"
        path.write_text(BUNDLE.replace("name: Vladimir Putin", f"name: {name}"))
        return path

    return bundle


def questions(document: Any) -> Iterator[str]:
    """Every operation that reads: by itself, with all its parameters, with a wrong one, and about what is not there."""
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        parameters = item["get"]["parameters"]
        in_path = {one["name"]: one["example"] for one in parameters if one["in"] == "path"}
        query = [
            (one["name"], one["example"]) for one in parameters if one["in"] == "query" and one["name"] != "cursor"
        ]
        joined = {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in query}
        yield path.format(**in_path)
        yield path.format(**in_path) + "?" + urlencode(joined)
        yield path.format(**in_path) + "?colour=red&shape=round"
        if in_path:
            yield path.format(**dict.fromkeys(in_path, "nobody"))


@pytest.mark.parametrize("coding", CODINGS)
def test_the_first_answer_the_second_and_the_application_s_own_are_the_same(
    edge: ResponseCacheMiddleware, calls: Calls, coding: str
) -> None:
    held = 0
    for path in questions(json.loads(ask(edge, "/openapi.json").body)):
        own = flask_says(edge.adapter.app, path, accept_encoding=coding)
        assert ask(edge, path, accept_encoding=coding) == own, path
        before = calls.number
        assert ask(edge, path, accept_encoding=coding) == own, path
        if own.status == 200 and own.header("cache-control") == "no-store":
            assert calls.number == before + 1, path
        elif 0 < int(own.header("content-length") or 0) < MAX_ENTRY_BYTES // 2 and not own.header("accept-ranges"):
            assert calls.number == before, path
            held += 1
        headed = Told(own.status, own.headers, b"")
        assert ask(edge, path, "HEAD", accept_encoding=coding) == headed, path
        for tag in (own.header("etag") or "*", '"other"'):
            wanted = flask_says(edge.adapter.app, path, accept_encoding=coding, if_none_match=tag)
            assert ask(edge, path, accept_encoding=coding, if_none_match=tag) == wanted, path
    assert held > 100


@pytest.mark.parametrize(
    "headers",
    [
        {"if_none_match": "*"},
        {"if_none_match": "nonsense"},
        {"if_none_match": "nonsense, *"},
        {"if_match": '"other"'},
        {"if_match": "*"},
        {"if_modified_since": "Tue, 18 Mar 2099 00:00:00 GMT"},
        {"if_modified_since": "Tue, 18 Mar 2014 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
        {"if_modified_since": "Tue, 18 Mar 2099 00:00:00 GMT", "if_none_match": '"other"'},
        {"if_unmodified_since": "Tue, 18 Mar 2014 00:00:00 GMT"},
        {"range": "bytes=0-9"},
        {"range": "bytes=0-9", "if_range": '"other"'},
        {"accept": "text/csv"},
        {"accept": "image/png"},
        {"accept": "text/csv;q=0.5, application/json;q=0.4"},
        {"accept_encoding": "gzip;q=0, zstd;q=0"},
        {"accept_encoding": "*"},
        {"accept_encoding": "zstd;q=0.1, gzip;q=0.9"},
        {"accept_encoding": "br"},
        {"host": "news.example:8443"},
        {"host": "not a host"},
        {"origin": "https://news.example"},
        {"cache_control": "no-cache"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/events?limit=3", "/events.csv", "/parties/nobody", "/events?colour=red"])
def test_what_a_header_asks_for_is_heeded_when_the_answer_is_held(
    edge: ResponseCacheMiddleware, headers: dict[str, str], path: str
) -> None:
    ask(edge, path)
    for method in ("GET", "HEAD"):
        own = flask_says(edge.adapter.app, path, method, **headers)
        assert [ask(edge, path, method, **headers) for _ in range(2)] == [own, own]


@pytest.mark.parametrize("path", ["/events?limit=3", "/events.csv"])
@pytest.mark.parametrize("coding", CODINGS)
def test_what_a_client_holds_is_known_by_any_way_to_write_its_tag(
    edge: ResponseCacheMiddleware, path: str, coding: str
) -> None:
    first = ask(edge, path, accept_encoding=coding)
    tag = first.header("etag")
    for known in (f"{tag}", f"W/{tag}", f'"other", {tag}', f'"other",W/{tag}'):
        again = ask(edge, path, accept_encoding=coding, if_none_match=known)
        assert again == flask_says(edge.adapter.app, path, accept_encoding=coding, if_none_match=known)
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "image/png"},
        {"accept_charset": "utf-16"},
        {"accept_language": "ru"},
        {"access_control_request_method": "DELETE"},
        {"authorization": "Basic bm9ib2R5Og=="},
        {"connection": "upgrade", "upgrade": "websocket"},
        {"content_length": "99999999999"},
        {"content_length": "-1", "content_type": "application/json"},
        {"content_type": "multipart/form-data; boundary="},
        {"cookie": "session=nonsense"},
        {"expect": "nonsense"},
        {"forwarded": "host=evil.example;proto=gopher"},
        {"if_match": '"other"'},
        {"if_modified_since": "Tue, 18 Mar 2099 00:00:00 GMT"},
        {"if_none_match": "*"},
        {"range": "bytes=0-9"},
        {"script_name": "/evil"},
        {"te": "trailers"},
        {"transfer_encoding": "chunked"},
        {"x_forwarded_host": "evil.example"},
        {"x_forwarded_prefix": "/evil"},
        {"x_forwarded_proto": "gopher"},
        {"x_http_method_override": "DELETE"},
        {"x_original_url": "/evil"},
    ],
    ids=str,
)
def test_what_one_client_sends_changes_nothing_for_the_next(
    edge: ResponseCacheMiddleware, headers: dict[str, str]
) -> None:
    path = f"/events?q={'+'.join(headers)}"  # which nobody has asked before
    assert ask(edge, path, **headers).status < 500
    assert ask(edge, path) == flask_says(edge.adapter.app, path)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_the_application_s(edge: ResponseCacheMiddleware, method: str) -> None:
    ask(edge, "/events")
    assert ask(edge, "/events", method) == flask_says(edge.adapter.app, "/events", method)


def test_one_question_in_another_order_is_asked_once(edge: ResponseCacheMiddleware, calls: Calls) -> None:
    first = ask(edge, "/events?voice=source&limit=2&kind=call&kind=talks")
    before = calls.number
    assert ask(edge, "/events?kind=call&limit=2&kind=talks&voice=source") == first
    assert calls.number == before
    ask(edge, "/events?kind=talks&limit=2&kind=call&voice=source")
    assert calls.number == before + 1


def test_a_header_given_twice_counts_as_one_list(edge: ResponseCacheMiddleware) -> None:
    scope = scope_of("/events")
    said: list[Message] = []

    async def hear(message: Message) -> None:
        said.append(message)

    for first, second in ((b"text/csv", b"image/png"), (b"image/png", b"text/csv")):
        asyncio.run(
            edge({**scope, "headers": [*scope["headers"], (b"accept", first), (b"accept", second)]}, nothing, hear)
        )
        assert dict(said[0]["headers"])[b"content-type"].startswith(b"text/csv")
        said.clear()


def test_a_fault_of_ours_is_not_held(own: Path, calls: Calls) -> None:
    broken = create_app(database=str(own))
    with closing(sqlite3.connect(own)) as connection:
        connection.execute("drop table positions_citations")
    is_stable(broken)
    counted = Calls(broken.adapter.app)
    assert [ask(broken, "/positions?paragraph=1").status for _ in range(2)] == [500, 500]
    assert counted.number == 2


def test_a_file_that_went_away_is_not_answered_from_memory(mine: ResponseCacheMiddleware, own: Path) -> None:
    assert [ask(mine, PUTIN).status for _ in range(2)] == [200, 200]
    own.unlink()
    assert ask(mine, PUTIN).status == 503


# How true an answer is


def swap(file: Path, other: Path) -> None:
    """Another file takes the place of this one."""
    other.replace(file)


def overwrite(file: Path, other: Path) -> None:
    """Another file's pages are written over this one's, as a replica does it."""
    with file.open("r+b") as pages:
        pages.write(other.read_bytes())


@pytest.mark.parametrize("change", [swap, overwrite])
def test_what_changes_under_it_is_answered_at_once(
    mine: ResponseCacheMiddleware,
    own: Path,
    tmp_path: Path,
    renamed: Callable[[str], Path],
    change: Callable[[Path, Path], None],
) -> None:
    other = tmp_path / "other.db"
    shutil.copy(own, other)
    load([renamed("V. Putin")], other)
    counted = Calls(mine.adapter.app)
    assert {ask(mine, PUTIN).body for _ in range(3)} == {b'{\n  "name": "Vladimir Putin",\n  "revision": 1\n}\n'}
    assert counted.number == 1
    change(own, other)
    assert ask(mine, PUTIN).body == b'{\n  "name": "V. Putin",\n  "revision": 2\n}\n'


def test_a_commit_that_is_only_in_the_log_is_answered_at_once(
    own: Path, tmp_path: Path, renamed: Callable[[str], Path]
) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(own)
    with closing(sqlite3.connect(own, isolation_level=None)) as reader:
        reader.execute("pragma journal_mode = wal")
        edges = [create_app(database=str(path)) for path in (own, link)]
        is_stable(edges[1])
        assert [json.loads(ask(edge, PUTIN).body)["revision"] for edge in edges * 2] == [1, 1, 1, 1]
        reader.execute("begin")
        reader.execute("select * from revisions").fetchall()
        before = own.stat().st_mtime_ns
        load([renamed("V. Putin")], own)
        assert own.stat().st_mtime_ns == before, "the log was emptied, and this test tells nothing"
        assert [json.loads(ask(edge, PUTIN).body)["revision"] for edge in edges] == [2, 2]


def test_nothing_is_held_that_was_read_before_the_file_had_settled(
    mine: ResponseCacheMiddleware, own: Path, renamed: Callable[[str], Path]
) -> None:
    load([renamed("V. Putin")], own)
    counted = Calls(mine.adapter.app)
    for _ in range(3):
        ask(mine, PUTIN)
    assert counted.number == 3
    is_stable(mine)
    for _ in range(3):
        ask(mine, PUTIN)
    assert counted.number == 4


@pytest.mark.parametrize("noticed", [False, True])
def test_an_answer_that_is_overtaken_while_it_is_made_is_not_given_again(
    mine: ResponseCacheMiddleware, own: Path, renamed: Callable[[str], Path], noticed: bool
) -> None:
    app, read, go_on = mine.adapter.app, threading.Event(), threading.Event()
    reading = app.wsgi_app

    def slow(environ: Any, start: Any) -> Any:
        answer = reading(environ, start)
        if environ["PATH_INFO"] == "/parties/putin" and not read.is_set():
            read.set()
            go_on.wait(10)
        return answer

    async def overtake() -> None:
        overtaken = asyncio.create_task(mine(scope_of(PUTIN), nothing, unheard))
        await asyncio.to_thread(read.wait, 10)
        load([renamed("V. Putin")], own)
        if noticed:
            await mine(scope_of("/events"), nothing, unheard)
        go_on.set()
        await overtaken

    app.wsgi_app = slow  # type: ignore[assignment,method-assign]
    asyncio.run(overtake())
    assert json.loads(ask(mine, PUTIN).body)["revision"] == 2


def revision_seen(connection: HTTPConnection) -> int:
    connection.request("GET", "/events?limit=1&fields=id")
    return int(json.loads(connection.getresponse().read())["meta"]["revision"])


def test_no_reader_is_set_back_while_a_writer_commits(own: Path, renamed: Callable[[str], Path]) -> None:
    committed, faults, seen = 1, list[str](), set[int]()
    ends = time.monotonic() + 12

    def read(address: str) -> None:
        newest = 0
        connections = [HTTPConnection(address, timeout=10) for _ in range(4)]  # which fall to either worker
        for connection in cycle(connections):
            if time.monotonic() > ends or faults:
                break
            least = max(committed, newest)
            revision = revision_seen(connection)
            if revision < least:
                faults.append(f"{revision} came after {least}")
            newest = max(newest, revision)
            seen.add(revision)
        for connection in connections:
            connection.close()

    with GunicornServer(own) as (url, _):
        readers = [threading.Thread(target=read, args=(urlsplit(url).netloc,)) for _ in range(3)]
        for reader in readers:
            reader.start()
        for pause in cycle(
            (0, 0.1, STABLE_AFTER_SECONDS + 0.2, 0, STABLE_AFTER_SECONDS - 0.1, 0.01)
        ):  # some answers are held, others not
            if time.monotonic() > ends or faults:
                break
            load([renamed(f"Putin {committed}")], own)
            committed += 1
            time.sleep(pause)
        for reader in readers:
            reader.join()
    assert not faults
    assert committed > 5
    assert len(seen) > 5


# What it holds


def whole(size: int) -> CachedResponse:
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    return CachedResponse(start, {"type": "http.response.body", "body": bytes(size)}, start)


def test_what_has_not_been_asked_for_the_longest_goes_first() -> None:
    answers, size = ResponseCache(), MAX_ENTRY_BYTES - 10_000
    for number in range(100):
        answers.set((str(number),), whole(size))
        assert answers.size <= MAX_TOTAL_BYTES
        answers.get(("0",))
    held = [number for number in range(100) if answers.get((str(number),))]
    assert held == [0, *range(101 - len(held), 100)]
    assert len(held) * MAX_ENTRY_BYTES > MAX_TOTAL_BYTES - MAX_ENTRY_BYTES * 2


def test_long_questions_count() -> None:
    answers = ResponseCache()
    for number in range(8000):
        answers.set((str(number), b"x" * 8000), whole(0))
    assert sum(answers.get((str(number), b"x" * 8000)) is not None for number in range(8000)) * 8000 < MAX_TOTAL_BYTES
    assert answers.size <= MAX_TOTAL_BYTES


def test_neither_a_stream_nor_a_large_answer_is_held() -> None:
    answers = ResponseCache()
    answers.set(("large",), whole(MAX_ENTRY_BYTES))
    answers.set(("stream",), whole(0)._replace(body=STREAMING))
    assert (answers.get(("large",)), answers.get(("stream",)), answers.size) == (None, None, 0)


def test_what_is_held_again_counts_once() -> None:
    answers = ResponseCache()
    for _ in range(2):
        answers.set(("one",), whole(1000))
    once = answers.size
    answers.clear()
    assert answers.size == 0
    answers.set(("one",), whole(1000))
    assert answers.size == once


def test_nothing_starts_a_thread_before_the_workers_part(own: Path) -> None:
    before = threading.active_count()
    create_app(database=str(own))
    assert threading.active_count() == before


# Clients that are slow, or leave


def test_clients_that_take_nothing_of_a_stream_keep_nobody_waiting(mine: ResponseCacheMiddleware, own: Path) -> None:
    async def crowd() -> None:
        reached = asyncio.Semaphore(0)

        async def stall(message: Message) -> None:
            if message.get("body"):
                reached.release()
                await asyncio.Event().wait()

        streams = [
            asyncio.create_task(mine(scope_of("/events.ndjson"), nothing, stall)) for _ in range(APP_THREADS * 2)
        ]
        for _ in streams:
            await asyncio.wait_for(reached.acquire(), 5)
        await asyncio.wait_for(mine(scope_of("/parties"), nothing, unheard), 5)
        assert is_read(own)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
        assert not is_read(own)

    with closing(sqlite3.connect(own)) as connection:
        connection.execute("pragma journal_mode = wal")
        asyncio.run(crowd())


def is_read(file: Path) -> bool:
    """Whether a reader keeps the log of a file, to which something is added first, from being emptied."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("update revisions set revision = revision")
        ((busy, *_),) = connection.execute("pragma wal_checkpoint(truncate)")
    return bool(busy)


def test_a_client_that_leaves_while_its_answer_is_made_holds_nothing(mine: ResponseCacheMiddleware, own: Path) -> None:
    app, entered, go_on = mine.adapter.app, threading.Event(), threading.Event()
    reading = app.wsgi_app

    def slow(*request: Any) -> Any:
        answer = reading(*request)
        entered.set()
        go_on.wait(5)
        return answer

    async def leave() -> None:
        leaving = asyncio.create_task(mine(scope_of("/events.ndjson"), nothing, unheard))
        await asyncio.to_thread(entered.wait, 5)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        assert is_read(own)
        go_on.set()

    with closing(sqlite3.connect(own)) as connection:
        connection.execute("pragma journal_mode = wal")
        app.wsgi_app = slow  # type: ignore[assignment,method-assign]
        asyncio.run(leave())
        mine.adapter.threads.shutdown()
        assert not is_read(own)


def test_a_stream_that_breaks_off_is_not_taken_for_whole(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("drop table statements")  # the last that is exported
    with GunicornServer(own) as (url, _), closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as client:
        client.request("GET", "/export/readout.ndjson")
        answer = client.getresponse()
        assert answer.status == 200
        with pytest.raises(IncompleteRead):
            answer.read()


@pytest.fixture(scope="module")
def address(server: str) -> tuple[str, int]:
    host, port = server.removeprefix("http://").split(":")
    return host, int(port)


def exchange(address: tuple[str, int], *sent: bytes) -> Told:
    """What a server answers to these bytes."""
    with socket.create_connection(address, timeout=10) as connection:
        for piece in sent:
            connection.sendall(piece)
        answer = HTTPResponse(connection)
        answer.begin()
        return Told(answer.status, [(name.lower(), value) for name, value in answer.getheaders()], answer.read())


def test_clients_that_send_their_headers_slowly_keep_nobody_waiting(address: tuple[str, int]) -> None:
    with ExitStack() as slow:
        for _ in range(300):
            connection = slow.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        began = time.monotonic()
        for number in range(10):
            assert exchange(address, b"GET /events?limit=%d HTTP/1.1\r\nHost: x\r\n\r\n" % (number + 1)).status == 200
        assert time.monotonic() - began < 5


def test_clients_that_send_their_bodies_slowly_keep_nobody_waiting(address: tuple[str, int]) -> None:
    with ExitStack() as slow:
        for _ in range(APP_THREADS * 4):
            connection = slow.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert exchange(address, b"GET /events?limit=11 HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


POST = b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(("size", "status"), [(10, 422), (100_000, 422), (MOST_TAKEN - 1, 422), (MOST_TAKEN + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_is_taken_whole_up_to_the_largest(
    address: tuple[str, int], size: int, status: int, chunked: bool
) -> None:
    body = b"[" + b" " * (size - 2) + b"]"
    if chunked:
        pieces = [body[start : start + 50_000] for start in range(0, size, 50_000)]
        sent = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""]]
        told = exchange(address, POST + b"Transfer-Encoding: chunked\r\n\r\n", *sent)
    else:
        told = exchange(address, POST + b"Content-Length: %d\r\n\r\n" % size, body)
    assert (told.status, json.loads(told.body)["status"]) == (status, status)


ODD = [
    b"/events?q=\xff",
    b"/events?q=%FF",
    b"/events?%FF=1&%FE=2",
    b"/events?%6bind=call&kind=talks",
    b"/events?q=\xc3\xa9",
    b"/\xc3\xa9",
    b"/%FF",
    b"/parties/%C3%A9",
    b"/parties/%00",
    b"/parties/a%2Fb",
    b"/parties/a+b",
    b"/%2e%2e/events",
    b"//events",
    b"/events/",
    b"/events?",
    b"/events?&&limit=1&",
    b"/events?limit",
    b"/events?=1",
    b"/events?limit=1;limit=2",
    b"/events?limit=%31",
    b"/events?a[]=1",
    b"http://elsewhere.example/events?limit=1",
    b"HTTP://elsewhere.example/",
    b"http://elsewhere.example",
    b"http://[/events",
    b"events",
    b"*",
    b"",
    b"/events?limit=1#part",
    b"/events#part",
]


def test_odd_addresses_have_the_answer_they_have_without_the_edge_or_none(database: Path) -> None:
    with GunicornServer(database) as (url, _), GunicornServer(database, FLASK_ONLY) as (plain, _):
        addresses = [(host, int(port)) for host, port in (at.removeprefix("http://").split(":") for at in (url, plain))]
        for target in ODD:
            request = b"GET %b HTTP/1.1\r\nHost: news.example\r\n\r\n" % target
            told, wanted = (exchange(address, request) for address in addresses)
            if told.status not in (400, 404):
                assert (told.status, told.body) == (wanted.status, wanted.body), target
            assert told.status < 500


def test_without_a_host_the_address_of_the_server_is_told(address: tuple[str, int]) -> None:
    told = exchange(address, b"GET /parties/putin?fields=url HTTP/1.0\r\n\r\n")
    assert json.loads(told.body) == {"url": f"http://127.0.0.1:{address[1]}/parties/putin"}


def test_who_asks_for_a_websocket_is_refused_with_a_problem_document(address: tuple[str, int]) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    told = exchange(address, b"GET /parties HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
    assert (told.status, told.header("content-type")) == (400, "application/problem+json")


def test_a_connection_goes_on_after_every_kind_of_answer(address: tuple[str, int]) -> None:
    with closing(HTTPConnection(*address, timeout=10)) as client:
        client.connect()
        connected = client.sock
        for method in ("HEAD", "GET", "OPTIONS", "POST"):
            for path in ("/events", "/events.ndjson", "/nowhere", "/export/readout.db"):
                client.request(method, path, headers={"If-None-Match": '"other"'})
                client.getresponse().read()
                assert client.sock is connected, (method, path)


def test_a_client_that_leaves_in_the_middle_of_a_stream_ends_it(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("pragma journal_mode = wal")
        for plural in ("parties", "events"):
            connection.execute(
                f"update {plural} set record = json_set(record, '$.note', hex(zeroblob(5000000)))"
                f" where key = (select min(key) from {plural})"
            )
    with GunicornServer(own, READOUT_WORKERS="1") as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with ExitStack() as leaving:
            for _ in range(APP_THREADS * 2):
                client = leaving.enter_context(socket.create_connection((host, int(port)), timeout=10))
                client.sendall(b"GET /export/readout.ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
                client.recv(1000)
            assert is_read(own)
        deadline = time.monotonic() + 5
        while is_read(own) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_read(own)
        assert exchange((host, int(port)), b"GET /parties HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
