"""HTTP over a plain socket, for requests that no client library sends."""

import socket
from http.client import HTTPResponse

from tests.support.asgi import HttpResponse

Address = tuple[str, int]
TIMEOUT_SECONDS = 20


def server_address(url: str) -> Address:
    """Return host and port of a URL."""
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def send_raw(address: Address, *chunks: bytes) -> HttpResponse:
    """Send bytes over a new connection and return the first response."""
    with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as connection:
        for chunk in chunks:
            connection.sendall(chunk)
        return read_response(connection)


def read_response(connection: socket.socket) -> HttpResponse:
    """Return the next response on a connection."""
    response = HTTPResponse(connection)
    response.begin()
    headers = [(name.lower(), value) for name, value in response.getheaders()]
    return HttpResponse(response.status, headers, response.read())


def read_until_closed(address: Address, data: bytes) -> bytes:
    """Send bytes over a new connection and return everything until the server closes it."""
    with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))
