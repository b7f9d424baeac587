"""The WSGI adapter: threads, streams, bodies, and clients that disconnect."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from api import create_app
from api.http.streaming import CHUNK_BYTES
from api.middleware.client_connection import ClientDisconnected
from api.middleware.response_cache import ResponseCacheMiddleware
from api.middleware.stream_limit import MAX_STREAMS
from api.middleware.types import Message
from api.middleware.wsgi import APP_THREADS, WSGIAdapter
from tests.support import ROOT
from tests.support.asgi import (
    CallCounter,
    cache_in_front_of,
    discard,
    make_receive,
    make_scope,
    request,
    request_async,
)
from tests.support.load_clients import wait_until
from tests.support.raw_http import send_raw, server_address
from tests.support.server import GunicornServer
from tests.support.wal import is_being_read, use_wal

PADDING_BYTES = 20_000_000
STREAM = "/export/readout.ndjson"


@pytest.fixture
def own_app(own: Path, monkeypatch: pytest.MonkeyPatch) -> ResponseCacheMiddleware:
    """Return an application that streams short lists, too."""
    monkeypatch.setattr("api.http.streaming.MAX_COMPLETE_RECORDS", 1)
    return cache_in_front_of(create_app(database=str(own)))


def test_no_thread_starts_before_the_workers_fork(own: Path) -> None:
    code = (
        "import threading; from api.asgi import create_asgi_app;"
        f"app = create_asgi_app(database={str(own)!r}); print(threading.active_count())"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "1\n"


@asynccontextmanager
async def stalled_streams(app: ResponseCacheMiddleware, number: int) -> AsyncIterator[None]:
    """Keep streams open whose clients read only the first chunk."""
    reached = asyncio.Semaphore(0)

    async def stall(message: Message) -> None:
        if message.get("body"):
            reached.release()
            await asyncio.Event().wait()

    streams = [asyncio.create_task(app(make_scope(STREAM), make_receive(), stall)) for _ in range(number)]
    for _ in streams:
        await asyncio.wait_for(reached.acquire(), 5)
    yield
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)


def test_open_streams_of_a_client_are_limited(own_app: ResponseCacheMiddleware) -> None:
    """Each holds a connection to the database and its cache: a thousand would take a gigabyte."""

    async def open_too_many() -> None:
        async with stalled_streams(own_app, MAX_STREAMS):
            refused = await request_async(own_app, make_scope(STREAM))
            assert (refused.status, refused.header("retry-after")) == (429, "30")
            assert "still open" in json.loads(refused.body)["detail"]
            assert (await request_async(own_app, make_scope("/parties"))).status == 200
            assert (await request_async(own_app, make_scope(STREAM, client="192.0.2.1"))).status == 200
        assert (await request_async(own_app, make_scope(STREAM))).status == 200

    asyncio.run(open_too_many())


def test_stalled_streams_occupy_no_thread(own_app: ResponseCacheMiddleware, own: Path) -> None:
    async def stall_streams() -> None:
        async with stalled_streams(own_app, APP_THREADS * 2):
            await asyncio.wait_for(own_app(make_scope("/parties"), make_receive(), discard), 5)
            assert is_being_read(own)
        assert not is_being_read(own)

    with closing(use_wal(own)):
        asyncio.run(stall_streams())


class SlowApp:
    """Delays the response of Flask until the test continues."""

    def __init__(self, app: Flask) -> None:
        self.entered, self.resume = threading.Event(), threading.Event()
        self._wsgi_app = app.wsgi_app
        app.wsgi_app = self  # type: ignore[assignment,method-assign]

    def __call__(self, *arguments: Any) -> Any:
        response = self._wsgi_app(*arguments)
        self.entered.set()
        self.resume.wait(5)
        return response


def test_cancelled_request_releases_its_connection(own_app: ResponseCacheMiddleware, own: Path) -> None:
    slow = SlowApp(own_app.adapter.app)

    async def cancel() -> None:
        pending = asyncio.create_task(own_app(make_scope(STREAM), make_receive(), discard))
        await asyncio.to_thread(slow.entered.wait, 5)
        pending.cancel()
        with suppress(asyncio.CancelledError):
            await pending
        assert is_being_read(own)
        slow.resume.set()

    with closing(use_wal(own)):
        asyncio.run(cancel())
        own_app.adapter.threads.close()
        assert not is_being_read(own)


def test_stream_that_cannot_begin_calls_flask_once(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute("drop table sources")  # the first that is exported
    app = create_app(database=str(own))
    calls = CallCounter(app)
    response = request(cache_in_front_of(app), "/export/readout.ndjson", x_request_id="one")
    assert (response.status, response.header("content-type")) == (500, "application/problem+json")
    assert response.header("access-control-allow-origin") == "*"
    assert json.loads(response.body)["instance"] == "/export/readout.ndjson"
    assert calls.number == 1


@pytest.mark.slow
def test_broken_stream_is_recognizably_incomplete(own: Path) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        long_note = "update sources set record = json_set(record, '$.note', hex(zeroblob(?)))"  # more than a chunk
        connection.execute(long_note, [CHUNK_BYTES])
        connection.execute("update statements set record = '{'")  # exported after the sources
    with GunicornServer(own) as (url, _), closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as client:
        client.request("GET", "/export/readout.ndjson")
        response = client.getresponse()
        assert response.status == 200
        with pytest.raises(IncompleteRead):
            response.read()


@pytest.mark.slow
def test_disconnection_ends_a_stream(own: Path) -> None:
    with closing(use_wal(own, PADDING_BYTES)):
        pass
    with GunicornServer(own, READOUT_WORKERS="1") as (url, _):
        with ExitStack() as stack:
            for _ in range(APP_THREADS * 2):
                client = stack.enter_context(closing(HTTPConnection(urlsplit(url).netloc, timeout=10)))
                client.request("GET", "/export/readout.db")
                client.getresponse().read(1000)
        wait_until(lambda: not is_being_read(own), 5)
        assert send_raw(server_address(url), b"GET /parties HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


def post_check(adapter: WSGIAdapter, receive: Any) -> tuple[int, Any]:
    """Send a POST and return the status and the problem document."""

    async def call() -> tuple[int, Any]:
        scope = make_scope("/check", "POST", content_type="application/json")
        async with adapter.call(scope, receive) as response:
            return response.start["status"], json.loads(response.body["body"])

    return asyncio.run(call())


def never() -> Awaitable[Message]:
    return asyncio.Event().wait()  # type: ignore[return-value]


async def disconnected() -> Message:
    return {"type": "http.disconnect"}


def test_client_that_leaves_during_its_body_gets_no_response(database: Path) -> None:
    with pytest.raises(ClientDisconnected):
        post_check(WSGIAdapter(create_app(database=str(database))), disconnected)


def test_response_waits_for_a_thread_that_exists(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system starts no other, for example under a limit of processes."""
    adapter = WSGIAdapter(create_app(database=str(database)))

    async def post_all() -> list[int]:
        first = await post_async(adapter)
        monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
        return [first, *await asyncio.gather(*(post_async(adapter) for _ in range(APP_THREADS)))]

    assert asyncio.run(post_all()) == [422] * (1 + APP_THREADS)


