"""Every error is a problem document that says how to put it right."""

import json
import socket
import sqlite3
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
from schemas import RECORDS


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem document of an answer, after what holds for all of them."""
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = answer.get_json(force=True)
    assert set(document) == {"type", "title", "status", "detail", "instance", "docs", "errors"}
    assert document["status"] == status
    assert answer.text.endswith("}\n")
    return document


def test_a_misspelt_parameter_is_refused_with_the_nearest_name(client: FlaskClient, plural: str) -> None:
    (error,) = problem(client.get(f"/{plural}?limt=5"), 400)["errors"]
    assert error["parameter"] == "limt"
    assert error["did_you_mean"] == "limit"
    assert "limit" in error["allowed"]


def test_an_unknown_term_is_refused_with_those_there_are(client: FlaskClient) -> None:
    (error,) = problem(client.get("/positions?stance=acceptss"), 400)["errors"]
    assert error["did_you_mean"] == "accepts"
    assert "noncommittal" in error["allowed"]


def test_an_unknown_id_in_a_filter_is_refused_with_the_nearest(client: FlaskClient) -> None:
    (error,) = problem(client.get("/positions?party=puttin"), 400)["errors"]
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
        ("cursor=x", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=" + "W1tb" * 900, "cursor"),
        ("cursor=" + "a" * 5000, "cursor"),
    ],
)
def test_a_bad_value_is_refused_by_name(client: FlaskClient, query: str, parameter: str) -> None:
    errors = problem(client.get(f"/positions?{query}"), 400)["errors"]
    assert {error["parameter"] for error in errors} == {parameter}


def test_every_fault_is_named_at_once(client: FlaskClient) -> None:
    errors = problem(client.get("/positions?stance=no&limit=no&party=nobody&colour=red"), 400)["errors"]
    assert {error["parameter"] for error in errors} == {"stance", "limit", "party", "colour"}


def test_a_cursor_is_refused_by_another_list_filter_or_sort(client: FlaskClient) -> None:
    cursor = client.get("/positions?limit=1").get_json()["page"]["next"].split("cursor=")[1]
    for path in ("/statements?", "/positions?explicit=true&", "/positions?sort=-date&"):
        (error,) = problem(client.get(f"{path}cursor={cursor}"), 400)["errors"]
        assert error["parameter"] == "cursor"


@pytest.mark.parametrize("path", ["/", "/parties/putin", "/vocabularies", "/vocabularies/stances"])
def test_no_endpoint_takes_a_parameter_it_does_not_know(client: FlaskClient, path: str) -> None:
    (error,) = problem(client.get(f"{path}?colour=red"), 400)["errors"]
    assert error["parameter"] == "colour"


def test_a_record_that_does_not_exist_is_a_404_with_the_nearest_id(client: FlaskClient) -> None:
    assert "Did you mean 'putin'?" in problem(client.get("/parties/puttin"), 404)["detail"]


def test_every_type_has_its_404(client: FlaskClient, plural: str) -> None:
    assert f"/{plural} lists them" in problem(client.get(f"/{plural}/%00%F0%9F%92%A5"), 404)["detail"]


def test_a_path_that_leads_nowhere_is_a_404_with_the_nearest(client: FlaskClient) -> None:
    document = problem(client.get("/proposal"), 404)
    assert "Did you mean /proposals?" in document["detail"]
    assert document["instance"] == "/proposal"


def test_a_problem_leads_to_the_place_in_the_docs(client: FlaskClient, plural: str) -> None:
    assert problem(client.get(f"/{plural}?colour=red"), 400)["docs"] == f"/docs#/{plural}/list{plural.title()}"
    assert problem(client.get(f"/{plural}.csv?colour=red"), 400)["docs"] == f"/docs#/{plural}/list{plural.title()}Csv"
    assert problem(client.get("/nowhere"), 404)["docs"] == "/docs"


def test_an_instance_is_percent_encoded(client: FlaskClient) -> None:
    assert problem(client.get("/a%20b%22%3Cc%3E"), 404)["instance"] == "/a%20b%22%3Cc%3E"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE"])
def test_another_method_is_a_405_that_names_those_there_are(client: FlaskClient, plural: str, method: str) -> None:
    for path in (f"/{plural}", f"/{plural}/x"):
        answer = client.open(path, method=method)
        problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_fault_of_ours_is_a_500_that_gives_nothing_away(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(database=str(own))
    with sqlite3.connect(own) as connection:
        connection.execute("drop table positions_citations")
    connection.close()
    document = problem(app.test_client().get("/positions?paragraph=1"), 500)
    assert "positions" not in document["detail"]
    assert "no such table" in caplog.text


@pytest.mark.parametrize("path", ["/positions", "/positions.csv", "/", "/openapi.json", "/docs"])
def test_a_file_that_went_away_is_a_503_that_says_when_to_try_again(own: Path, path: str) -> None:
    app = create_app(database=str(own))
    own.write_bytes(b"not a database at all" * 100)
    answer = app.test_client().get(path)
    problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_file_damaged_in_the_middle_is_a_503(own: Path) -> None:
    app = create_app(database=str(own))
    own.write_bytes(own.read_bytes()[:8192] + bytes(own.stat().st_size - 8192))
    problem(app.test_client().get("/positions"), 503)


def test_no_record_type_is_left_out_here(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} >= {f"/{plural}" for plural in RECORDS}


def test_only_the_first_unknown_ids_get_a_suggestion(client: FlaskClient) -> None:
    errors = problem(client.get("/positions?party=putin1,putin2&party__not=putin3,putin4"), 400)["errors"]
    assert [error["did_you_mean"] for error in errors] == ["putin", "putin", "putin", None]


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        (f"GET /events?q={'x' * 9000} HTTP/1.1", "Host: x", 414),
        ("GET /events HTTP/1.1", f"X-Long: {'x' * 9000}", 431),
        ("GET /events HTTP/1.1", "no header", 400),
        ("nonsense", "Host: x", 400),
    ],
)
def test_a_request_that_never_reaches_the_application_is_refused_with_a_problem_document(
    server: str, request_line: str, header: str, status: int
) -> None:
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\n{header}\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        body = answer.read()
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    assert document["detail"].endswith(".")


def test_a_hundred_long_ids_fit_in_one_query(server: str) -> None:
    ids = ",".join(["sanctions-and-tariffs-suggested-against-russia-in-march"] * 100)
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{server}/events?id={ids}", timeout=10)  # noqa: S310 - our own server
    with refused.value as answer:
        assert answer.code == 400
