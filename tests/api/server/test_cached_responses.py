"""Cached responses that the server sends without ASGI equal those of the application."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from api.asgi import Application, create_asgi_app
from api.middleware.database_state import TICK_SECONDS
from api.middleware.step_scheduler import STEPS_PER_ITERATION
from api.middleware.types import Receive, Scope, Send
from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit
from api.server.early_errors import RawResponse
from seed.bundles import load
from seed.storage.fingerprint import FileFingerprint, FingerprintReader
from tests.support import ROOT
from tests.support.asgi import make_scope, request_async
from tests.support.bundle_files import Rename

PATH = "/parties/putin"
DATE = (b"date", b"Tue, 18 Mar 2025 12:00:00 GMT")
START = "GET /parties/putin HTTP/1.1\r\nHost: x\r\n"
END = "Connection: close\r\n\r\n"
LAST = f"GET /livez HTTP/1.1\r\nHost: x\r\n{END}"
REQUESTS = {
    "GET": START + END,
    "HEAD": f"HEAD {PATH} HTTP/1.1\r\nHost: x\r\n{END}",
    "kept alive": f"{START}\r\n{LAST}",
    "HTTP/1.0": f"GET {PATH} HTTP/1.0\r\nHost: x\r\n\r\n",
    "HTTP/1.0, kept alive": f"GET {PATH} HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    "not modified": f"{START}If-None-Match: *\r\n{END}",
    "modified": f'{START}If-None-Match: "other"\r\n{END}',
    "compressed": f"{START}Accept-Encoding: gzip\r\n{END}",
    "not found": f"GET /parties/nobody HTTP/1.1\r\nHost: x\r\n{END}",
    "invalid": f"GET /parties?colour=red HTTP/1.1\r\nHost: x\r\n{END}",
    "request id": f"{START}X-Request-ID: a1-b2\r\n{END}",
    "invalid request id": f"{START}X-Request-ID: a b\r\n{END}",
    "body": f"{START}Content-Length: 3\r\n\r\nabc{LAST}",
    "malformed body": f"{START}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "malformed second request": f"{START}\r\nGET nowhere\r\n\r\n",
    "absolute target": f"GET http://y{PATH}?fields=url HTTP/1.1\r\nHost: x\r\n{END}",
    "four at once": f"{START}\r\n" * 3 + START + END,
    "upgrade": f"{START}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI *",
}

KEEP_ALIVE_SECONDS = 1
NOT_CACHED = {"malformed body", "upgrade"}

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Recorder:
    """The application, which records the requests for cached responses. Without `at_once` it has none."""

    def __init__(self, app: Application, *, at_once: bool) -> None:
        self._app, self._at_once = app, at_once
        self.found = list[bool]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def respond_at_once(self, scope: Scope) -> tuple[bytes, bytes] | None:
        response = self._app.respond_at_once(scope) if self._at_once else None
        self.found.append(response is not None)
        return response

    def early_error(self, status: int) -> RawResponse:
        return self._app.early_error(status)

    def observe_early_error(self, scope: Scope, error: RawResponse) -> None:
        self._app.observe_early_error(scope, error)


@asynccontextmanager
async def serve(app: Recorder, keep_alive_seconds: int = 5) -> AsyncIterator[int]:
    """Yield the port of a server."""
    config = Config(app, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False)
    config.timeout_keep_alive = keep_alive_seconds
    state = ServerState()
    state.default_headers = [DATE]
    create = partial(Connection, config, state, {}, limit=ConnectionLimit(10))
    async with await asyncio.get_running_loop().create_server(create, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def read_all(port: int, data: bytes) -> bytes:
    """Send data over a new connection and return everything until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def send_to(app: Recorder, data: str) -> list[bytes]:
    """Return the lines of the responses of a server, with the headers in alphabetical order."""
    async with serve(app) as port:
        received = await read_all(port, data.encode())
    parts = re.split(rb"(?=HTTP/1\.1 \d)|(?<=\r\n\r\n)", received)
    return [line for part in parts for line in sorted(part.splitlines())]


@pytest.fixture(scope="module")
def application(database: Path) -> Application:
    return create_asgi_app(database=str(database), rate_limit="off", access_log="off")


@pytest.mark.parametrize("name", REQUESTS)
def test_response_at_once_equals_that_of_the_application(application: Application, name: str) -> None:
    direct, asgi = Recorder(application, at_once=True), Recorder(application, at_once=False)

    async def compare() -> None:
        await send_to(asgi, REQUESTS[name])
        await asyncio.sleep(TICK_SECONDS)
        expected = await send_to(asgi, REQUESTS[name])
        assert await send_to(direct, REQUESTS[name]) == expected

    asyncio.run(compare())
    assert any(direct.found) is (name not in NOT_CACHED)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_response_is_complete_if_more_than_the_last_request_is_sent(
    application: Application, version: str, *, at_once: bool
) -> None:
    """Closing a socket with unread input would reset the connection."""
    request = f"GET /openapi.json HTTP/{version}\r\nHost: x\r\n{END}".encode()

    async def read_late() -> bytes:
        async with serve(Recorder(application, at_once=at_once)) as port:
            expected = await read_all(port, request)
            await asyncio.sleep(TICK_SECONDS)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(request)
            for _ in range(3):
                await asyncio.sleep(0.05)
                writer.write(b"more")
            received = await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert received.endswith(expected[-100:])
        return received[-len(expected) :]

    assert asyncio.run(read_late()).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.slow
