"""Requests that would occupy a worker: too much CPU time, clients that leave, floods, and tiny chunks."""

import asyncio
import gc
import importlib
import json
import threading
import time
import weakref
import zipfile
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter.workbook
from flask import Flask, Response
from flask import request as flask_request

from api import create_app
from api.asgi import create_asgi_app
from api.database import connection, connection_pool
from api.http.streaming import CHUNK_BYTES, stream_response
from api.lists.xlsx import spreadsheet_response
from api.middleware.app_threads import POLL_INTERVAL, PROTECTED, AppThreads, CpuTimeExceeded
from api.middleware.bearer_token import valid_token
from api.middleware.database_state import TICK_SECONDS, DatabaseState
from api.middleware.interruptible_call import CallInterrupted, InterruptibleCall
from api.middleware.liveness import LivenessMiddleware
from api.middleware.response_cache import ResponseCacheMiddleware, cache_key
from api.middleware.types import Message
from api.middleware.wsgi import APP_THREADS, WSGIAdapter
from api.views import snapshots
from api.views.snapshots import MAX_BUILDS, Snapshot, SnapshotStore
from tests.support.asgi import CallCounter, cache_in_front_of, discard, make_receive, make_scope, request, request_async
from tests.support.load_clients import wait_until

CLIENTS = 600
MAX_CPU_SECONDS = 0.3
ENDLESS_QUERY = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def spin() -> Response:
    """View that never ends."""
    connection()
    while True:
        try:
            json.loads(json.dumps(list(range(100))))
        except Exception:  # noqa: S112 - as careless code does
            continue


def query() -> Response:
    """View with a query that never ends."""
    connection().execute(ENDLESS_QUERY).fetchall()
    return Response()


def stream() -> Response:
    """View with a stream whose second chunk is never complete."""

    def chunks() -> Iterator[bytes]:
        yield bytes(CHUNK_BYTES)
        spin()

    return stream_response(chunks(), "text/plain")


def add_blocked_stream(app: Flask, *first: bytes) -> tuple[list[str | None], threading.Event]:
    """Add `/blocked`, a stream that waits after its first chunks.

    Return the clients whose stream waits or has waited, and the event that ends the waiting.
    """
    producing, released = list[str | None](), threading.Event()

    def blocked() -> Response:
        client = flask_request.remote_addr

        def chunks() -> Iterator[bytes]:
            yield from first
            producing.append(client)
            released.wait(10)
            yield b"."

        return stream_response(chunks(), "text/plain")

    app.add_url_rule("/blocked", view_func=blocked)
    return producing, released


@pytest.fixture
def app(database: Path) -> Flask:
    """Flask with views that never end."""
    app = create_app(database=str(database), query_timeout=60)
    for view in (spin, query, stream):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    return app


@pytest.fixture
def limited(app: Flask) -> ResponseCacheMiddleware:
    adapter = WSGIAdapter(app, AppThreads(APP_THREADS, MAX_CPU_SECONDS))
    return ResponseCacheMiddleware(adapter, DatabaseState(app.extensions["connection_pool"].path))


def connections_in_use(app: Flask) -> int:
    with app.app_context():
        return len(connection_pool().in_use)


@pytest.mark.parametrize("path", ["/spin", "/query"])
def test_endless_request_is_interrupted(app: Flask, limited: ResponseCacheMiddleware, path: str) -> None:
    start = time.process_time()
    response = request(limited, path)
    assert time.process_time() - start < MAX_CPU_SECONDS + 1
    assert (response.status, response.header("content-type")) == (503, "application/problem+json")
    assert int(response.header("retry-after") or 0) > 0
    assert "computing time" in json.loads(response.body)["detail"]
    assert connections_in_use(app) == 0


@pytest.mark.slow
def test_endless_requests_free_their_threads(limited: ResponseCacheMiddleware) -> None:
    async def overload() -> list[int]:
        scopes = [make_scope("/spin") for _ in range(APP_THREADS * 2)] + [make_scope("/parties")]
        responses = await asyncio.gather(*(request_async(limited, scope) for scope in scopes))
        return [response.status for response in responses]

    assert asyncio.run(overload()) == [503] * (APP_THREADS * 2) + [200]


def remaining_slots(cache: ResponseCacheMiddleware) -> int:
    gc.collect()  # tracebacks of interrupted requests refer to their slots
    return len(cache.adapter.threads.slots)