def test_response_without_any_thread_is_a_503(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = WSGIAdapter(create_app(database=str(database)))

    async def post_twice() -> list[int]:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse_to_start)
            first = await post_async(adapter)
        return [first, await post_async(adapter)]

    assert asyncio.run(post_twice()) == [503, 422]


def refuse_to_start(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


async def post_async(adapter: WSGIAdapter) -> int:
    """Send a POST and return the status."""
    scope = make_scope("/check", "POST", content_type="application/json")
    async with adapter.call(scope, make_receive(b"[]")) as response:
        return int(response.start["status"])


def test_incomplete_body_gets_408(database: Path) -> None:
    adapter = WSGIAdapter(create_app(database=str(database)), body_timeout_seconds=0.2)
    status, problem = post_check(adapter, never)
    assert (status, problem["status"]) == (408, 408)
    assert "0.2 seconds" in problem["detail"]


def test_body_in_chunks_is_read_completely(database: Path) -> None:
    adapter = WSGIAdapter(create_app(database=str(database)))
    body = json.dumps({"events": [{"id": "x" * 200_000}]}).encode()
    whole = post_check(adapter, make_receive(body))
    assert whole[0] == 422
    for size in (1, 1000, 70_000):
        chunks = [body[start : start + size] for start in range(0, len(body), size)]
        assert post_check(adapter, make_receive(*chunks)) == whole
