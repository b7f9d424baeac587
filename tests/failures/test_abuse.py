"""Attacks on a real server. After each one the next client gets the same response as before."""

import gzip
import json
import random
import re
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.asgi import create_asgi_app
from api.http.body import MAX_BODY_BYTES
from seed.bundles import load
from seed.yaml_document import YamlError, parse_yaml
from tests.support.asgi import HttpResponse, request
from tests.support.bundle_files import SECOND
from tests.support.clients import client_of
from tests.support.openapi import in_all_formats
from tests.support.raw_http import Address, read_until_closed, send_raw, server_address
from tests.support.server import GunicornServer


@pytest.fixture(scope="module")
def address(database: Path) -> Iterator[Address]:
    with GunicornServer(database) as (url, _):
        yield server_address(url)


def get(address: Address, target: str, *headers: str, host: str = "news.example") -> HttpResponse:
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return send_raw(address, "\r\n".join(lines).encode("latin-1"))


@pytest.fixture(autouse=True)
def unharmed(address: Address) -> Iterator[None]:
    """After every attack, check that the server responds as before."""
    path = "/parties/putin?fields=id,name,url"
    before = get(address, path)
    assert before.status == 200
    yield
    after = get(address, path)
    assert (after.status, after.body) == (200, before.body)


# Request smuggling

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: 4, 5\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -4\r\n",
        b"Content-Length: 0x4\r\n",
        b"Content-Length: 4 4\r\n",
        b"Content-Length : 4\r\n",
        b"Content-Length:\r\n 4\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n",
        b"X: y\nTransfer-Encoding: chunked\r\n",
        b"X: y\rTransfer-Encoding: chunked\r\n",
        b"X\x00: y\r\n",
        b"Host: y\r\n",
    ],
)
def test_request_with_ambiguous_length_closes_the_connection(address: Address, framing: bytes) -> None:
    body = b"0\r\n\r\n" if b"chunked" in framing else b"null"
    response = read_until_closed(address, POST + framing + b"\r\n" + body + SMUGGLED)
    assert re.match(rb"HTTP/1\.1 (400|413|415|501) ", response), response[:200]
    assert len(re.findall(rb"HTTP/1\.1 \d", response)) == 1
    assert b"smuggled" not in response


def test_pipelined_requests_are_answered_in_order(address: Address) -> None:
    last = b"GET /parties/trump HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    response = read_until_closed(address, b"GET /parties/putin HTTP/1.1\r\nHost: x\r\n\r\n" * 5 + last)
    assert response.count(b"HTTP/1.1 200 OK") == 6


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"5;" + b"x" * 9000 + b"\r\nnullX\r\nzz\r\n", b"4\r\nnullXX"])
def test_malformed_chunks_are_rejected(address: Address, chunk: bytes) -> None:
    response = read_until_closed(address, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
    assert re.match(rb"HTTP/1\.1 4\d\d ", response), response[:200]


# Sizes and connections


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /events?q=" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n", 414),
        (b"GET /events HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n", 431),
        (b"GET /events HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500, 431),
        (b"GET /events HTTP/1.1\r\nHost: " + b"x" * 300 + b"\r\n", 400),
        (b"G" * 100_000 + b" / HTTP/1.1\r\nHost: x\r\n", 400),
        (b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n", 413),
    ],
    ids=["line", "header", "headers", "host", "method", "body"],
)
def test_oversized_request_gets_a_problem_document(address: Address, head: bytes, status: int) -> None:
    if b"Content-Length" in head:
        head += b"Content-Type: application/json\r\n\r\n" + b" " * (MAX_BODY_BYTES + 1)
    response = send_raw(address, head + b"\r\n")
    assert response.status in (status, 414)
    assert response.header("content-type") == "application/problem+json"
    assert json.loads(response.body)["status"] == response.status


@pytest.mark.parametrize("end", [b"0\r\nX: ", b"0\r\nX", b"0;x="], ids=["value", "name", "extension"])
def test_end_of_a_body_has_a_maximum_size(address: Address, end: bytes) -> None:
    post = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    assert send_raw(address, post + end, b"x" * 1_000_000).status == 431


def test_half_open_connections_block_nobody(address: Address) -> None:
    with ExitStack() as stack:
        for number in range(400):
            connection = stack.enter_context(socket.create_connection(address, timeout=20))
            if number % 2:
                connection.sendall(b"GET /events HTTP/1.1\r\nHos")
        for number in range(20):
            assert get(address, f"/events?limit={number + 1}").status == 200


# POST /check


