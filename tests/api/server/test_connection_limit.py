"""The limit of connections, over sockets, with an application that waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit
from api.server.early_errors import RawResponse, error_response

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class WaitingApp:
    """Responds when the test continues."""

    def __init__(self) -> None:
        self.called, self.may_respond = asyncio.Semaphore(0), asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.called.release()
        await self.may_respond.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    def respond_at_once(self, scope: Any) -> None:
        """Return None: nothing is cached."""

    def early_error(self, status: int) -> RawResponse:
        """Return the error."""
        return error_response(status, path_prefix="")

    def observe_early_error(self, scope: Any, error: RawResponse) -> None:
        """Count nothing."""


async def read_all(port: int, data: bytes = b"", address: str = "127.0.0.1") -> bytes:
    """Send data over a new connection from an address. Return everything until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


@asynccontextmanager
async def serve_two_connections(app: WaitingApp) -> AsyncIterator[int]:
    """Yield the port of a server for two connections."""
    config = Config(app, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False)
    create = partial(Connection, config, ServerState(), {}, limit=ConnectionLimit(2))
    async with await asyncio.get_running_loop().create_server(create, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def serve_three_clients() -> list[bytes]:
    """Return what a client with a request, an idle client and two more with requests receive, of a server for two."""
    app = WaitingApp()
    async with serve_two_connections(app) as port:
        first = asyncio.create_task(read_all(port, REQUEST))
        await app.called.acquire()
        idle = asyncio.create_task(read_all(port))
        await asyncio.sleep(0.1)
        third = asyncio.create_task(read_all(port, REQUEST))
        await app.called.acquire()
        refused = await read_all(port, REQUEST)
        app.may_respond.set()
        return [*await asyncio.gather(first, idle, third), refused]


def test_requests_in_progress_are_not_aborted_for_new_connections() -> None:
    first, idle, third, refused = asyncio.run(serve_three_clients())
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert idle == b""
    assert third.startswith(b"HTTP/1.1 200 OK")
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b"Retry-After: 5" in refused
    assert b"application/problem+json" in refused


async def serve_two_addresses() -> list[bytes]:
    """Return what two requests of one address receive, and those of two other ones, of a server for two."""
    app = WaitingApp()
    async with serve_two_connections(app) as port:
        tasks = []
        for address in ("127.0.0.1", "127.0.0.1", "127.0.0.2"):
            tasks.append(asyncio.create_task(read_all(port, REQUEST, address)))
            await app.called.acquire()
        refused = await read_all(port, REQUEST, "127.0.0.3")
        app.may_respond.set()
        return [*await asyncio.gather(*tasks), refused]


def test_address_with_most_connections_makes_room_for_another() -> None:
    """Otherwise one client could occupy a worker: its pipelined requests keep all connections busy."""
    first, aborted, other, refused = asyncio.run(serve_two_addresses())
    assert first.startswith(b"HTTP/1.1 200 OK")
    assert aborted == b""
    assert other.startswith(b"HTTP/1.1 200 OK")
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable")
