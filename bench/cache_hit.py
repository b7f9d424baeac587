"""CPU of a cached response without sockets, compared with a raw ASGI function under uvicorn's own protocol.

Run by `.venv/bin/python -m bench.cache_hit DATABASE [PATH]`.
"""

import asyncio
import time
from typing import Any

import click
import uvloop
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.asgi import create_asgi_app
from api.middleware.database_state import STABLE_AFTER_SECONDS
from api.server.connection import Connection
from api.server.connection_limit import ConnectionLimit
from bench.servers import HOST

PATH = "/events/trump-putin-call"
REQUESTS, ROUNDS = 20_000, 7
DATE = (b"date", b"Tue, 18 Mar 2025 12:00:00 GMT")


class Output(asyncio.Transport):
    """A transport that records what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: Any) -> None:
        """Keep a piece."""
        self.written.append(data)

    def writelines(self, list_of_data: Any) -> None:
        """Keep pieces."""
        self.written += list_of_data

    def is_closing(self) -> bool:
        """Return False."""
        return False


async def send_requests(protocol: HttpToolsProtocol, output: Output, data: bytes, number: int) -> float:
    """Send requests one after the other. Return the CPU time of one in microseconds."""
    start = time.process_time()
    for _ in range(number):
        output.written.clear()
        protocol.data_received(data)
        await asyncio.sleep(0)  # as if each request were in a poll of its own
        while not protocol.cycle.response_complete:
            await asyncio.sleep(0)
    return (time.process_time() - start) / number * 1e6


def connect(app: Any, create: Any, **arguments: Any) -> tuple[HttpToolsProtocol, Output]:
    """Return a protocol with a connection, and its output."""
    state, output = ServerState(), Output()
    state.default_headers = [DATE]
    config = Config(app, interface="asgi3", proxy_headers=False, access_log=False, log_config=None)
    protocol: HttpToolsProtocol = create(config, state, {}, **arguments)
    protocol.connection_made(output)
    return protocol, output


def replay(response: bytes) -> Any:
    """Return a raw ASGI function that sends a response."""
    head, _, body = response.partition(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    headers = [(name, value) for name, _, value in lines if name != DATE[0]]

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def compare(database: str, path: str) -> None:
    """Print the lowest CPU time of both, of interleaved rounds."""
    data = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    app = create_asgi_app(database=database, rate_limit="off", access_log="off")
    ours, output = connect(app, Connection, limit=ConnectionLimit(1))
    for _ in range(3):  # until it is cached, and the fingerprint of the database is stable
        await send_requests(ours, output, data, 1)
        await asyncio.sleep(STABLE_AFTER_SECONDS)
    raw, raw_output = connect(replay(b"".join(output.written)), HttpToolsProtocol)
    rounds = [
        (
            await send_requests(ours, output, data, REQUESTS),
            await send_requests(raw, raw_output, data, REQUESTS),
        )
        for _ in range(ROUNDS)
    ]
    for name, values in zip(("Readout", "raw ASGI function"), zip(*rounds, strict=True), strict=True):
        click.echo(f"{name}: {min(values):.1f} µs")


@click.command()
@click.argument("database")
@click.argument("path", default=PATH)
def main(database: str, path: str) -> None:
    """Compare the CPU time of a cached response with that of a raw ASGI function."""
    uvloop.install()
    asyncio.run(compare(database, path))


if __name__ == "__main__":
    main()