def test_connection_is_closed_when_idle_since_the_last_response(application: Application) -> None:
    async def seconds_until_closed(interval: float) -> float:
        loop = asyncio.get_running_loop()
        async with serve(Recorder(application, at_once=True), KEEP_ALIVE_SECONDS) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(2):
                writer.write(f"{START}\r\n".encode())
                await reader.readuntil(b"\r\n\r\n")
                last = loop.time()
                await asyncio.sleep(interval)
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
            return loop.time() - last

    assert asyncio.run(seconds_until_closed(0.6 * KEEP_ALIVE_SECONDS)) >= KEEP_ALIVE_SECONDS


def test_rate_limit_sees_every_request(database: Path) -> None:
    app = create_asgi_app(database=str(database), rate_limit="3/minute", access_log="off")

    async def statuses() -> list[int]:
        found = []
        for _ in range(5):
            assert app.respond_at_once({**make_scope(PATH), "state": {}}) is None
            found.append((await request_async(app, make_scope(PATH))).status)
            time.sleep(TICK_SECONDS)
        return found

    assert asyncio.run(statuses()) == [200, 200, 200, 429, 429]


def test_nothing_outdated_is_sent_at_once(own: Path) -> None:
    app = create_asgi_app(database=str(own), rate_limit="off", access_log="off")

    def is_cached() -> bool:
        return app.respond_at_once({**make_scope(PATH), "state": {}}) is not None

    async def change() -> list[bool]:
        for _ in range(2):
            await request_async(app, make_scope(PATH))
            await asyncio.sleep(TICK_SECONDS)
        before = is_cached()
        load([ROOT / "tests" / "support" / "second_bundle.yaml"], own)
        await asyncio.sleep(0)  # until sockets are polled again
        return [before, is_cached()]

    assert asyncio.run(change()) == [True, False]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_requests_of_one_poll_share_a_look(
    own: Path, rename: Rename, monkeypatch: pytest.MonkeyPatch, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    app, looks = create_asgi_app(database=str(own), rate_limit="off", access_log="off"), list[None]()
    recorder, read = Recorder(app, at_once=True), FingerprintReader.read

    def count(reader: FingerprintReader) -> FileFingerprint | None:
        looks.append(None)
        return read(reader)

    async def request_from(clients: list[Client]) -> set[str]:
        """Return the different names in the responses. All requests are sent before the server runs again."""
        for _, writer in clients:
            writer.write(f"{START}\r\n".encode())
        heads = [await reader.readuntil(b"\r\n\r\n") for reader, _ in clients]
        lengths = [int(re.findall(rb"(?i)content-length: (\d+)", head)[0]) for head in heads]
        bodies = [await reader.readexactly(length) for (reader, _), length in zip(clients, lengths, strict=True)]
        return {json.loads(body)["name"] for body in bodies}

    async def compare(clients: list[Client]) -> None:
        for _ in range(2):
            await request_from(clients)
            await asyncio.sleep(TICK_SECONDS)
        recorder.found.clear()
        monkeypatch.setattr(FingerprintReader, "read", count)
        assert await request_from(clients) == {"Vladimir Putin"}
        assert recorder.found == [True] * len(clients)
        assert len(looks) == 1
        load([rename("V. Putin")], own)
        assert await request_from(clients) == {"V. Putin"}

    async def connect() -> None:
        async with serve(recorder) as port:
            clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
            try:
                await compare(clients)
            finally:
                for _, writer in clients:
                    writer.close()

    run(connect())


def test_large_responses_take_turns(application: Application) -> None:
    """Otherwise clients that do not read could keep the event loop busy."""

    async def count(path: str) -> int:
        for _ in range(2):
            await request_async(application, make_scope(path))
            await asyncio.sleep(TICK_SECONDS)
        scopes: list[Scope] = [{**make_scope(path), "state": {}} for _ in range(100)]
        return sum(application.respond_at_once(scope) is not None for scope in scopes)

    assert asyncio.run(count(PATH)) == 100
    assert asyncio.run(count("/openapi.json")) == STEPS_PER_ITERATION


def test_response_at_once_is_counted(application: Application) -> None:
    async def request_twice() -> None:
        for _ in range(2):
            await request_async(application, make_scope(PATH))
            await asyncio.sleep(TICK_SECONDS)

    def hits() -> float:
        return sum(application.metrics.store.aggregate().get(("/parties/{id}", 200, True), [0])[:-1])

    async def count() -> float:
        await request_twice()
        before = hits()
        assert application.respond_at_once({**make_scope(PATH), "state": {}}) is not None
        return hits() - before

    assert asyncio.run(count()) == 1
