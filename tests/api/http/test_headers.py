"""Caches, codings, conditions and origins: how every answer goes out."""

import gzip
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import zstandard
from flask.testing import FlaskClient

from api import create_app
from seed.bundles import SEED, load

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
WRONG = ["/nowhere", "/parties/nobody", "/parties?colour=red"]


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_answer_says_what_caches_need(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "max-age=60, stale-while-revalidate=300"
    assert answer.headers["ETag"].startswith('"')
    assert parsedate_to_datetime(answer.headers["Last-Modified"])
    assert {"Accept", "Accept-Encoding"} <= set(answer.headers["Vary"].split(", "))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_answer_that_is_still_true_is_not_sent_again(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip", "zstd"):
        first = client.get(path, headers={"Accept-Encoding": coding})
        for tag in (first.headers["ETag"], f'"other", {first.headers["ETag"]}', "*"):
            again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b"")
            for name in ("ETag", "Cache-Control", "Vary"):
                assert again.headers[name] == first.headers[name]
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert client.get(path, headers=since).status_code == 304


def test_every_coding_decodes_to_the_same_bytes_under_a_tag_of_its_own(client: FlaskClient, path: str) -> None:
    plain, zipped, zstd = (client.get(path, headers={"Accept-Encoding": name}) for name in ("identity", "gzip", "zstd"))
    assert "Content-Encoding" not in plain.headers
    if "Content-Encoding" in zipped.headers or len(plain.data) > 500:
        assert gzip.decompress(zipped.data) == plain.data
        assert zstandard.ZstdDecompressor().decompressobj().decompress(zstd.data) == plain.data
        assert len({answer.headers["ETag"] for answer in (plain, zipped, zstd)}) == 3
        assert (zipped.headers["Content-Encoding"], zstd.headers["Content-Encoding"]) == ("gzip", "zstd")


def test_the_same_question_gives_the_same_bytes(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip", "zstd"):
        one, other = (client.get(path, headers={"Accept-Encoding": coding}) for _ in range(2))
        assert one.data == other.data
        assert one.headers == other.headers


def test_the_order_of_the_parameters_does_not_matter(client: FlaskClient) -> None:
    for path in ("/events", "/events.csv", "/events.ndjson", "/events.txt"):
        one, other = client.get(f"{path}?kind=call&voice=source"), client.get(f"{path}?voice=source&kind=call")
        assert one.data == other.data
        assert one.headers == other.headers
    paged = (client.get(f"/events?{query}") for query in ("limit=1&voice=source", "voice=source&limit=1"))
    assert len({answer.data for answer in paged}) == 1
    wrong = ["limit=1&limit=2", "since=never", "since=never", "party=nobody", "colour=red", "shape=round", "stance=no"]
    assert client.get(f"/positions?{'&'.join(wrong)}").data == client.get(f"/positions?{'&'.join(wrong[::-1])}").data


def test_head_says_what_get_says(client: FlaskClient, path: str) -> None:
    for coding in ("identity", "gzip"):
        got, headed = (
            client.open(path, method=method, headers={"Accept-Encoding": coding}) for method in ("GET", "HEAD")
        )
        assert headed.data == b""
        assert headed.headers == got.headers


def test_every_origin_may_read(client: FlaskClient, path: str) -> None:
    for asked in (path, *WRONG):
        headers = client.get(asked, headers={"Origin": "https://news.example"}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in headers


def test_a_preflight_is_answered(client: FlaskClient, path: str) -> None:
    asking = {
        "Origin": "https://news.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    answer = client.options(path, headers=asking)
    assert answer.status_code == 200
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "if-none-match"
    assert answer.headers["Access-Control-Max-Age"] == "86400"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_problem_is_never_kept(client: FlaskClient, wrong: str) -> None:
    answer = client.get(wrong, headers={"If-None-Match": "*"})
    assert answer.status_code >= 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert "Accept" in answer.headers["Vary"]


def test_a_change_of_the_data_changes_the_tags(own: Path, tmp_path: Path) -> None:
    client = create_app(database=str(own)).test_client()
    before = {path: client.get(path).headers["ETag"] for path in ("/parties", "/parties.csv", "/parties.ndjson")}
    bundle = tmp_path / "edited.yaml"
    text = (SEED / "trump-putin-call.yaml").read_text()
    bundle.write_text(text.replace("name: Vladimir Putin", "name: V. Putin"))
    load([bundle], own)
    assert all(client.get(path).headers["ETag"] != tag for path, tag in before.items())
    assert client.get("/parties/trump").get_json()["revision"] == 1


def test_the_page_for_people_asks_nothing_of_other_hosts(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.content_type == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert f"/docs/{asset}" in page.text
        assert client.get(f"/docs/{asset}").status_code == 200


def test_another_state_than_the_one_asked_for_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"If-Match": '"another"'})
    assert answer.status_code == 412
    assert answer.content_type == "application/problem+json"
    tag = client.get(path).headers["ETag"]
    for state in (tag, "*"):
        assert client.get(path, headers={"If-Match": state}).status_code == 200
