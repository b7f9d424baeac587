"""The limit of connections, over sockets, with an application that waits."""

import asyncio
from functools import partial
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit

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

    def count_early_error(self, status: int) -> None:
        """Do nothing."""


async def read_all(port: int, data: bytes = b"") -> bytes:
    """Send data over a new connection. Return everything until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def serve_three_clients() -> list[bytes]:
    """Return what a client with a request, an idle client and two more with requests receive, of a server for two."""
    app = WaitingApp()
    config = Config(app, interface="asgi3", lifespan="off", log_config=None, proxy_headers=False)
    create = partial(Connection, config, ServerState(), {}, limit=ConnectionLimit(2))
    server = await asyncio.get_running_loop().create_server(create, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
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
