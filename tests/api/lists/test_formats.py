"""NDJSON, streaming and content negotiation of lists."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import cast
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from api.lists.formats import formats
from schemas import RECORDS
from tests.support.lists import Records
from tests.support.openapi import example_requests
from tests.support.pages import BROWSER


def test_ndjson_has_a_record_on_every_line(client: FlaskClient, plural: str, records: Records) -> None:
    response = client.get(f"/{plural}.ndjson")
    assert response.content_type == "application/x-ndjson"
    assert [json.loads(line) for line in response.text.splitlines()] == records
    only_ids = client.get(f"/{plural}.ndjson?fields=id").text.splitlines()
    assert [json.loads(line) for line in only_ids] == [{"id": record["id"]} for record in records]


def test_streams_can_be_read_in_parallel(client: FlaskClient, records: Records, plural: str) -> None:
    whole = client.get(f"/{plural}.csv").data
    streams = [client.get(f"/{plural}.csv").response for _ in range(3)]
    pieces: list[list[bytes]] = [[] for _ in streams]
    for turn in zip_longest(*streams, fillvalue=b""):
        for read, piece in zip(pieces, turn, strict=True):
            read.append(cast(bytes, piece))
    assert [b"".join(read) for read in pieces] == [whole] * 3
    assert len(records) == whole.count(b"\r\n") - 1


def test_accept_decides_without_a_suffix(client: FlaskClient, plural: str) -> None:
    for format in formats(RECORDS[plural]):
        response = client.get(f"/{plural}", headers={"Accept": format.bare})
        assert response.content_type == format.mimetype
        if format.suffix not in ("", ".json"):
            assert response.data == client.get(f"/{plural}{format.suffix}", headers={"Accept": "image/png"}).data


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "application/json, text/html;q=0.9", "text/csv;q=0.1,*/*"]
)
def test_json_is_the_default(client: FlaskClient, accept: str) -> None:
    assert client.get("/parties", headers={"Accept": accept}).content_type == "application/json"


@pytest.mark.parametrize("path", ["/parties", "/parties/putin", "/", "/vocabularies", "/matrix", "/docs"])
def test_unavailable_media_type_is_406_with_a_list(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "text/html" in response.text if path == "/docs" else "application/json" in response.text


@pytest.mark.slow
def test_suffix_decides_whatever_accept_says(client: FlaskClient) -> None:
    requests = {path: path + query for path, query in _paths(client) if "." in path}
    assert {"/matrix.json", "/openapi.json", "/vocabularies.txt"} <= requests.keys()
    served = {path: response for path in requests.values() if (response := client.get(path)).status_code == 200}
    assert len(served) > 100
    for path, plain in served.items():
        for accept in ("text/html", "application/json", "image/png", "*/*;q=0"):
            response = client.get(path, headers={"Accept": accept})
            assert (response.status_code, response.content_type) == (200, plain.content_type), (path, accept)


@pytest.mark.slow
def test_every_format_of_a_suffix_is_negotiated(client: FlaskClient) -> None:
    paths = dict(_paths(client))
    for path, query in paths.items():
        stem = path.rpartition(".")[0]
        if stem in paths:
            mimetype = client.get(path + query).content_type
            assert client.get(stem + query, headers={"Accept": mimetype}).content_type == mimetype, path


def _paths(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Yield the path of each GET operation in each format, and the query that it needs."""
    for one in example_requests(client.get("/openapi.json").get_json()):
        yield one.path, f"?{urlencode(one.required)}" if one.required else ""


def test_json_suffix_is_the_list_as_json(client: FlaskClient, plural: str) -> None:
    response = client.get(f"/{plural}.json?limit=500", headers={"Accept": "text/csv"})
    assert response.content_type == "application/json"
    assert response.get_json() == client.get(f"/{plural}?limit=500").get_json()


def test_json_suffix_is_kept_in_page_links(client: FlaskClient) -> None:
    page = client.get("/parties.json?limit=2").get_json()["page"]
    assert "/parties.json?" in page["next"]


def test_json_suffix_is_a_record_as_json(client: FlaskClient, records: Records) -> None:
    for record in records[:3]:
        assert client.get(f"{record['url']}.json", headers={"Accept": "text/html"}).get_json() == record


@pytest.mark.parametrize("path", ["/vocabularies", "/vocabularies/stances"])
def test_vocabularies_have_json_by_suffix(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}.json", headers=BROWSER)
    assert response.content_type == "application/json"
    assert response.json == client.get(path).json


def test_vocabularies_have_text(client: FlaskClient) -> None:
    text = client.get("/vocabularies/stances.txt?width=80").text
    assert "accepts_conditionally “accepts on conditions” [qualified]: Agrees to it if the\n" in text
    assert text.strip() in client.get("/vocabularies.txt?width=80").text
    assert max(map(len, text.splitlines())) <= 80
    assert client.get("/vocabularies/stance.txt").status_code == 404
