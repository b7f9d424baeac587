"""The response cache responds as Flask does, and never with outdated data."""

import asyncio
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask

from api import create_app
from api.middleware.app_threads import CALLS_PER_THREAD
from api.middleware.database_state import MAX_AGE_SECONDS, STABLE_AFTER_SECONDS, TICK_SECONDS
from api.middleware.lru_cache import SMALL_ENTRY_BYTES
from api.middleware.response_cache import MAX_QUEUE_SECONDS, ResponseCacheMiddleware
from api.middleware.wsgi import APP_THREADS
from seed.bundles import load
from tests.support.asgi import (
    CallCounter,
    HttpResponse,
    cache_in_front_of,
    discard,
    make_receive,
    make_scope,
    request,
    request_async,
    request_flask,
)
from tests.support.bundle_files import Rename
from tests.support.openapi import example_requests
from tests.support.server import GunicornServer
from tests.support.wal import is_open, use_wal

CODINGS = ("identity", "gzip", "br", "zstd")
PUTIN = "/parties/putin?fields=name,revision"
BUSY = "192.0.2.1"
PLACES = APP_THREADS * CALLS_PER_THREAD

Cache = ResponseCacheMiddleware


def create_cache(database: Path) -> Cache:
    """Return an application with a cache that may be used at once."""
    cache = cache_in_front_of(create_app(database=str(database)))
    request(cache, "/livez")
    time.sleep(TICK_SECONDS)
    return cache


@pytest.fixture(scope="module")
def cache(database: Path) -> Cache:
    return create_cache(database)


@pytest.fixture(scope="module")
def calls(cache: Cache) -> CallCounter:
    return CallCounter(cache.adapter.app)


@pytest.fixture
def own_cache(own: Path) -> Cache:
    """Return an application over a database that the test may change."""
    return create_cache(own)


def all_paths(document: Any) -> Iterator[str]:
    """Yield each GET operation: without parameters, with all, with an invalid one, and for a missing record."""
    for one in example_requests(document):
        query = {name: value for name, value in {**one.required, **one.optional}.items() if name != "cursor"}
        yield one.path
        yield f"{one.path}?{urlencode(query)}"
        yield f"{one.path}?colour=red&shape=round"
        if one.ids:
            yield one.template.format(**dict.fromkeys(one.ids, "nobody"))


@pytest.mark.slow
@pytest.mark.parametrize("coding", ["gzip", "identity", "br", "zstd"])
def test_miss_hit_and_flask_are_identical(cache: Cache, calls: CallCounter, coding: str) -> None:
    hits = 0
    for path in all_paths(json.loads(request(cache, "/openapi.json").body)):
        expected = request_flask(cache.adapter.app, path, accept_encoding=coding)
        assert request(cache, path, accept_encoding=coding) == expected, path
        before = calls.number
        assert request(cache, path, accept_encoding=coding) == expected, path
        if expected.status == 200 and expected.header("cache-control") == "no-store":
            assert calls.number == before + 1, path
        elif is_always_cached(expected):
            assert calls.number == before, path
            hits += 1
        assert request(cache, path, "HEAD", accept_encoding=coding) == expected._replace(body=b""), path
        for etag in (expected.header("etag") or "*", '"other"'):
            conditional = request_flask(cache.adapter.app, path, accept_encoding=coding, if_none_match=etag)
            assert request(cache, path, accept_encoding=coding, if_none_match=etag) == conditional, path
    assert hits > 100


def is_always_cached(response: HttpResponse) -> bool:
    """Return whether a response is small enough for the cache and no download, which is a stream."""
    limit = SMALL_ENTRY_BYTES if response.status == 200 else 10_000
    return 0 < int(response.header("content-length") or 0) < limit and not response.header("accept-ranges")


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
        {"accept": "image/png, " + "a/b, " * 300},
        {"accept_encoding": "gzip;q=0, zstd;q=0"},
        {"accept_encoding": "*"},
        {"accept_encoding": "zstd;q=0.1, gzip;q=0.9"},
        {"accept_encoding": "br"},
        {"accept_encoding": "gzip, " * 300},
        {"host": "news.example:8443"},
        {"host": "not a host"},
        {"origin": "https://news.example"},
        {"cache_control": "no-cache"},
    ],
    ids=lambda headers: str(headers)[:60],
)
@pytest.mark.parametrize("path", ["/events?limit=3", "/events.csv", "/parties/nobody", "/events?colour=red"])
def test_headers_have_the_same_effect_on_a_hit(cache: Cache, headers: dict[str, str], path: str) -> None:
    request(cache, path)
    for method in ("GET", "HEAD"):
        expected = request_flask(cache.adapter.app, path, method, **headers)
        assert [request(cache, path, method, **headers) for _ in range(2)] == [expected, expected]


