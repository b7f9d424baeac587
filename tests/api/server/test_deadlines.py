"""The deadline for headers ends with the headers, whatever becomes of the connection."""

import asyncio
from functools import partial
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from api.middleware.types import Receive, Send
from api.server import connection
from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit

HEADERS_TIMEOUT_SECONDS = 0.2
RESPONSE_SECONDS = 5 * HEADERS_TIMEOUT_SECONDS


class SlowApp:
    """Responds after the deadline for headers, half of the body later than the other."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"10")]
        await asyncio.sleep(RESPONSE_SECONDS)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.sleep(RESPONSE_SECONDS)
        await send({"type": "http.response.body", "body": b"later"})

    def respond_at_once(self, scope: dict[str, Any]) -> None:
        """Return None: nothing is cached."""


async def response_to(request: bytes) -> bytes:
    """Send a request to a server with the slow application. Return what it sends in time."""
    config = Config(SlowApp(), interface="asgi3", log_config=None, proxy_headers=False)
    config.load()
    limit = ConnectionLimit(10)
    protocol = partial(Connection, config=config, server_state=ServerState(), app_state={}, limit=limit)
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.readuntil(b"later"), 20 * RESPONSE_SECONDS)
        except asyncio.IncompleteReadError as cut_off:
            return cut_off.partial
        finally:
            writer.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_line_and_headers",
    ["GET / HTTP/1.1\r\nHost: x", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close", "GET / HTTP/1.0"],
    ids=["kept alive", "closed", "HTTP/1.0"],
)
def test_slow_response_is_complete(monkeypatch: pytest.MonkeyPatch, request_line_and_headers: str) -> None:
    monkeypatch.setattr(connection, "HEADERS_TIMEOUT_SECONDS", HEADERS_TIMEOUT_SECONDS)
    response = asyncio.run(response_to(f"{request_line_and_headers}\r\n\r\n".encode()))
    assert response.endswith(b"firstlater")
