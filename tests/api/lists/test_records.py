"""The list and the single record of every type."""

import json
from itertools import pairwise

import pytest
from flask.testing import FlaskClient

from api.lists.list_parameters import output_keys
from schemas import RECORDS
from tests.support.lists import Fetch, Records


def test_index_has_every_list_with_its_purpose(fetch: Fetch, plural: str) -> None:
    endpoints = {entry["url"]: entry["purpose"] for entry in fetch("/")["endpoints"]}
    assert endpoints[f"http://localhost/{plural}"].endswith(".")
    assert f"http://localhost/{plural}/{{id}}" in endpoints


def test_index_links_to_the_operation_in_the_docs(fetch: Fetch) -> None:
    paths = fetch("/openapi.json")["paths"]
    for entry in fetch("/")["endpoints"]:
        path = entry["url"].removeprefix("http://localhost")
        ((_, operation),) = paths.get(path, paths.get(path.rpartition(".")[0])).items()
        assert entry["docs"] == f"http://localhost/docs#/{operation['tags'][0]}/{operation['operationId']}"


def test_list_has_page_and_meta(fetch: Fetch, plural: str) -> None:
    response = fetch(f"/{plural}")
    assert set(response) == {"data", "page", "meta"}
    assert set(response["page"]) == {"limit", "total", "next", "previous"}
    newest = fetch("/sources?sort=-date&limit=1")["data"][0]["date_latest"]
    assert response["meta"] == {"revision": 1, "data_through": newest, "as_of": None, "did_you_mean": None}


def test_records_have_every_key_in_the_same_order(plural: str, records: Records) -> None:
    keys = output_keys(RECORDS[plural])
    assert len(keys) == len(set(keys))
    assert all(list(record) == keys for record in records)


def test_no_text_is_empty(records: Records) -> None:
    assert '""' not in json.dumps(records)


def test_record_at_its_url_equals_the_one_in_the_list(fetch: Fetch, records: Records) -> None:
    for record in records:
        assert fetch(record["url"]) == record


def test_every_record_has_text(client: FlaskClient, plural: str, records: Records) -> None:
    for record in records:
        response = client.get(f"/{plural}/{record['id']}.txt?width=80")
        assert response.mimetype == "text/plain"
        text = " ".join(response.text.split())
        assert all(value in text for value in (record[RECORDS[plural].label], record["id"]))
        if "citations" in record:
            assert record["attribution"].removesuffix(" (inferred)") in text
        assert max(map(len, response.text.splitlines())) <= 80
    if records:
        path = f"/{plural}/{records[0]['id']}"
        assert client.get(path, headers={"Accept": "text/plain"}).text == client.get(f"{path}.txt").text


def test_links_of_a_record_can_be_read(client: FlaskClient, records: Records) -> None:
    for record in records[:3]:
        for url in record["links"].values():
            assert client.get(url).status_code == 200, url


def test_json_is_indented_unescaped_and_ends_in_newline(client: FlaskClient, plural: str) -> None:
    for path in (f"/{plural}", f"/{plural}?limit=1", "/events?since=9999"):
        response = client.get(path)
        assert response.text == json.dumps(response.get_json(), ensure_ascii=False, indent=2) + "\n"


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, plural: str) -> None:
    get, head = client.get(f"/{plural}"), client.head(f"/{plural}")
    assert head.data == b""
    assert head.headers == get.headers


def test_options_lists_the_methods(client: FlaskClient, plural: str) -> None:
    assert set(client.options(f"/{plural}").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_fields_selects_keys_in_order(fetch: Fetch, plural: str) -> None:
    for record in fetch(f"/{plural}?fields=url,id")["data"]:
        assert list(record) == ["url", "id"]
        assert fetch(record["url"] + "?fields=revision") == {"revision": 1}


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_add_up_to_the_total_and_lead_back(fetch: Fetch, plural: str, limit: int) -> None:
    pages = [fetch(f"/{plural}?limit={limit}")]
    while pages[-1]["page"]["next"]:
        pages.append(fetch(pages[-1]["page"]["next"]))
    ids = [record["id"] for page in pages for record in page["data"]]
    assert len(ids) == len(set(ids)) == pages[0]["page"]["total"]
    assert pages[0]["page"]["previous"] is None
    for earlier, later in pairwise(pages):
        assert fetch(later["page"]["previous"])["data"] == earlier["data"]


def test_link_header_has_next_and_previous_page(client: FlaskClient) -> None:
    first = client.get("/parties?limit=2")
    assert first.headers["Link"] == f'<{first.get_json()["page"]["next"]}>; rel="next"'
    second = client.get(first.get_json()["page"]["next"])
    assert f'<{second.get_json()["page"]["previous"]}>; rel="prev"' in second.headers["Link"]


def test_cursor_of_another_filter_is_rejected(client: FlaskClient, fetch: Fetch) -> None:
    cursor = fetch("/parties?limit=1")["page"]["next"].partition("cursor=")[2]
    for query in ("kind=state&", "sort=-name&", ""):
        response = client.get(f"/parties?{query}limit=1&cursor={cursor}")
        assert response.status_code == (400 if query else 200)
    assert client.get(f"/events?cursor={cursor}").status_code == 400


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "W10", "bnVsbA", "%00"])
def test_malformed_cursor_is_rejected(client: FlaskClient, cursor: str) -> None:
    response = client.get(f"/parties?cursor={cursor}")
    assert response.status_code == 400
    assert [error["pointer"] if "pointer" in error else error["parameter"] for error in response.get_json()["errors"]]


def test_urls_start_with_the_host_of_the_request(fetch: Fetch) -> None:
    response = fetch("/parties?limit=1", base_url="http://readout.example:8080")
    assert response["data"][0]["url"].startswith("http://readout.example:8080/parties/")
    assert response["page"]["next"].startswith("http://readout.example:8080/parties?")


@pytest.mark.parametrize("host", ['evil"<x>', "a b", "a/b", "x" * 300])
def test_malformed_host_is_rejected(client: FlaskClient, host: str) -> None:
    assert client.get("/parties", headers={"Host": host}).status_code == 400