@pytest.mark.parametrize("path", ["/events?limit=3", "/events.csv"])
@pytest.mark.parametrize("coding", CODINGS)
def test_etag_matches_in_every_notation(cache: Cache, path: str, coding: str) -> None:
    etag = request(cache, path, accept_encoding=coding).header("etag")
    for if_none_match in (f"{etag}", f"W/{etag}", f'"other", {etag}', f'"other",W/{etag}'):
        headers = {"accept_encoding": coding, "if_none_match": if_none_match}
        response = request(cache, path, **headers)
        assert response == request_flask(cache.adapter.app, path, **headers)
        assert (response.status, response.body) == (304, b"")


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
def test_headers_do_not_poison_the_cache(cache: Cache, headers: dict[str, str]) -> None:
    path = f"/events?q={'+'.join(headers)}"  # requested by no other test
    assert request(cache, path, **headers).status < 500
    assert request(cache, path) == request_flask(cache.adapter.app, path)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH"])
def test_other_methods_bypass_the_cache(cache: Cache, method: str) -> None:
    request(cache, "/events")
    assert request(cache, "/events", method) == request_flask(cache.adapter.app, "/events", method)


def test_order_of_parameters_does_not_matter(cache: Cache, calls: CallCounter) -> None:
    first = request(cache, "/events?voice=source&limit=2&kind=call&kind=talks")
    before = calls.number
    for path in ("kind=call&limit=2&kind=talks&voice=source", "kind=call&kind=talks&limit=2&utm_source=x&voice=source"):
        assert request(cache, f"/events?{path}") == first
    assert calls.number == before
    request(cache, "/events?kind=talks&limit=2&kind=call&voice=source")
    assert calls.number == before + 1


def test_repeated_header_counts_as_one_list(cache: Cache) -> None:
    for accept in ((b"text/csv", b"image/png"), (b"image/png", b"text/csv")):
        scope = make_scope("/events")
        scope["headers"] += [(b"accept", value) for value in accept]
        response = asyncio.run(request_async(cache, scope))
        assert (response.header("content-type") or "").startswith("text/csv")


def test_header_with_underscores_is_ignored(cache: Cache) -> None:
    """In a WSGI environ it would be the header with hyphens, which is not what the cache key has."""
    path = "/parties?limit=7"
    scope = make_scope(path, accept="application/json")
    scope["headers"].append((b"accept_encoding", b"br"))
    responses = [asyncio.run(request_async(cache, scope)) for _ in range(2)]
    plain = request(cache, path, accept="application/json")
    assert [response.header("content-encoding") for response in responses] == [None, None]
    assert responses == [plain, plain]