def post_check(client: FlaskClient, data: bytes, content_type: str = "application/json", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/check", data=data, content_type=content_type, headers=named)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 2_000_000,
        b'{"a":' * 700_000,
        b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"1" * 4_000_000,
        b"-" * 100_000,
        b'"' + b"\\u0041" * 600_000 + b'"',
        b'{"events": [' + b"{}," * 1_000_000 + b"{}]}",
        b'{"e' + b"\xcc\x81" * 1_000_000 + b'": 1}',
        b"1e999999999",
        b'{"events": [{"id": ' + b"9" * 1_000_000 + b"}]}",
        b'{"events": [{"kind": "' + b"a" * 4_000_000 + b'"}]}',
        b'{"events": [{"negotiations": [' + b'"a",' * 1_000_000 + b'"a"]}]}',
    ],
    ids=[
        *("lists", "objects", "deep value", "number", "signs", "escapes", "records", "accents", "exponent", "digits"),
        *("value", "references"),
    ],
)
def test_pathological_json_is_rejected_quickly(client: FlaskClient, body: bytes) -> None:
    start = time.process_time()
    response = post_check(client, body)
    assert response.status_code in (400, 422)
    assert response.content_type == "application/problem+json"
    assert len(response.data) < 200_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br", "gzip, gzip", "x-gzip"])
def test_compressed_body_is_not_decompressed(client: FlaskClient, coding: str) -> None:
    bomb = gzip.compress(bytes(3_000_000_0)) if "gzip" in coding else zlib.compress(bytes(30_000_000))
    response = post_check(client, bomb, Content_Encoding=coding)
    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")
    assert "omit Content-Encoding" in response.get_json(force=True)["detail"]


INVALID_ENCODINGS = {
    "UTF-16": '{"events": []}'.encode("utf-16"),
    "UTF-32": '{"events": []}'.encode("utf-32"),
    "overlong slash": b'{"events": [{"id": "\xc0\xaf"}]}',
    "truncated": b'{"events": [{"id": "\xe2\x82"}]}',
    "lone surrogate": b'{"events": [{"id": "\xed\xa0\x80"}]}',
    "beyond Unicode": b'{"events": [{"id": "\xf4\x90\x80\x80"}]}',
    "null character": b'{"events": [{"id": "a\x00b"}]}',
    "duplicate key": b'{"events": [], "\\u0065vents": []}',
}


@pytest.mark.parametrize("body", INVALID_ENCODINGS.values(), ids=INVALID_ENCODINGS)
def test_invalid_utf8_is_rejected(client: FlaskClient, body: bytes) -> None:
    for content_type in ("application/json", "application/json; charset=utf-16"):
        assert post_check(client, body, content_type).status_code == 400


@pytest.mark.parametrize(
    "id",
    [
        "рutin",
        "putin\u200b",
        "putin\u202enitup",
        "ｐutin",
        "putın",
        "pu\u00adtin",
        "putin\n",
        "Putin",
        "../putin",
        "putin%00",
        "putin'--",
    ],
)
def test_lookalike_id_is_rejected(client: FlaskClient, id: str) -> None:
    bundle = parse_yaml(SECOND.read_bytes()).data
    bundle["events"][0]["participants"] = [{"party": id, "role": "speaker"}]
    response = client.post("/check", json=bundle)
    assert response.status_code == 422
    pointers = {error["pointer"] for error in response.get_json(force=True)["errors"]}
    assert "#/events/0/participants/0/party" in pointers


def test_exponential_aliases_are_rejected() -> None:
    rungs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rungs += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 30)]
    with pytest.raises(YamlError, match="anchors and aliases"):
        parse_yaml("\n".join(rungs).encode())


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "!!python/name:os.system x"]
)
def test_deep_or_executable_yaml_is_rejected(tmp_path: Path, text: str) -> None:
    with pytest.raises(YamlError):
        parse_yaml(text.encode())


# Cache poisoning


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Server: evil.example",
        "X-Forwarded-Port: 666",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Proto: evil",
        "X-Host: evil.example",
        "X-Original-URL: /evil",
        "X-Rewrite-URL: /evil",
        "Forwarded: host=evil.example",
        "X-HTTP-Method-Override: DELETE",
        "X-Request-ID: evil.example",
        "Referer: https://evil.example/",
        "Origin: https://evil.example",
        "Cookie: evil=1",
        "Accept-Language: evil",
        "Script-Name: /evil",
    ],
)
def test_unkeyed_header_does_not_poison_the_cache(address: Address, header: str) -> None:
    uncached = f"/events?q={random.getrandbits(64)}"
    for target in (uncached, f"/parties?limit={1 + len(header)}"):
        first = get(address, target, header)
        assert b"evil.example" not in first.body
        names = dict(first.headers)
        assert "evil" not in " ".join(value for name, value in names.items() if name != "x-request-id")
        assert get(address, target).body == first.body


def test_host_is_repeated_to_its_sender_only(address: Address) -> None:
    for host in ("evil.example", "news.example", "evil.example:8443", "news.example"):
        response = get(address, "/parties/trump?fields=url", host=host)
        assert json.loads(response.body) == {"url": f"http://{host}/parties/trump"}


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "a@b", "<script>", "a\tb", "", "a,b", "[::1", "x" * 254])
def test_invalid_host_is_rejected(address: Address, host: str) -> None:
    assert get(address, "/parties/trump?fields=url", host=host).status == 400