@pytest.mark.slow
def test_client_with_many_requests_leaves_threads_to_others(limited: ResponseCacheMiddleware) -> None:
    async def overload() -> float:
        scopes = [make_scope("/spin", client="192.0.2.1") for _ in range(APP_THREADS * 2)]
        flood = [asyncio.create_task(request_async(limited, scope)) for scope in scopes]
        await asyncio.sleep(POLL_INTERVAL)
        start = time.process_time()
        for number in range(5):
            response = await request_async(limited, make_scope(f"/events?limit={number + 1}", client="192.0.2.2"))
            assert response.status == HTTPStatus.OK
        seconds = time.process_time() - start
        await asyncio.gather(*flood)
        return seconds

    assert asyncio.run(overload()) < APP_THREADS * MAX_CPU_SECONDS
    wait_until(lambda: not remaining_slots(limited))


def test_endless_stream_is_aborted(app: Flask, limited: ResponseCacheMiddleware) -> None:
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    with pytest.raises(CpuTimeExceeded):
        asyncio.run(limited(make_scope("/stream"), make_receive(), send))
    assert messages[-1]["more_body"]
    assert connections_in_use(app) == 0


@pytest.mark.parametrize("path", ["/spin", "/query", "/stream"])
def test_work_ends_when_the_client_disconnects(app: Flask, path: str) -> None:
    limited = cache_in_front_of(app)  # with the default limit
    start = time.process_time()
    asyncio.run(limited(make_scope(path), make_receive(disconnects=True), discard))
    assert time.process_time() - start < 1
    limited.adapter.threads.close()
    assert connections_in_use(app) == 0


def test_client_gets_half_of_the_threads(app: Flask) -> None:
    running, released = list[str | None](), threading.Event()

    def wait() -> Response:
        running.append(flask_request.remote_addr)
        released.wait(10)
        return Response()

    app.add_url_rule("/wait", view_func=wait)
    cache = cache_in_front_of(app)

    async def clients_with_threads() -> list[str | None]:
        clients = ["192.0.2.1"] * APP_THREADS + ["192.0.2.2"] * APP_THREADS
        scopes = [make_scope(f"/wait?{number}", client=client) for number, client in enumerate(clients)]
        waiting = [asyncio.create_task(request_async(cache, scope)) for scope in scopes]
        while len(running) < APP_THREADS:
            await asyncio.sleep(POLL_INTERVAL)
        meanwhile = [*running]
        released.set()
        await asyncio.gather(*waiting)
        return meanwhile

    half = APP_THREADS // 2
    assert sorted(map(str, asyncio.run(clients_with_threads()))) == ["192.0.2.1"] * half + ["192.0.2.2"] * half


def test_streams_that_begin_leave_threads_to_responses(app: Flask) -> None:
    """Twenty clients begin a stream at once: their first chunks wait for a turn, too."""
    producing, released = add_blocked_stream(app)
    cache = cache_in_front_of(app)

    async def response_meanwhile() -> int:
        clients = [f"192.0.2.{number}" for number in range(20)]
        streams = [asyncio.create_task(request_async(cache, make_scope("/blocked", client=one))) for one in clients]
        while len(producing) < APP_THREADS // 2:
            await asyncio.sleep(POLL_INTERVAL)
        try:
            async with asyncio.timeout(5):
                return (await request_async(cache, make_scope("/parties", client="198.51.100.1"))).status
        finally:
            released.set()
            await asyncio.gather(*streams)

    assert asyncio.run(response_meanwhile()) == HTTPStatus.OK
    assert len(producing) == 20