def test_server_error_is_not_cached(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection:
        connection.execute("drop table positions_citations")
    cache = create_cache(own)
    calls = CallCounter(cache.adapter.app)
    assert [request(cache, "/positions?paragraph=1").status for _ in range(2)] == [500, 500]
    assert calls.number == 2


def test_removed_database_empties_the_cache(own_cache: Cache, own: Path) -> None:
    assert [request(own_cache, PUTIN).status for _ in range(2)] == [200, 200]
    own.unlink()
    assert request(own_cache, PUTIN).status == 503


# Freshness


def replace_file(path: Path, other: Path) -> None:
    """Rename another file over the database."""
    other.replace(path)


def overwrite_pages(path: Path, other: Path) -> None:
    """Write the pages of another file over those of the database, as a replica does."""
    with path.open("r+b") as file:
        file.write(other.read_bytes())


@pytest.mark.parametrize("change", [replace_file, overwrite_pages])
def test_changed_file_is_served_at_once(
    own_cache: Cache, own: Path, tmp_path: Path, rename: Rename, change: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / "other.db"
    shutil.copy(own, other)
    load([rename("V. Putin")], other)
    calls = CallCounter(own_cache.adapter.app)
    assert {request(own_cache, PUTIN).body for _ in range(3)} == {
        b'{\n  "name": "Vladimir Putin",\n  "revision": 1\n}\n'
    }
    assert calls.number == 1
    change(own, other)
    assert request(own_cache, PUTIN).body == b'{\n  "name": "V. Putin",\n  "revision": 2\n}\n'


def test_commit_in_the_wal_is_served_at_once(own: Path, tmp_path: Path, rename: Rename) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(own)
    with closing(use_wal(own)) as reader:
        caches = [cache_in_front_of(create_app(database=str(own))), create_cache(link)]
        assert [json.loads(request(cache, PUTIN).body)["revision"] for cache in caches * 2] == [1, 1, 1, 1]
        reader.execute("begin")
        reader.execute("select * from revisions").fetchall()
        before = own.stat().st_mtime_ns
        load([rename("V. Putin")], own)
        assert own.stat().st_mtime_ns == before, "the WAL was checkpointed, so this test shows nothing"
        assert [json.loads(request(cache, PUTIN).body)["revision"] for cache in caches] == [2, 2]


@pytest.mark.slow
def test_responses_are_cached_shortly_after_a_change(own_cache: Cache, own: Path, rename: Rename) -> None:
    async def request_for(seconds: float) -> int:
        """Return the number of calls of Flask."""
        calls = CallCounter(own_cache.adapter.app)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert json.loads((await request_async(own_cache, make_scope(PUTIN))).body)["revision"] == 2
        return calls.number

    load([rename("V. Putin")], own)
    request(own_cache, PUTIN)
    time.sleep(TICK_SECONDS)
    assert asyncio.run(request_for(STABLE_AFTER_SECONDS + 0.5)) < 10, "each time that the connection is replaced late"
    assert asyncio.run(request_for(0.5)) == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists open files")
def test_no_connection_is_kept(own: Path) -> None:
    """While one is open, another file cannot safely be renamed over the database."""

    async def keep_running() -> None:
        cache = cache_in_front_of(create_app(database=str(own)))
        await request_async(cache, make_scope(PUTIN))
        assert is_open(own)
        await asyncio.sleep(MAX_AGE_SECONDS + 0.5)
        assert not is_open(own)

    with closing(use_wal(own)):
        pass
    asyncio.run(keep_running())


def test_identical_requests_are_computed_once(own_cache: Cache) -> None:
    async def request_together(number: int) -> list[HttpResponse]:
        return await asyncio.gather(*(request_async(own_cache, make_scope(PUTIN)) for _ in range(number)))

    calls = CallCounter(own_cache.adapter.app)
    responses = asyncio.run(request_together(50))
    assert calls.number == 1
    assert {response.body for response in responses} == {b'{\n  "name": "Vladimir Putin",\n  "revision": 1\n}\n'}


@pytest.mark.parametrize("path", [PUTIN, "/events.ndjson", "/livez", "/nowhere"])
def test_waiting_requests_are_answered_if_the_first_client_disconnects(own_cache: Cache, path: str) -> None:
    async def disconnect_first() -> list[HttpResponse]:
        first = asyncio.create_task(own_cache(make_scope(path), make_receive(), discard))
        others = [asyncio.create_task(request_async(own_cache, make_scope(path))) for _ in range(10)]
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.wait_for(asyncio.gather(*others), 60)

    responses = asyncio.run(disconnect_first())
    assert {response.status for response in responses} == {404 if path == "/nowhere" else 200}


def block_requests(app: Flask, path: str) -> threading.Event:
    """Let Flask answer requests for a path only after the event is set."""
    resume, wsgi_app = threading.Event(), app.wsgi_app

    def blocking_app(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == path:
            resume.wait(10)
        return wsgi_app(environ, start_response)

    app.wsgi_app = blocking_app  # type: ignore[method-assign]
    return resume


def test_no_client_waits_for_the_other_requests_of_another(own_cache: Cache) -> None:
    """One client has many slow requests in the queue, the last of them for a page that another client requests."""
    resume = block_requests(own_cache.adapter.app, "/matrix")

    async def request_of_two_clients() -> HttpResponse:
        paths = [*(f"/matrix?limit={number}" for number in range(APP_THREADS)), PUTIN]
        busy = [asyncio.create_task(request_async(own_cache, make_scope(path, client=BUSY))) for path in paths]
        await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(request_async(own_cache, make_scope(PUTIN)), 5)
        finally:
            resume.set()
            await asyncio.gather(*busy)

    assert asyncio.run(request_of_two_clients()).status == 200


def test_response_cached_meanwhile_is_not_computed_again(own_cache: Cache) -> None:
    """All threads are busy for longer than a request waits for the same request of another client."""
    resume = block_requests(own_cache.adapter.app, "/matrix")

    async def request_of_many_clients() -> list[HttpResponse]:
        scopes = [make_scope(f"/matrix?limit={number}", client=f"192.0.2.{number}") for number in range(PLACES)]
        scopes += [make_scope(PUTIN, client=f"198.51.100.{number}") for number in range(20)]
        pending = [asyncio.create_task(request_async(own_cache, scope)) for scope in scopes]
        await asyncio.sleep(MAX_QUEUE_SECONDS + 0.1)
        resume.set()
        return await asyncio.gather(*pending)

    calls = CallCounter(own_cache.adapter.app)
    responses = asyncio.run(request_of_many_clients())
    assert [response.status for response in responses[PLACES:]] == [200] * 20
    assert calls.number < PLACES + 10


@pytest.mark.parametrize("noticed", [False, True])
def test_response_outdated_while_computed_is_not_cached(
    own_cache: Cache, own: Path, rename: Rename, noticed: bool
) -> None:
    app, computed, resume = own_cache.adapter.app, threading.Event(), threading.Event()
    wsgi_app = app.wsgi_app

    def slow_app(environ: Any, start_response: Any) -> Any:
        response = wsgi_app(environ, start_response)
        if environ["PATH_INFO"] == "/parties/putin" and not computed.is_set():
            computed.set()
            resume.wait(10)
        return response

    async def load_meanwhile() -> None:
        pending = asyncio.create_task(own_cache(make_scope(PUTIN), make_receive(), discard))
        await asyncio.to_thread(computed.wait, 10)
        load([rename("V. Putin")], own)
        if noticed:
            await own_cache(make_scope("/events"), make_receive(), discard)
        resume.set()
        await pending

    app.wsgi_app = slow_app  # type: ignore[method-assign]
    asyncio.run(load_meanwhile())
    assert json.loads(request(own_cache, PUTIN).body)["revision"] == 2


def read_revision(connection: HTTPConnection) -> int:
    connection.request("GET", "/events?limit=1&fields=id")
    return int(json.loads(connection.getresponse().read())["meta"]["revision"])


@pytest.mark.slow
def test_no_client_goes_back_in_time_while_loading(own: Path, rename: Rename) -> None:
    committed, errors, seen = 1, list[str](), set[int]()
    end = time.monotonic() + 12

    def read(address: str) -> None:
        newest = 0
        connections = [HTTPConnection(address, timeout=10) for _ in range(4)]  # distributed over both workers
        for connection in cycle(connections):
            if time.monotonic() > end or errors:
                break
            minimum = max(committed, newest)
            revision = read_revision(connection)
            if revision < minimum:
                errors.append(f"{revision} came after {minimum}")
            newest = max(newest, revision)
            seen.add(revision)
        for connection in connections:
            connection.close()

    with GunicornServer(own) as (url, _):
        readers = [threading.Thread(target=read, args=(urlsplit(url).netloc,)) for _ in range(3)]
        for reader in readers:
            reader.start()
        # Pauses around the stable interval: some responses come from the cache, others do not.
        for pause in cycle((0, 0.1, STABLE_AFTER_SECONDS + 0.2, 0, STABLE_AFTER_SECONDS - 0.1, 0.01)):
            if time.monotonic() > end or errors:
                break
            load([rename(f"Putin {committed}")], own)
            committed += 1
            time.sleep(pause)
        for reader in readers:
            reader.join()
    assert not errors
    assert committed > 5
    assert len(seen) > 5
