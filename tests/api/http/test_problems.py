"""Problem documents: their form, and what they say about each kind of error."""

import errno
import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from api.http import query_params
from api.http.query_params import _names
from schemas import RECORDS
from seed.life import rename
from seed.storage.mapping import singular
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """Return the problem document of a response, after checking what every problem document has."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = response.get_json(force=True)
    assert set(document) == {"type", "title", "status", "detail", "instance", "docs", "errors"}
    assert document["status"] == status
    assert response.text.endswith("}\n")
    return document


def test_misspelt_parameter_is_rejected(client: FlaskClient, plural: str) -> None:
    (error,) = problem(client.get(f"/{plural}?limt=5"), 400)["errors"]
    assert error["parameter"] == "limt"
    assert error["did_you_mean"] == "limit"
    assert "limit" in error["allowed"]


def test_unknown_term_is_rejected(client: FlaskClient) -> None:
    (error,) = problem(client.get("/positions?stance=acceptss"), 400)["errors"]
    assert error["did_you_mean"] == "accepts"
    assert "noncommittal" in error["allowed"]


@pytest.mark.parametrize("query", ["party=puttin", "party=Putin", "party=trump,Putin", "party__not=PUTIN"])
def test_unknown_id_in_filter_is_rejected(client: FlaskClient, query: str) -> None:
    (error,) = problem(client.get(f"/positions?{query}"), 400)["errors"]
    assert error["did_you_mean"] == "putin"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=9" + "9" * 5000, "limit"),
        ("limit=1&limit=2", "limit"),
        ("since=yesterday", "since"),
        ("since=2025-02-30", "since"),
        ("on=2025-13", "on"),
        ("until=", "until"),
        ("since=2025-03-19&until=2025-03-01", "until"),
        ("since=2025-04&until=2025-03", "until"),
        ("since=2025-04&on=2025-03", "on"),
        ("on=2025-04&until=2025-03-31", "until"),
        ("dated=maybe", "dated"),
        ("q=", "q"),
        ("q=!!", "q"),
        ("q=" + "a" * 201, "q"),
        ("sort=colour", "sort"),
        ("sort=date,-date", "sort"),
        ("fields=id,colour", "fields"),
        ("fields=", "fields"),
        ("stance=", "stance"),
        ("explicit=1", "explicit"),
        ("paragraph=0", "paragraph"),
        ("paragraph=-1", "paragraph"),
        ("paragraph=1e3", "paragraph"),
        ("party=" + ",".join(["putin"] * 101), "party"),
        ("party=putin%00x", "party"),
        ("party=null", "party"),
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=" + "W1tb" * 900, "cursor"),
        ("cursor=" + "a" * 5000, "cursor"),
    ],
)
def test_invalid_value_is_rejected(client: FlaskClient, query: str, parameter: str) -> None:
    errors = problem(client.get(f"/positions?{query}"), 400)["errors"]
    assert {error["parameter"] for error in errors} == {parameter}


def test_range_of_recorded_days_that_is_reversed_is_rejected(client: FlaskClient) -> None:
    (error,) = problem(client.get("/changes?recorded_since=2025-02&recorded_until=2025-01"), 400)["errors"]
    assert error["parameter"] == "recorded_until"


@pytest.mark.parametrize(
    "query", ["since=2025-03&until=2025-03-01", "since=2025-03-31&until=2025-03", "since=2025-03-10&on=2025&until=2025"]
)
def test_ranges_that_overlap_are_accepted(client: FlaskClient, query: str) -> None:
    assert client.get(f"/positions?{query}").status_code == 200


def test_all_errors_are_reported_at_once(client: FlaskClient) -> None:
    errors = problem(client.get("/positions?stance=no&limit=no&party=nobody&colour=red"), 400)["errors"]
    assert {error["parameter"] for error in errors} == {"stance", "limit", "party", "colour"}


def test_cursor_of_another_query_is_rejected(client: FlaskClient) -> None:
    cursor = client.get("/positions?limit=1").get_json()["page"]["next"].split("cursor=")[1]
    for path in ("/statements?", "/positions?explicit=true&", "/positions?sort=-date&"):
        (error,) = problem(client.get(f"{path}cursor={cursor}"), 400)["errors"]
        assert error["parameter"] == "cursor"


@pytest.mark.parametrize("path", ["/", "/parties/putin", "/vocabularies", "/vocabularies/stances"])
def test_unknown_parameter_is_rejected_everywhere(client: FlaskClient, path: str) -> None:
    (error,) = problem(client.get(f"{path}?colour=red"), 400)["errors"]
    assert error["parameter"] == "colour"


def test_missing_record_is_a_404_with_suggestion(client: FlaskClient) -> None:
    assert "Did you mean 'putin'?" in problem(client.get("/parties/puttin"), 404)["detail"]


def test_missing_record_is_a_404_for_every_type(client: FlaskClient, plural: str) -> None:
    assert f"See /{plural} " in problem(client.get(f"/{plural}/%00%F0%9F%92%A5"), 404)["detail"]


def test_missing_path_is_a_404_with_suggestion(client: FlaskClient) -> None:
    document = problem(client.get("/proposal"), 404)
    assert "Did you mean /proposals?" in document["detail"]
    assert document["instance"] == "/proposal"


@pytest.mark.parametrize("rest", ["", "/x", "/x/history", ".csv", "/X.json"])
def test_list_in_another_form_is_suggested(client: FlaskClient, plural: str, rest: str) -> None:
    for form in (singular(plural), plural.title(), plural.upper(), singular(plural).title()):
        assert f"Did you mean /{plural}{rest}?" in problem(client.get(f"/{form}{rest}"), 404)["detail"]


def test_plural_of_a_view_suggests_the_view(client: FlaskClient) -> None:
    assert "Did you mean /matrix?" in problem(client.get("/matrices"), 404)["detail"]


@pytest.mark.parametrize("path", ["/x", "/Nowhere/x", "/parties/1", "/metrcs", "/party/putin/nothing", "/x/party"])
def test_path_without_a_similar_one_has_no_suggestion(client: FlaskClient, path: str) -> None:
    assert "Did you mean" not in problem(client.get(path), 404)["detail"]


def test_problem_links_to_the_documentation(client: FlaskClient, plural: str) -> None:
    for suffix in ("", ".csv"):
        document = problem(client.get(f"/{plural}{suffix}?colour=red"), 400)
        assert document["docs"] == f"/docs#/{plural}/list{plural.title()}"
    assert problem(client.get("/nowhere"), 404)["docs"] == "/docs"


def test_instance_is_percent_encoded(client: FlaskClient) -> None:
    assert problem(client.get("/a%20b%22%3Cc%3E"), 404)["instance"] == "/a%20b%22%3Cc%3E"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_unsupported_method_is_a_405_with_allow(client: FlaskClient, plural: str, method: str) -> None:
    for path in (f"/{plural}", f"/{plural}/x"):
        response = client.open(path, method=method)
        problem(response, 405)
        assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_unexpected_error_is_a_500_without_details(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(database=str(own))
    with sqlite3.connect(own) as connection:
        connection.execute("drop table positions_citations")
    connection.close()
    document = problem(app.test_client().get("/positions?paragraph=1"), 500)
    assert "positions" not in document["detail"]
    assert "no such table" in caplog.text


@pytest.mark.parametrize("path", ["/positions", "/positions.csv", "/", "/openapi.json", "/docs"])
def test_unreadable_file_is_a_503_with_retry_after(own: Path, path: str) -> None:
    app = create_app(database=str(own))
    own.write_bytes(b"not a database at all" * 100)
    response = app.test_client().get(path)
    problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("code", "status"),
    [(errno.ENOSPC, 503), (errno.EMFILE, 503), (errno.ENOMEM, 503), (errno.EACCES, 500), (errno.EPIPE, 500)],
)
def test_only_exhausted_resources_are_a_503(own: Path, code: int, status: int) -> None:
    app = create_app(database=str(own))

    def fail() -> str:
        raise OSError(code, os.strerror(code))

    app.add_url_rule("/fail", view_func=fail)
    response = app.test_client().get("/fail")
    problem(response, status)
    assert ("Retry-After" in response.headers) == (status == 503)


def test_damaged_file_is_a_503(own: Path) -> None:
    app = create_app(database=str(own))
    own.write_bytes(own.read_bytes()[:8192] + bytes(own.stat().st_size - 8192))
    problem(app.test_client().get("/positions"), 503)


def test_every_record_type_has_a_list(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} >= {f"/{plural}" for plural in RECORDS}


def test_only_first_unknown_ids_get_a_suggestion(client: FlaskClient) -> None:
    errors = problem(client.get("/positions?party=putin1,putin2&party__not=putin3,putin4"), 400)["errors"]
    assert [error["did_you_mean"] for error in errors] == ["putin", "putin", "putin", None]


def test_names_are_read_once_and_again_after_a_change(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def names(plural: str) -> Iterator[tuple[str, list[str]]]:
        read.append(plural)
        return _names(plural)

    monkeypatch.setattr(query_params, "_names", names)
    query_params._ids_by_name.cache_clear()
    client = create_app(database=str(own)).test_client()
    path = "/positions?party=the-kremlin&party__not=the-kremlin,vladimir-putin"
    for _ in range(2):
        errors = problem(client.get(path), 400)["errors"]
        assert [error["did_you_mean"] for error in errors] == ["kremlin", "kremlin", "putin"]
    assert read == ["parties"]
    rename(own, RecordRef("parties", "putin"), "v-putin", Authorship("Desk", "A test."))
    assert problem(client.get(path), 400)["errors"][2]["did_you_mean"] == "v-putin"


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        (f"GET /events?q={'x' * 9000} HTTP/1.1", "Host: x", 414),
        ("GET /events HTTP/1.1", f"X-Long: {'x' * 40_000}", 431),
        ("GET /events HTTP/1.1", "no header", 400),
        ("nonsense", "Host: x", 400),
    ],
)
def test_malformed_request_gets_a_problem_document(server: str, request_line: str, header: str, status: int) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\n{header}\r\n\r\n".encode())
        response = HTTPResponse(connection)
        response.begin()
        body = response.read()
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    assert document["detail"].endswith(".")


def test_hundred_long_ids_fit_in_one_query(server: str) -> None:
    ids = ",".join(["sanctions-and-tariffs-suggested-against-russia-in-march"] * 100)
    with pytest.raises(HTTPError) as rejected:
        urlopen(f"{server}/events?id={ids}", timeout=10)  # noqa: S310 - our own server
    with rejected.value as response:
        assert response.code == 400
