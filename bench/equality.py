"""Checks that servers return the same as Readout before they are compared."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click

from bench.client import Client, TimedResponse
from bench.pages import Place, datasette_page, fastapi_page, readout_page
from bench.servers import HOST, RAW_ASGI, MeasurementFailed, Server
from schemas import Event

SERVER_HEADERS = {"connection", "date", "server"}
OWN_FIELDS = Event.declared().keys()


@contextmanager
def record_responses(server: Server, paths: Sequence[str]) -> Iterator[Path]:
    """Yield a file of recorded responses for the raw functions."""
    with Client(server) as client, NamedTemporaryFile("w", suffix=".json") as file:
        recorded = [(path, client.get(path)) for path in paths]
        json.dump([(path, application_headers(response), response.body.decode()) for path, response in recorded], file)
        file.flush()
        yield Path(file.name)


def application_headers(response: TimedResponse) -> list[tuple[str, str]]:
    """Return the headers that the application sets."""
    return [(name, value) for name, value in response.headers if name.lower() not in SERVER_HEADERS]


def is_equal(ours: Server, peer: Server, path: str) -> bool:
    """Return whether a server returns the same as Readout; report it if not."""
    require = require_same_bytes if peer.program.name == RAW_ASGI else require_same_response
    try:
        require(ours, peer, path)
    except MeasurementFailed as error:
        click.echo(f"{error}; it is not measured", err=True)
        return False
    return True


def require_same_bytes(ours: Server, peer: Server, path: str) -> None:
    """Raise MeasurementFailed if a server sends other bytes than Readout, apart from date and order of headers."""
    (mine, body), (theirs, other) = (split_response(read_bytes(server, path)) for server in (ours, peer))
    if mine != theirs or body != other:
        raise MeasurementFailed(f"{peer.program.name} sends other bytes for {path}: {sorted({*mine} ^ {*theirs})}")


def split_response(response: bytes) -> tuple[list[bytes], bytes]:
    """Return the status line and headers except the date, in lower case and sorted, and the body."""
    head, _, body = response.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    return sorted(line for line in lines if not line.startswith(b"date:")), body


def read_bytes(server: Server, path: str) -> bytes:
    """Return a response as it is sent, with its status line and headers."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as response:
            return response.read()


def require_same_response(ours: Server, peer: Server, path: str) -> None:
    """Raise MeasurementFailed if a server returns something else than Readout."""
    with Client(ours) as one, Client(peer) as other:
        mine, theirs = one.get(path).json(), other.get(path).json()
    if mine != theirs:
        raise MeasurementFailed(f"{peer.program.name} responses something else to {path}")


def require_same_page(place: Place, ours: Server, fastapi: Server, datasette: Server, name: str) -> None:
    """Raise MeasurementFailed if a server's page has other records or another total."""
    with Client(ours) as one, Client(fastapi) as two, Client(datasette) as three:
        mine, theirs = one.get(readout_page(place)).json(), two.get(fastapi_page(place)).json()
        listed = three.get(datasette_page(name, place)).json()
        # Datasette has its own order: compare each of its records with the same record of Readout.
        of_theirs = [row["record"] for row in listed["rows"]]
        of_mine = [one.get(f"/events/{record['id']}").json() for record in of_theirs]
    if mine["data"] != theirs["data"]:
        raise MeasurementFailed(f"{fastapi.program.name} has another page at row {place.row}")
    if [own_fields(record) for record in of_mine] != of_theirs or len(of_theirs) != len(mine["data"]):
        raise MeasurementFailed(f"{datasette.program.name} has other records at row {place.row}")
    if not mine["page"]["total"] == theirs["total"] == listed["filtered_table_rows_count"]:
        raise MeasurementFailed("the totals differ")


def own_fields(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without derived fields and the keys that are added when it is served."""
    return {name: value for name, value in record.items() if name in OWN_FIELDS}
