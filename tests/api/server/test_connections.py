"""Connections of the real server: slow clients, odd request targets, keep-alive."""

import json
import socket
import time
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.http.body import MAX_BODY_BYTES
from api.middleware.wsgi import APP_THREADS
from api.server.early_errors import MAX_TARGET_BYTES
from tests.support.raw_http import Address, send_raw, server_address
from tests.support.server import FLASK_ONLY, GunicornServer

POST = b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
TARGETS = [
    b"/events?q=\xff",
    b"/events?q=%FF",
    b"/events?%FF=1&%FE=2",
    b"/events?%6bind=call&kind=talks",
    b"/events?q=\xc3\xa9",
    b"/\xc3\xa9",
    b"/%FF",
    b"/parties/%C3%A9",
    b"/parties/%00",
    b"/parties/a%2Fb",
    b"/parties/a+b",
    b"/%2e%2e/events",
    b"//events",
    b"/events/",
    b"/events?",
    b"/events?&&limit=1&",
    b"/events?limit",
    b"/events?=1",
    b"/events?limit=1;limit=2",
    b"/events?limit=%31",
    b"/events?a[]=1",
    b"http://elsewhere.example/events?limit=1",
    b"HTTP://elsewhere.example/",
    b"http://[/events",
    b"events",
    b"*",
    b"",
    b"/events?limit=1#part",
    b"/events#part",
]


@pytest.fixture(scope="module")
def address(server: str) -> Address:
    return server_address(server)


def test_slow_headers_block_nobody(address: Address) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            connection = stack.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        start = time.monotonic()
        for number in range(10):
            assert send_raw(address, b"GET /events?limit=%d HTTP/1.1\r\nHost: x\r\n\r\n" % (number + 1)).status == 200
        assert time.monotonic() - start < 5


def test_slow_bodies_block_nobody(address: Address) -> None:
    with ExitStack() as stack:
        for _ in range(APP_THREADS * 4):
            connection = stack.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert send_raw(address, b"GET /events?limit=11 HTTP/1.1\r\nHost: x\r\n\r\n").status == 200


@pytest.mark.parametrize(
    ("size", "status"), [(10, 422), (100_000, 422), (MAX_BODY_BYTES - 1, 422), (MAX_BODY_BYTES + 1, 413)]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_body_is_accepted_up_to_the_maximum(address: Address, size: int, status: int, chunked: bool) -> None:
    body = b"[" + b" " * (size - 2) + b"]"
    if chunked:
        pieces = [body[start : start + 50_000] for start in range(0, size, 50_000)]
        chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""]]
        response = send_raw(address, POST + b"Transfer-Encoding: chunked\r\n\r\n", *chunks)
    else:
        response = send_raw(address, POST + b"Content-Length: %d\r\n\r\n" % size, body)
    assert (response.status, json.loads(response.body)["status"]) == (status, status)


@pytest.mark.slow
def test_odd_targets_get_the_response_of_flask(database: Path) -> None:
    """The server may reject a target that Flask alone accepts, but never serves something else for it."""
    with GunicornServer(database) as (url, _), GunicornServer(database, FLASK_ONLY) as (plain_url, _):
        for target in TARGETS:
            request = b"GET %b HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n" % target
            response, expected = (send_raw(server_address(each), request) for each in (url, plain_url))
            if response.status not in (400, 404):
                assert (response.status, response.body) == (expected.status, expected.body), target
            assert response.status < 500


def test_http10_without_host_gets_links_to_the_server(address: Address) -> None:
    response = send_raw(address, b"GET /parties/putin?fields=url HTTP/1.0\r\n\r\n")
    assert json.loads(response.body) == {"url": f"http://127.0.0.1:{address[1]}/parties/putin"}


@pytest.mark.slow
def test_early_errors_have_the_path_prefix(database: Path) -> None:
    requests = {
        400: b"GET / HTTP/1.1\r\n\r\n",
        414: b"GET /?%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * MAX_TARGET_BYTES),
        429: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    }
    server = GunicornServer(
        database, READOUT_BASE_URL="https://x.example/readout", READOUT_RATE_LIMIT="1/day", READOUT_WORKERS="1"
    )
    with server as (url, _):
        problems = {status: send_raw(server_address(url), request) for status, request in requests.items()}
    for status, response in problems.items():
        problem = json.loads(response.body)
        assert (response.status, problem["instance"], problem["docs"]) == (status, "/readout/", "/readout/docs")


def test_request_for_a_websocket_gets_the_resource(address: Address) -> None:
    """A server may ignore Upgrade (RFC 9110, section 7.8)."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    response = send_raw(address, b"GET /parties HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n")
    assert (response.status, response.header("content-type")) == (200, "application/json")


@pytest.mark.parametrize("coding", ["gzip, chunked", "x-unknown, chunked", "Chunked"])
def test_transfer_coding_that_is_not_understood_is_a_501(address: Address, coding: str) -> None:
    """RFC 9112, section 6.1."""
    head = f"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: {coding}\r\n\r\n"
    response = send_raw(address, head.encode(), b"2\r\n{}\r\n0\r\n\r\n")
    status = 501 if "," in coding else 422
    assert (response.status, response.header("cache-control")) == (status, "no-store")


def test_connection_survives_every_kind_of_response(address: Address) -> None:
    with closing(HTTPConnection(*address, timeout=10)) as client:
        client.connect()
        connection = client.sock
        for method in ("HEAD", "GET", "OPTIONS", "POST"):
            for path in ("/events", "/events.ndjson", "/nowhere", "/export/readout.db"):
                client.request(method, path, headers={"If-None-Match": '"other"'})
                client.getresponse().read()
                assert client.sock is connection, (method, path)
