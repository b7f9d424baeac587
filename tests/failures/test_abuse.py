"""What an attacker would try, at a real server, and that the next client does not notice."""

import gzip
import json
import random
import re
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.views.check import MAX_BODY_BYTES
from seed.bundles import load
from seed.yaml_document import YamlError, parse_yaml
from tests.support.asgi import HttpResponse
from tests.support.bundle_files import SECOND
from tests.support.server import GunicornServer

Address = tuple[str, int]


@pytest.fixture(scope="module")
def address(database: Path) -> Iterator[Address]:
    with GunicornServer(database) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


def everything(address: Address, sent: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def told(address: Address, sent: bytes) -> HttpResponse:
    """The one answer to these bytes."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        return HttpResponse(
            answer.status, [(name.lower(), value) for name, value in answer.getheaders()], answer.read()
        )


def get(address: Address, target: str, *headers: str, host: str = "news.example") -> HttpResponse:
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return told(address, "\r\n".join(lines).encode("latin-1"))


@pytest.fixture(autouse=True)
def unharmed(address: Address) -> Iterator[None]:
    """After every attack the server answers as before."""
    path = "/parties/putin?fields=id,name,url"
    before = get(address, path)
    assert before.status == 200
    yield
    after = get(address, path)
    assert (after.status, after.body) == (200, before.body)


# Where one request ends and the next begins

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
def test_a_request_without_a_clear_end_is_refused_and_nothing_after_it_is_heard(
    address: Address, framing: bytes
) -> None:
    body = b"0\r\n\r\n" if b"chunked" in framing else b"null"
    answer = everything(address, POST + framing + b"\r\n" + body + SMUGGLED)
    assert re.match(rb"HTTP/1\.1 (400|413|415|501) ", answer), answer[:200]
    assert len(re.findall(rb"HTTP/1\.1 \d", answer)) == 1
    assert b"smuggled" not in answer


def test_requests_sent_at_once_are_answered_one_by_one(address: Address) -> None:
    last = b"GET /parties/trump HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = everything(address, b"GET /parties/putin HTTP/1.1\r\nHost: x\r\n\r\n" * 5 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 6


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"5;" + b"x" * 9000, b"4\r\nnullXX"])
def test_a_body_in_odd_chunks_is_refused(address: Address, chunk: bytes) -> None:
    answer = everything(address, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
    assert re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:200]


# Too much


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
def test_what_is_too_large_is_refused_in_words(address: Address, head: bytes, status: int) -> None:
    if b"Content-Length" in head:
        head += b"Content-Type: application/json\r\n\r\n" + b" " * (MAX_BODY_BYTES + 1)
    answer = told(address, head + b"\r\n")
    assert answer.status in (status, 414)
    assert answer.header("content-type") == "application/problem+json"
    assert json.loads(answer.body)["status"] == answer.status


def test_half_open_connections_by_the_hundred_keep_nobody_out(address: Address) -> None:
    with ExitStack() as held:
        for number in range(400):
            connection = held.enter_context(socket.create_connection(address, timeout=20))
            if number % 2:
                connection.sendall(b"GET /events HTTP/1.1\r\nHos")
        for number in range(20):
            assert get(address, f"/events?limit={number + 1}").status == 200


# POST /check


def posted(client: FlaskClient, data: bytes, content_type: str = "application/json", **headers: str) -> Any:
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
        *("lists", "objects", "deep value", "number", "signs", "escapes", "records", "marks", "exponent", "digits"),
        *("value", "references"),
    ],
)
def test_a_body_that_would_blow_up_is_refused_soon(client: FlaskClient, body: bytes) -> None:
    began = time.process_time()
    answer = posted(client, body)
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"
    assert len(answer.data) < 200_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br", "gzip, gzip", "x-gzip"])
def test_what_is_packed_is_not_unpacked(client: FlaskClient, coding: str) -> None:
    bomb = gzip.compress(bytes(3_000_000_0)) if "gzip" in coding else zlib.compress(bytes(30_000_000))
    answer = posted(client, bomb, Content_Encoding=coding)
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")
    assert "omit Content-Encoding" in answer.get_json(force=True)["detail"]


TRICKS = {
    "UTF-16": '{"events": []}'.encode("utf-16"),
    "UTF-32": '{"events": []}'.encode("utf-32"),
    "an overlong slash": b'{"events": [{"id": "\xc0\xaf"}]}',
    "half a surrogate": b'{"events": [{"id": "\xed\xa0\x80"}]}',
    "beyond Unicode": b'{"events": [{"id": "\xf4\x90\x80\x80"}]}',
    "a null": b'{"events": [{"id": "a\x00b"}]}',
    "a key twice": b'{"events": [], "\\u0065vents": []}',
}


@pytest.mark.parametrize("body", TRICKS.values(), ids=TRICKS)
def test_text_that_is_not_plain_utf_8_is_refused(client: FlaskClient, body: bytes) -> None:
    for content_type in ("application/json", "application/json; charset=utf-16"):
        assert posted(client, body, content_type).status_code == 400


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
def test_an_id_that_only_looks_like_one_is_refused(client: FlaskClient, id: str) -> None:
    bundle = parse_yaml(SECOND.read_bytes()).data
    bundle["events"][0]["participants"] = [{"party": id, "role": "speaker"}]
    answer = client.post("/check", json=bundle)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.get_json(force=True)["errors"]} >= {"#/events/0/participants/0/party"}


def test_aliases_that_multiply_are_refused_before_they_do() -> None:
    rungs = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rungs += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 30)]
    with pytest.raises(YamlError, match="anchors and aliases"):
        parse_yaml("\n".join(rungs).encode())


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "!!python/name:os.system x"]
)
def test_yaml_that_is_deep_or_calls_for_code_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(YamlError):
        parse_yaml(text.encode())


# What one client sends, and the next is told


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
def test_a_header_that_caches_do_not_look_at_poisons_nothing(address: Address, header: str) -> None:
    path = f"/events?limit=2&q=talks&cursor_of={random.random()}".replace("&cursor_of", "&limit=2&x")  # noqa: S311
    for target in (path, f"/parties?limit={1 + len(header)}"):
        first = get(address, target, header)
        assert b"evil" not in first.body
        names = dict(first.headers)
        assert "evil" not in " ".join(value for name, value in names.items() if name != "x-request-id")
        assert get(address, target).body == first.body


def test_a_host_is_told_to_those_who_sent_it_alone(address: Address) -> None:
    for host in ("evil.example", "news.example", "evil.example:8443", "news.example"):
        answer = get(address, "/parties/trump?fields=url", host=host)
        assert json.loads(answer.body) == {"url": f"http://{host}/parties/trump"}


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "a@b", "<script>", "a\tb", "", "a,b", "[::1", "x" * 254])
def test_a_host_that_is_none_is_refused(address: Address, host: str) -> None:
    assert get(address, "/parties/trump?fields=url", host=host).status == 400


def test_with_an_address_of_its_own_no_host_is_repeated(own: Path) -> None:
    with GunicornServer(own, READOUT_BASE_URL="https://readout.example") as (url, _):
        name, port = url.removeprefix("http://").split(":")
        for path in ("/parties/trump", "/events?limit=1", "/", "/openapi.json", "/timeline"):
            for header in ("X-Forwarded-Host: evil.example", "X: y"):
                assert b"evil" not in get((name, int(port)), path, header, host="evil.example").body


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
def test_no_path_leads_to_a_file(address: Address, path: str) -> None:
    answer = get(address, path)
    assert answer.status in (400, 404)
    assert answer.header("content-type") == "application/problem+json"
    assert b"root:" not in answer.body
    assert answer.header("set-cookie") is None


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


def questions(client: FlaskClient) -> Iterator[tuple[str, list[str]]]:
    """Every path that is read, with its placeholders filled, and the names of its parameters."""
    for path, item in client.get("/openapi.json").get_json()["paths"].items():
        if "get" in item:
            parameters = item["get"]["parameters"]
            in_path = {one["name"]: one["example"] for one in parameters if one["in"] == "path"}
            yield path.format(**in_path), [one["name"] for one in parameters if one["in"] == "query"]


def test_every_parameter_withstands_hostile_values(client: FlaskClient) -> None:
    asked = 0
    for path, names in questions(client):
        if not re.search(r"\.(csv|ndjson|txt|ics|zip|db)$", path):  # which read their queries in the same way
            for name in names:
                for value in HOSTILE:
                    answer = client.get(path, query_string={name: value})
                    asked += 1
                    assert answer.status_code in (200, 400, 404), (path, name, value)
                    assert "Set-Cookie" not in answer.headers
                    if answer.status_code != 200:
                        assert answer.content_type == "application/problem+json"
    assert asked > 5000


def test_no_hostile_value_becomes_part_of_a_page(client: FlaskClient) -> None:
    script = "<script>alert(1)</script>"
    for path in ("/docs", "/", "/events", f"/{script}", "/search"):
        answer = client.get(path, query_string={"q": script, script: script})
        assert not answer.content_type.startswith("text/html")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# What is given away


def test_every_answer_tells_browsers_to_run_and_frame_nothing(address: Address, client: FlaskClient) -> None:
    paths = [path for path, _ in questions(client)]
    for path in [*paths, "/nowhere", "/events?colour=red", "/docs/start.js", "/livez"]:
        answer = get(address, path)
        assert answer.header("x-content-type-options") == "nosniff", path
        assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or ""), path
        assert "default-src 'none'" in (answer.header("content-security-policy") or ""), path


def test_no_answer_tells_a_version_or_a_place_on_the_disk(address: Address, database: Path) -> None:
    given_away = re.compile(rb"(gunicorn|python|werkzeug|flask|sqlite|uvloop)[/ ]?\d", re.IGNORECASE)
    requests = ["/", "/events", "/nowhere", "/events?limit=x", "/metrics", "/readyz", "/docs", "/examples", "/coverage"]
    for path in requests:
        answer = get(address, path)
        whole = answer.body + repr(answer.headers).encode()
        assert not given_away.search(whole), path
        assert str(database.parent).encode() not in whole, path
    for bad in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        assert not given_away.search(everything(address, bad))


def test_a_cell_is_no_formula(own: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "formula.yaml"
    bundle.write_text(SECOND.read_text().replace("title: Putin speaks again", "title: '=1+1'"))
    load([bundle], own)
    with GunicornServer(own) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        rows = get((host, int(port)), "/events.csv?id=invented-statement&fields=title").body.decode().splitlines()
    assert rows == ["title", "'=1+1"]
