"""Headers of every response: caching, content codings, conditional requests and CORS."""

import gzip
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
import zstandard
from flask.testing import FlaskClient

from api.middleware.response_cache import normalize_query
from api.openapi.json_schema import Json
from api.openapi.routes import EMBED_PREFIX
from seed.bundles import SEED, load
from tests.support.clients import client_of
from tests.support.openapi import example_requests

PATHS = [
    "/",
    "/parties",
    "/parties/putin",
    "/events.csv",
    "/statements.ndjson",
    "/positions.txt",
    "/events.ics",
    "/vocabularies",
    "/openapi.json",
    "/docs",
]
ERROR_PATHS = ["/nowhere", "/parties/nobody", "/parties?colour=red"]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_response_has_cache_headers(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "max-age=60, stale-while-revalidate=300"
    assert response.headers["ETag"].startswith('"')
    assert parsedate_to_datetime(response.headers["Last-Modified"])
    assert {"Accept", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_unchanged_response_is_a_304(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip", "zstd", "br"):
        first = client.get(path, headers={"Accept-Encoding": coding})
        for tag in (first.headers["ETag"], f'"other", {first.headers["ETag"]}', "*"):
            again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b"")
            for name in ("ETag", "Cache-Control", "Vary"):
                assert again.headers[name] == first.headers[name]
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert client.get(path, headers=since).status_code == 304


def test_each_coding_has_its_own_etag(client: FlaskClient, path: str) -> None:
    plain, zipped, zstd, br = (
        client.get(path, headers={"Accept-Encoding": name}) for name in ("identity", "gzip", "zstd", "br")
    )
    assert "Content-Encoding" not in plain.headers
    if "Content-Encoding" in zipped.headers or len(plain.data) > 500:
        assert gzip.decompress(zipped.data) == plain.data
        assert zstandard.ZstdDecompressor().decompressobj().decompress(zstd.data) == plain.data
        assert brotli.decompress(br.data) == plain.data
        codings = [response.headers["Content-Encoding"] for response in (zipped, zstd, br)]
        assert codings == ["gzip", "zstd", "br"]
        assert len({response.headers["ETag"] for response in (plain, zipped, zstd, br)}) == 4


def test_repeated_request_gets_the_same_bytes(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip", "zstd", "br"):
        one, other = (client.get(path, headers={"Accept-Encoding": coding}) for _ in range(2))
        assert one.data == other.data
        assert one.headers == other.headers


def test_order_of_parameters_does_not_matter(client: FlaskClient) -> None:
    for path in ("/events", "/events.csv", "/events.ndjson", "/events.txt"):
        one, other = client.get(f"{path}?kind=call&voice=source"), client.get(f"{path}?voice=source&kind=call")
        assert one.data == other.data
        assert one.headers == other.headers
    paged = (client.get(f"/events?{query}") for query in ("limit=1&voice=source", "voice=source&limit=1"))
    assert len({response.data for response in paged}) == 1
    wrong = ["limit=1&limit=2", "since=never", "since=never", "party=nobody", "colour=red", "shape=round", "stance=no"]
    assert client.get(f"/positions?{'&'.join(wrong)}").data == client.get(f"/positions?{'&'.join(wrong[::-1])}").data


@pytest.mark.slow
def test_equal_cache_keys_have_equal_responses(client: FlaskClient) -> None:
    """Whatever the order of the parameters, and whatever one client's links are tracked with."""
    for path, query in _requests(client.get("/openapi.json").get_json()):
        one, other = ("&".join(pairs) for pairs in _two_orders(query))
        assert normalize_query(one.encode()) == normalize_query(other.encode())
        first, second = client.get(f"{path}?{one}"), client.get(f"{path}?{other}")
        assert first.data == second.data, path
        assert first.headers == second.headers, path


def _requests(document: Json) -> Iterator[tuple[str, list[str]]]:
    """Yield the path of each GET operation in each format, with up to three parameters and their examples."""
    for one in example_requests(document):
        query = [f"{name}={quote(value)}" for name, value in {**one.required, **one.optional}.items()][:3]
        for path in (one.path,) if "." in one.path else (one.path, f"{one.path}.html", f"{EMBED_PREFIX}{one.path}"):
            yield path, query


@pytest.mark.parametrize(
    "path",
    [
        "/matrix.md?level=party&rows=proposal",
        "/matrix.html?level=party&rows=proposal",
        "/embed/matrix?party=putin&issue=energy-strikes",
        "/search?party=putin&q=call+zeppelin",
        "/timeline.svg?since=2024&party=putin",
    ],
)
def test_order_of_parameters_is_not_rendered(client: FlaskClient, path: str) -> None:
    path, query = path.split("?")
    one, other = (client.get(f"{path}?{'&'.join(pairs)}") for pairs in _two_orders(query.split("&")))
    assert one.status_code == 200
    assert one.data == other.data
    assert b"USER42" not in other.data


def _two_orders(pairs: list[str]) -> tuple[list[str], list[str]]:
    return pairs, [*reversed(pairs), "fbclid=USER42"]


def test_head_has_the_headers_of_get(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip"):
        get, head = (
            client.open(path, method=method, headers={"Accept-Encoding": coding}) for method in ("GET", "HEAD")
        )
        assert head.data == b""
        assert head.headers == get.headers


def test_every_origin_may_read(client: FlaskClient, path: str) -> None:
    for requested in (path, *ERROR_PATHS):
        headers = client.get(requested, headers={"Origin": "https://news.example"}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in headers


def test_preflight_is_allowed(client: FlaskClient, path: str) -> None:
    headers = {
        "Origin": "https://news.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    response = client.options(path, headers=headers)
    assert response.status_code == 200
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "if-none-match"
    assert response.headers["Access-Control-Max-Age"] == "86400"


@pytest.mark.parametrize("path", ERROR_PATHS)
def test_problem_is_not_cacheable(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"If-None-Match": "*"})
    assert response.status_code >= 400
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert "Accept" in response.headers["Vary"]


def test_new_revision_changes_the_etags(own: Path, tmp_path: Path) -> None:
    client = client_of(own)
    before = {path: client.get(path).headers["ETag"] for path in ("/parties", "/parties.csv", "/parties.ndjson")}
    bundle = tmp_path / "edited.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle.write_text(text.replace("name: Vladimir Putin", "name: V. Putin"))
    load([bundle], own)
    assert all(client.get(path).headers["ETag"] != tag for path, tag in before.items())
    assert client.get("/parties/trump").get_json()["revision"] == 1


def test_docs_page_needs_no_other_host(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.content_type == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert f"/docs/{asset}" in page.text
        assert client.get(f"/docs/{asset}").status_code == 200


def test_failed_if_match_is_a_412(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"If-Match": '"another"'})
    assert response.status_code == 412
    assert response.content_type == "application/problem+json"
    tag = client.get(path).headers["ETag"]
    for etag in (tag, "*"):
        assert client.get(path, headers={"If-Match": etag}).status_code == 200


@pytest.mark.parametrize("resource", ["/parties", "/events.csv", "/export/readout.zip"])
def test_if_none_match_counts_after_if_match(client: FlaskClient, resource: str) -> None:
    """RFC 9110, section 13.2.2: an If-Match that is met leads on to step 3."""
    tag = client.get(resource).headers["ETag"]
    for match, none_match, status in (
        (tag, tag, 304),
        ("*", tag, 304),
        (tag, '"other"', 200),
        ('"other"', tag, 412),
    ):
        headers = {"If-Match": match, "If-None-Match": none_match}
        assert client.get(resource, headers=headers).status_code == status
        assert client.head(resource, headers=headers).status_code == status