def test_host_is_not_repeated_with_a_base_url(database: Path) -> None:
    app = create_asgi_app(database=str(database), base_url="https://readout.example")
    for path in ("/parties/trump", "/events?limit=1", "/", "/openapi.json", "/timeline"):
        response = request(app, path, host="evil.example", x_forwarded_host="evil.example")
        assert response.status == 200
        assert b"evil.example" not in response.body
    app.close()


# Paths and values


@pytest.mark.parametrize(
    "path",
    [
        "/export/../seed/settings.py",
        "/export/..%2f..%2fetc/passwd",
        "/export/%2e%2e/%2e%2e/etc/passwd",
        "/export/..\\..\\etc\\passwd",
        "/export//etc/passwd",
        "/export/readout.db/../../etc/passwd",
        "/export/readout.db%00.csv",
        "/export/readout.db-wal",
        "/export/",
        "/export/%252e%252e/etc/passwd",
        "/docs/../../etc/passwd",
        "/docs/swagger-ui.css/../../../etc/passwd",
        "/events/../../etc/passwd",
        "/events/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/events/..;/admin",
        "/events/trump-putin-call%0d%0aSet-Cookie:%20a=b",
        "/.git/config",
        "/.env",
        "/readout.db",
        "/static/../readout.db",
    ],
)
def test_path_traversal_is_rejected(address: Address, path: str) -> None:
    response = get(address, path)
    assert response.status in (400, 404)
    assert response.header("content-type") == "application/problem+json"
    assert b"root:" not in response.body
    assert response.header("set-cookie") is None


HOSTILE = [
    "'",
    '"',
    "' or 1=1 --",
    "1; drop table events",
    "%00",
    "\x00",
    "../../etc/passwd",
    "{{7*7}}",
    "${7*7}",
    "<script>alert(1)</script>",
    "\r\nSet-Cookie: a=b",
    "=cmd|' /C calc'!A0",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "null",
    "true",
    "[]",
    "a,,b",
    "," * 300,
    "\u202e\u200b\ufeff",
    "\U0001f4a5" * 50,
    "é" * 100,
    "*",
    '"a" OR "b" NEAR(c)',
]


def operations(client: FlaskClient) -> Iterator[tuple[str, list[str]]]:
    """Yield the path of every GET operation, with examples for its placeholders, and the names of its parameters."""
    for path, parameters in in_all_formats(client.get("/openapi.json").get_json()):
        in_path = {one["name"]: one["example"] for one in parameters if one["in"] == "path"}
        yield path.format(**in_path), [one["name"] for one in parameters if one["in"] == "query"]


@pytest.mark.slow
def test_hostile_values_of_parameters_are_rejected(client: FlaskClient) -> None:
    count = 0
    for path, names in operations(client):
        if not re.search(r"\.(csv|ndjson|txt|ics|zip|db)$", path):  # these parse their queries in the same way
            for name in names:
                for value in HOSTILE:
                    response = client.get(path, query_string={name: value})
                    count += 1
                    assert response.status_code in (200, 400, 404), (path, name, value)
                    assert "Set-Cookie" not in response.headers
                    if response.status_code != 200:
                        assert response.content_type == "application/problem+json"
    assert count > 5000


def test_hostile_values_are_not_in_html(client: FlaskClient) -> None:
    script = "<script>alert(1)</script>"
    for path in ("/docs", "/", "/events", f"/{script}", "/search"):
        response = client.get(path, query_string={"q": script, script: script})
        assert not response.content_type.startswith("text/html")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


# Information disclosure


def test_every_response_has_a_content_security_policy(address: Address, client: FlaskClient) -> None:
    paths = [path for path, _ in operations(client)]
    for path in [*paths, "/nowhere", "/events?colour=red", "/docs/start.js", "/livez"]:
        response = get(address, path)
        assert response.header("x-content-type-options") == "nosniff", path
        assert "frame-ancestors 'none'" in (response.header("content-security-policy") or ""), path
        assert "default-src 'none'" in (response.header("content-security-policy") or ""), path


def test_responses_reveal_no_version_or_path(address: Address, database: Path) -> None:
    revealing = re.compile(rb"(gunicorn|python|werkzeug|flask|sqlite|uvloop)[/ ]?\d", re.IGNORECASE)
    requests = ["/", "/events", "/nowhere", "/events?limit=x", "/metrics", "/readyz", "/docs", "/examples", "/coverage"]
    for path in requests:
        response = get(address, path)
        everything = response.body + repr(response.headers).encode()
        assert not revealing.search(everything), path
        assert str(database.parent).encode() not in everything, path
    for bad in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        assert not revealing.search(read_until_closed(address, bad))


def test_csv_cell_is_not_a_formula(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "formula.yaml"
    bundle.write_text(SECOND.read_text().replace("title: Putin speaks again", "title: '=1+1'"))
    load([bundle], own)
    rows = client_of(own).get("/events.csv?id=invented-statement&fields=title").text.splitlines()
    assert rows == ["title", "'=1+1"]