@pytest.mark.parametrize("suffix", [".csv", ".ndjson"])
def test_nothing_of_a_long_list_is_produced_before_its_turn(
    app: Flask, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("api.http.streaming.MAX_COMPLETE_RECORDS", 1)
    monkeypatch.setattr("api.http.streaming._take_bytes", lambda *_: pytest.fail("produced"))
    with app.test_request_context(f"/events{suffix}"):
        response = app.full_dispatch_request()
    assert response.status_code == HTTPStatus.OK
    response.close()


def test_streams_leave_threads_to_responses(app: Flask) -> None:
    """Half of the threads produce chunks of streams, and one of them for each client, however many streams it has."""
    producing, released = add_blocked_stream(app, bytes(CHUNK_BYTES))
    cache = cache_in_front_of(app)

    async def responses_and_clients() -> tuple[int, list[str | None]]:
        clients = ["192.0.2.1"] * APP_THREADS + ["192.0.2.2", "192.0.2.3"]
        streams = [asyncio.create_task(request_async(cache, make_scope("/blocked", client=one))) for one in clients]
        while len(producing) < APP_THREADS // 2:
            await asyncio.sleep(POLL_INTERVAL)
        async with asyncio.timeout(5):
            response = await request_async(cache, make_scope("/parties", client="192.0.2.1"))
        meanwhile = [*producing]
        released.set()
        await asyncio.gather(*streams)
        return response.status, meanwhile

    status, meanwhile = asyncio.run(responses_and_clients())
    assert status == HTTPStatus.OK
    assert len(set(meanwhile)) == len(meanwhile) == APP_THREADS // 2
    assert len(producing) == APP_THREADS + 2


def test_operators_get_responses_while_all_threads_are_busy(app: Flask) -> None:
    adapter = WSGIAdapter(app, AppThreads(APP_THREADS, max_cpu_seconds=60))
    cache = ResponseCacheMiddleware(adapter, DatabaseState(app.extensions["connection_pool"].path))
    alive = LivenessMiddleware(cache, app)

    async def overload() -> None:
        scopes = [make_scope("/spin", client=f"192.0.2.{number}") for number in range(APP_THREADS * 3)]
        spinning = [asyncio.create_task(alive(scope, make_receive(), discard)) for scope in scopes]
        await asyncio.sleep(POLL_INTERVAL)
        start = time.monotonic()
        assert (await request_async(alive, make_scope("/livez"))).status == HTTPStatus.OK
        assert time.monotonic() - start < 5
        for path in ("/readyz", "/metrics"):
            assert (await request_async(alive, make_scope(path))).status == HTTPStatus.OK
        assert not any(task.done() for task in spinning)
        for task in spinning:
            task.cancel()
        await asyncio.gather(*spinning, return_exceptions=True)

    asyncio.run(overload())


@pytest.mark.slow
def test_waiting_requests_leave_the_event_loop_idle(app: Flask) -> None:
    """While 600 clients wait for a thread, the event loop has time to answer others, such as /livez, at once."""
    released = threading.Event()

    def wait() -> Response:
        released.wait()
        return Response()

    app.add_url_rule("/wait", view_func=wait)
    cache = cache_in_front_of(app)

    async def seconds_while_clients_wait() -> float:
        scopes = [make_scope(f"/wait?{n}", client=f"192.0.{n // 200}.{n % 200}") for n in range(CLIENTS)]
        waiting = [asyncio.create_task(request_async(cache, scope)) for scope in scopes]
        while len(cache.adapter.threads.slots) < CLIENTS:
            await asyncio.sleep(POLL_INTERVAL)
        await asyncio.sleep(POLL_INTERVAL)
        start = time.thread_time()
        await asyncio.sleep(0.5)
        seconds = time.thread_time() - start
        released.set()
        await asyncio.gather(*waiting)
        return seconds

    assert asyncio.run(seconds_while_clients_wait()) < 0.02


def test_liveness_does_not_wait_for_requests_that_start(app: Flask) -> None:
    """When hundreds of clients connect at once, /livez is answered before all of their requests have started."""
    cache = cache_in_front_of(app)
    alive = LivenessMiddleware(cache, app)

    async def clients_started_before_liveness() -> int:
        scopes = [make_scope(f"/events?limit={n + 1}", client=f"192.0.2.{n}") for n in range(200)]
        waiting = [asyncio.create_task(request_async(alive, scope)) for scope in scopes]
        response = await asyncio.create_task(request_async(alive, make_scope("/livez")))
        assert response.status == HTTPStatus.OK
        started = len(cache.adapter.threads.slots)
        responses = await asyncio.gather(*waiting)
        assert {response.status for response in responses} == {HTTPStatus.OK}
        return started

    assert asyncio.run(clients_started_before_liveness()) < 20


def test_liveness_does_not_wait_for_large_cached_responses(app: Flask) -> None:
    """Clients that pipeline requests for them would keep the event loop busy for seconds, without reading anything."""
    cache = cache_in_front_of(app)
    alive = LivenessMiddleware(cache, app)
    request(alive, "/events")
    time.sleep(TICK_SECONDS)
    request(alive, "/openapi.json")

    async def responses_before_liveness() -> int:
        large = [asyncio.create_task(request_async(alive, make_scope("/openapi.json"))) for _ in range(200)]
        await asyncio.create_task(request_async(alive, make_scope("/livez")))
        sent = sum(task.done() for task in large)
        assert {response.status for response in await asyncio.gather(*large)} == {HTTPStatus.OK}
        return sent

    assert asyncio.run(responses_before_liveness()) < 20


def test_interruption_is_never_raised_outside_the_call() -> None:
    """Whenever it is requested, the exception ends the call or is discarded."""

    def work() -> int:
        return sum(number % 7 for number in range(3000))

    outcomes = set[object]()
    for number in range(300):
        call = InterruptibleCall(work, frozenset({work.__code__}), frozenset())
        thread = threading.Timer(number / 300_000, call.interrupt)
        thread.start()
        try:
            outcomes.add(call())
        except CallInterrupted:
            outcomes.add(CallInterrupted)
        thread.join()
        sum(range(1000))  # an exception that was not discarded would be raised here
    assert outcomes == {CallInterrupted, work()}


class Finalized:
    """Calls a function when it is deleted."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def __del__(self) -> None:
        self._function()


class Referenced:
    """Has weak references."""


def delete_with_finalizer(then: Callable[[], Any]) -> None:
    Finalized(then)


def delete_with_weak_reference(then: Callable[[], Any]) -> None:
    referenced = Referenced()
    reference = weakref.ref(referenced, lambda _: then())
    del referenced
    assert reference() is None


def delete_with_weakref_finalize(then: Callable[[], Any]) -> None:
    weakref.finalize(Referenced(), then)


@pytest.mark.parametrize(
    "delete",
    [delete_with_finalizer, delete_with_weak_reference, delete_with_weakref_finalize],
    ids=lambda f: f.__name__,
)
def test_interruption_is_not_raised_where_python_ignores_it(delete: Callable[[Callable[[], Any]], None]) -> None:
    """Python would lose it, and write a traceback to stderr (a warning that fails this test)."""

    def work() -> bool:
        delete(lambda: wait_until(interrupted.is_set))
        return True

    interrupted = threading.Event()
    call = InterruptibleCall(work, frozenset({work.__code__}), frozenset())

    def interrupt() -> None:
        call.interrupt()
        interrupted.set()

    threading.Timer(0.05, interrupt).start()
    with pytest.raises(CallInterrupted):
        call()


def test_interrupted_call_leaves_no_incomplete_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a client that disconnects while a package is imported could break it until the worker exits."""
    package = tmp_path / "imported_late"
    package.mkdir()
    (package / "part.py").touch()
    (package / "__init__.py").write_text(
        "import imported_late.part, time\nfor _ in range(50): time.sleep(0.01)\nimported_late.part\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def work() -> str:
        return str(importlib.import_module("imported_late").part.__name__)

    call = InterruptibleCall(work, frozenset({work.__code__}), frozenset())
    threading.Timer(0.2, call.interrupt).start()
    with pytest.raises(CallInterrupted):
        call()
    assert work() == "imported_late.part"


@pytest.mark.slow
def test_interrupted_calls_keep_no_place_for_building_downloads(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise clients that disconnect while a download is being created could block all downloads."""
    app, created = create_app(database=str(database)), threading.Event()
    store = SnapshotStore(app)

    class SlowSnapshot(Snapshot):
        def __init__(self, version: str) -> None:
            super().__init__(version)
            created.wait(1)

    def work() -> None:
        with app.app_context():
            store.get("download", str(time.time_ns()), lambda snapshot: None)

    monkeypatch.setattr(snapshots, "Snapshot", SlowSnapshot)
    for _ in range(MAX_BUILDS):
        call = InterruptibleCall(work, frozenset({work.__code__}), PROTECTED)
        threading.Timer(0.1, call.interrupt).start()
        with pytest.raises(CallInterrupted):
            call()
    created.set()
    work()


def test_interrupted_calls_leave_no_open_spreadsheet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would close it in a finalizer, and write a traceback to the log."""
    archives = list[zipfile.ZipFile]()

    class InterruptingArchive(zipfile.ZipFile):
        def writestr(self, *args: Any, **options: Any) -> None:
            archives.append(self)
            call.interrupt()
            super().writestr(*args, **options)

    def work() -> None:
        spreadsheet_response("List", ["id"], [["a"]], {})

    monkeypatch.setattr(xlsxwriter.workbook, "ZipFile", InterruptingArchive)
    call = InterruptibleCall(work, frozenset({work.__code__}), PROTECTED)
    with pytest.raises(CallInterrupted):
        call()
    assert archives
    assert all(archive.fp is None for archive in archives)


# Headers and bodies


def test_many_long_accept_encoding_headers_cost_nothing(database: Path) -> None:
    app = create_asgi_app(database=str(database), rate_limit="off", access_log="off")
    scope = make_scope("/parties")
    scope["headers"] += [(b"accept-encoding", b"gzip;q=0.5," * 740) for _ in range(96)]
    asyncio.run(request_async(app, make_scope("/parties")))
    start = time.process_time()
    response = asyncio.run(request_async(app, scope))
    assert time.process_time() - start < 0.5
    assert (response.status, response.header("content-encoding")) == (200, None)
    key = cache_key(scope)
    assert key is not None
    assert sum(map(len, key)) < 1000


@pytest.mark.parametrize("tags", ['"other",' * 3900, "," * 31_000, "W/" * 15_000, '"', "*, " * 10_000])
def test_long_if_none_match_costs_nothing(database: Path, tags: str) -> None:
    app = cache_in_front_of(create_app(database=str(database)))
    request(app, "/livez")
    time.sleep(TICK_SECONDS)
    etag = request(app, "/parties").header("etag")
    start = time.process_time()
    statuses = [request(app, "/parties", if_none_match=text).status for text in [f"{tags},{etag}", tags] * 50]
    assert statuses == [304, 200] * 50
    assert time.process_time() - start < 0.3


def test_long_authorization_of_another_scheme_costs_nothing(tmp_path: Path) -> None:
    scope = make_scope("/parties", authorization="Digest " + 'a="b",' * 5000)
    start = time.process_time()
    assert [valid_token(scope, tmp_path / "tokens") for _ in range(100)] == [None] * 100
    assert time.process_time() - start < 0.1


def test_body_in_chunks_of_one_byte_delays_nobody(database: Path) -> None:
    app = create_asgi_app(database=str(database), rate_limit="off", access_log="off")
    chunks = [b" "] * 500_000

    async def post_meanwhile() -> tuple[float, int]:
        longest, start = 0.0, time.process_time()
        receive = make_receive(*chunks)
        pending = asyncio.create_task(request_async(app, make_scope("/check", "POST"), receive))
        while not pending.done():
            before = time.process_time()
            await asyncio.sleep(0)
            longest = max(longest, time.process_time() - before)
        assert time.process_time() - start < 5
        return longest, (await pending).status

    longest, status = asyncio.run(post_meanwhile())
    assert status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert longest < 0.5


def test_oversized_body_announced_with_expect_is_not_requested(database: Path) -> None:
    app = create_asgi_app(database=str(database), rate_limit="off", access_log="off")
    received: list[Any] = []

    async def receive() -> Message:
        received.append(None)
        await asyncio.Event().wait()
        raise AssertionError

    headers = {"expect": "100-continue", "content_length": "100000000000", "content_type": "application/json"}
    response = asyncio.run(request_async(app, make_scope("/check", "POST", **headers), receive))
    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert not received


@pytest.mark.slow
def test_floods_of_different_urls_evict_no_page(database: Path) -> None:
    flask = create_app(database=str(database))
    cache = cache_in_front_of(flask)
    pages = [f"/events?limit={number}" for number in range(1, 20)]
    request(cache, "/events")
    time.sleep(TICK_SECONDS)
    for path in pages:
        request(cache, path, accept_encoding="gzip")
    for flood in ("/docs/swagger-ui-bundle.js?{}", "/events?colour={}", "/nowhere/{}"):
        for number in range(300):
            request(cache, flood.format(number), accept_encoding="gzip")
    calls = CallCounter(flask)
    for path in pages:
        assert request(cache, path, accept_encoding="gzip").status == HTTPStatus.OK
    assert calls.number == 0
