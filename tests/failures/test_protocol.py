"""HTTP/1.1 as attackers and old clients use it, over a socket of a real server."""

import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event

import pytest

from api.server.connection import HEADERS_TIMEOUT_SECONDS, MAX_PIPELINED
from api.server.early_errors import MAX_HEADER_BYTES, MAX_TARGET_BYTES
from api.server.unread_output import WRITE_TIMEOUT_SECONDS
from tests.support.raw_http import Address, read_response, read_until_closed, send_raw, server_address
from tests.support.server import GunicornServer

GET = b"GET /parties/putin?fields=id HTTP/1.1\r\nHost: x\r\n\r\n"
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d+) ")


@pytest.fixture(scope="module")
def address(database: Path) -> Iterator[Address]:
    with GunicornServer(database, READOUT_WORKERS="1") as (url, _):
        yield server_address(url)


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("GET /parties/putin", 200),
        ("GET /parties/putin?fields=id", 200),
        ("GET http://elsewhere.example/parties/putin", 200),
        ("GET HTTPS://elsewhere.example:443/parties/putin?fields=id", 200),
        ("GET http://elsewhere.example", 200),
        ("GET http://elsewhere.example?utm_source=x", 200),
        ("GET http://elsewhere.example:80?", 200),
        ("GET http://elsewhere.example?colour=red", 400),
        ("GET http://elsewhere.example#part", 400),
        ("GET http://?q=x", 400),
        ("GET http://[::1]:80/parties/putin", 200),
        ("GET /metricshttp://", 404),
        ("GET /metricshttp://x/", 404),
        ("GET /http://x/metrics", 404),
        ("GET xhttp://x/metrics", 400),
        ("GET ftp://x/metrics", 400),
        ("GET http:///metrics", 400),
        ("GET http://user:password@x/metrics", 400),
        ("GET http://[/metrics", 400),
        ("GET http:/metrics", 400),
        ("GET metrics", 400),
        ("GET ?q=x", 400),
        ("GET *", 400),
        ("OPTIONS *", 200),
        ("GET /events#part", 400),
        ("GET /\xe9", 400),
        ("CONNECT x:443", 400),
        ("CONNECT /metrics", 405),
    ],
)
def test_request_target_has_one_of_the_forms_of_rfc_9112(address: Address, start: str, status: int) -> None:
    response = send_raw(address, f"{start} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
    assert response.status == status
    if status != 200:
        assert response.header("content-type") == "application/problem+json"
        assert json.loads(response.body)["status"] == status


def test_host_of_an_absolute_target_replaces_the_header(address: Address) -> None:
    response = send_raw(address, b"GET http://a.example/parties/putin?fields=url HTTP/1.1\r\nHost: b.example\r\n\r\n")
    assert json.loads(response.body) == {"url": "http://a.example/parties/putin"}


def test_empty_path_of_an_absolute_target_is_the_index(address: Address) -> None:
    targets = (b"http://a.example?colour=red", b"http://a.example/?colour=red")
    short, full = (send_raw(address, b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target).body for target in targets)
    assert b"colour" in short
    assert short == full


@pytest.mark.parametrize(
    "headers", ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: u@a\r\n", "Host: a:x\r\n"]
)
def test_request_needs_one_valid_host(address: Address, headers: str) -> None:
    response = send_raw(address, f"GET /livez HTTP/1.1\r\n{headers}\r\n".encode())
    assert response.status == 400
    assert "Host" in json.loads(response.body)["detail"]


def test_unsupported_version_is_an_error(address: Address) -> None:
    assert send_raw(address, b"GET / HTTP/2.0\r\nHost: x\r\n\r\n").status in (400, 505)
    assert send_raw(address, b"GET / HTTP/0.9\r\nHost: x\r\n\r\n").status in (400, 505)


@pytest.mark.parametrize("chunks", [(b"GET /livez RTSP/1.1",), (b"GET  /livez  RT", b"SP/1.0")])
def test_other_protocol_is_an_error(address: Address, chunks: tuple[bytes, ...]) -> None:
    """The parser takes requests of RTSP, too (RFC 9112, section 2.3)."""
    with socket.create_connection(address, timeout=10) as connection:
        for chunk in chunks:
            connection.sendall(chunk)
            time.sleep(0.05)
        connection.sendall(b"\r\nHost: x\r\n\r\n")
        assert read_response(connection).status == 505


def test_headers_are_limited_whatever_arrives_together(address: Address) -> None:
    head = b"GET /parties/putin HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * MAX_HEADER_BYTES
    with socket.create_connection(address) as connection:
        connection.sendall(head)
        time.sleep(0.2)
        connection.sendall(b"\r\n\r\n")
        assert b" 431 " in connection.recv(100)


def test_name_of_another_protocol_may_be_elsewhere(address: Address) -> None:
    path = b"/parties/putin?fields=id&_=%20RTSP/1.1"
    assert send_raw(address, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nX-Is: x RTSP/1.1\r\n\r\n").status == 200
    root = b"GET / HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nUser-Agent: probe / RTSP/1.0\r\n\r\n"
    assert send_raw(address, root).status == 200


def test_http10_gets_no_100_continue(address: Address) -> None:
    """A client of HTTP/1.0 takes it for the response (RFC 9110, sections 10.1.1 and 15.2)."""
    head = b"POST /check HTTP/1.%d\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    received = [read_until_closed(address, head % minor + b"{}") for minor in (0, 1)]
    assert [STATUS_LINE.findall(each) for each in received] == [[b"415"], [b"100", b"415"]]


@pytest.mark.parametrize("connection", [b"", b"Connection: keep-alive\r\n"])
def test_http10_gets_a_stream_without_chunks(address: Address, connection: bytes) -> None:
    received = read_until_closed(address, b"GET /parties.ndjson HTTP/1.0\r\n" + connection + b"\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert all(json.loads(line)["id"] for line in body.splitlines())


@pytest.mark.parametrize(
    ("request_line", "headers", "reason"),
    [
        ("GET /parties/putin", "", "200 OK"),
        ("GET /nowhere", "", "404 Not Found"),
        ("GET /parties/", "", "308 Permanent Redirect"),
        ("HEAD /events", "Accept: image/png\r\n", "406 Not Acceptable"),
        ("HEAD /events.csv", 'If-Match: "x"\r\n', "412 Precondition Failed"),
        ("GET /export/readout.db", "Range: bytes=99999999999-\r\n", "416 Requested Range Not Satisfiable"),
        ("POST /check", "Content-Type: text/plain\r\nContent-Length: 0\r\n", "415 Unsupported Media Type"),
        ("GET " + "/" * (MAX_TARGET_BYTES + 1), "", "414 "),
    ],
)
def test_reason_phrases_are_known(address: Address, request_line: str, headers: str, reason: str) -> None:
    request = f"{request_line} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n"
    status_line = read_until_closed(address, request.encode()).partition(b"\r\n")[0].decode()
    assert status_line.startswith(f"HTTP/1.1 {reason}")
    assert "Unknown" not in status_line


def test_upgrade_is_ignored(address: Address) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    received = read_until_closed(address, GET[:-2] + upgrade + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert STATUS_LINE.findall(received) == [b"200"]


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    ("framing", "parts"),
    [
        (b"Content-Length: 2", [b"{}"]),
        (b"Content-Length: 2", [b"", b"{", b"}"]),
        (b"Content-Length: 2\r\nExpect: 100-continue", [b"", b"{}"]),
        (b"Transfer-Encoding: chunked", [b"1\r\n{\r\n", b"1\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n"]),
        (b"Content-Length: 2", [b"{}POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"]),
        (b"Content-Length: 2", [b"{}" + b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" * 1000]),
    ],
)
def test_body_of_a_request_with_upgrade_is_read(
    address: Address, protocol: bytes, framing: bytes, parts: list[bytes]
) -> None:
    """Java's HttpClient and `curl --http2` offer HTTP/2 with every request."""
    head = b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: Upgrade\r\nUpgrade: "
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head + protocol + b"\r\n" + framing + b"\r\n\r\n" + parts[0])
        for part in parts[1:]:
            time.sleep(0.02)
            connection.sendall(part)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert STATUS_LINE.findall(received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")) == [b"422"]


def test_trailer_fields_do_not_become_headers(address: Address) -> None:
    post = b"POST /check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    response = send_raw(address, post + b"X-Request-ID: of-the-trailer\r\nHost: y\r\n\r\n")
    assert response.status == 415
    assert response.header("x-request-id") != "of-the-trailer"


# Order of responses


@pytest.mark.parametrize("malformed", [b"\x00\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_error_follows_the_responses_to_earlier_requests(address: Address, malformed: bytes) -> None:
    received = read_until_closed(address, GET * 3 + malformed + GET)
    assert STATUS_LINE.findall(received) == [b"200", b"200", b"200", b"400"]


def test_malformed_body_gets_the_only_response(address: Address) -> None:
    post = b"POST /check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    assert STATUS_LINE.findall(read_until_closed(address, post + GET)) == [b"400"]
    assert STATUS_LINE.findall(read_until_closed(address, GET + post + GET)) == [b"200", b"400"]


def test_number_of_waiting_requests_is_limited(address: Address) -> None:
    statuses = STATUS_LINE.findall(read_until_closed(address, GET * 3000))
    assert MAX_PIPELINED <= statuses.count(b"200") <= MAX_PIPELINED + 1
    assert statuses[-1] == b"503"


def test_requests_sent_together_are_answered_in_order(address: Address) -> None:
    names = ["putin", "trump", "putin", "rubio"] * 2
    requests = "".join(f"GET /parties/{name}?fields=id HTTP/1.1\r\nHost: x\r\n\r\n" for name in names)
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = read_until_closed(address, requests.encode() + last)
    assert re.findall(rb'"id": "(\w+)"', received) == [name.encode() for name in names]


def test_next_request_may_arrive_with_the_end_of_a_large_one(address: Address) -> None:
    body = bytes(MAX_TARGET_BYTES + MAX_HEADER_BYTES)
    post = b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(post + last[:20])
        assert read_response(connection).status == 415
        connection.sendall(last[20:])
        assert read_response(connection).status == 200


# Slow clients


@pytest.mark.slow
def test_headers_of_later_requests_have_a_deadline_too(address: Address) -> None:
    with socket.create_connection(address, timeout=HEADERS_TIMEOUT_SECONDS * 3) as connection:
        connection.sendall(GET)
        assert read_response(connection).status == 200
        start = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(4):
            time.sleep(1)
            connection.sendall(b"X: y\r\n")
        assert read_response(connection).status == 408
        assert HEADERS_TIMEOUT_SECONDS - 1 < time.monotonic() - start < HEADERS_TIMEOUT_SECONDS + 5


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/export/readout.db", "/changes?since=0&limit=500"])
def test_clients_that_do_not_read_are_disconnected(address: Address, path: str) -> None:
    requests = MAX_PIPELINED - 1
    with ExitStack() as stack:
        connections = []
        for _ in range(20):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(address)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * requests)
            connections.append(connection)
        start = time.monotonic()
        while time.monotonic() - start < WRITE_TIMEOUT_SECONDS + 10:
            began = time.monotonic()
            assert send_raw(address, GET).status == 200
            assert time.monotonic() - began < 5
            time.sleep(0.5)
        for connection in connections:
            assert len(STATUS_LINE.findall(read_rest(connection))) < requests


ATTACKERS = 40
FEW_CONNECTIONS = 20
STALLED = {
    "connection": b"",
    "headers": b"GET / HT",
    "body": b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    "pipelined body": GET + b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    "keep-alive": GET,
}


@pytest.mark.slow
@pytest.mark.parametrize("stalled", STALLED.values(), ids=STALLED.keys())
def test_stalled_clients_cannot_keep_all_connections(database: Path, stalled: bytes) -> None:
    """There are twice as many as connections, and they connect again as soon as they are disconnected."""
    server = GunicornServer(database, READOUT_WORKERS="1")
    server.command += ["--worker-connections", str(FEW_CONNECTIONS)]
    stopped = Event()
    with server as (url, _), ThreadPoolExecutor(ATTACKERS) as pool:
        for _ in range(ATTACKERS):
            pool.submit(stall_until, stopped, server_address(url), stalled)
        time.sleep(1)
        try:
            statuses = [answer_again(server_address(url)) for _ in range(10)]
        finally:
            stopped.set()
    assert statuses == [200] * 10


def stall_until(stopped: Event, address: Address, data: bytes) -> None:
    """Send the beginning of a request, again and again."""
    while not stopped.is_set():
        with suppress(OSError), socket.create_connection(address, timeout=20) as connection:
            connection.sendall(data)
            while connection.recv(65536) and not stopped.is_set():
                pass


def answer_again(address: Address) -> int:
    """Return the status that a client gets within five seconds, if it retries."""
    deadline = time.monotonic() + 5
    status = 0
    while status != 200 and time.monotonic() < deadline:
        with suppress(OSError):
            status = send_raw(address, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status
    return status


def read_rest(connection: socket.socket) -> bytes:
    """Return what the server sent before it closed the connection."""
    connection.settimeout(5)
    received = b""
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 20):
            received += data
    return received
