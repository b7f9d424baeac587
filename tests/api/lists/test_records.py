"""What holds for the list and the single record of every type."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.lists.list_parameters import EXTRA_KEYS
from schemas import RECORDS

Fetch = Callable[..., Any]


def test_the_index_names_every_list_with_its_purpose(fetch: Fetch, plural: str) -> None:
    endpoints = {entry["url"]: entry["purpose"] for entry in fetch("/")["endpoints"]}
    assert endpoints[f"http://localhost/{plural}"].endswith(".")
    assert f"http://localhost/{plural}/{{id}}" in endpoints


def test_the_index_leads_to_the_place_in_the_docs(fetch: Fetch) -> None:
    described = fetch("/openapi.json")["paths"]
    for entry in fetch("/")["endpoints"]:
        ((_, operation),) = described[entry["url"].removeprefix("http://localhost")].items()
        assert entry["docs"] == f"http://localhost/docs#/{operation['tags'][0]}/{operation['operationId']}"


def test_a_list_tells_how_many_there_are_and_how_far_the_data_goes(fetch: Fetch, plural: str) -> None:
    answer = fetch(f"/{plural}")
    assert set(answer) == {"data", "page", "meta"}
    assert set(answer["page"]) == {"limit", "total", "next", "previous"}
    newest = fetch("/sources?sort=-date&limit=1")["data"][0]["date_latest"]
    assert answer["meta"] == {"revision": 1, "data_through": newest, "as_of": None}


def test_every_record_has_every_key_in_the_same_order(plural: str, held: list[dict[str, Any]]) -> None:
    keys = [*RECORDS[plural].declared(), *EXTRA_KEYS]
    assert all(list(record) == keys for record in held)


def test_no_text_is_ever_empty(held: list[dict[str, Any]]) -> None:
    assert '""' not in json.dumps(held)


def test_a_record_is_served_at_its_url_as_in_the_list(fetch: Fetch, held: list[dict[str, Any]]) -> None:
    for record in held:
        assert fetch(record["url"]) == record


def test_a_link_leads_to_a_list_that_can_be_read(client: FlaskClient, held: list[dict[str, Any]]) -> None:
    for record in held[:3]:
        for url in record["links"].values():
            assert client.get(url).status_code == 200, url


def test_the_bytes_are_indented_unescaped_and_end_in_a_newline(client: FlaskClient, plural: str) -> None:
    for path in (f"/{plural}", f"/{plural}?limit=1", f"/{plural}?id=none-of-them"):
        answer = client.get(path)
        assert answer.text == json.dumps(answer.get_json(), ensure_ascii=False, indent=2) + "\n"


def test_head_answers_as_get_does_without_the_body(client: FlaskClient, plural: str) -> None:
    got, headed = client.get(f"/{plural}"), client.head(f"/{plural}")
    assert headed.data == b""
    assert headed.headers == got.headers


def test_options_names_what_is_allowed(client: FlaskClient, plural: str) -> None:
    assert set(client.options(f"/{plural}").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_only_the_fields_that_are_asked_for_are_served(fetch: Fetch, plural: str) -> None:
    for record in fetch(f"/{plural}?fields=url,id")["data"]:
        assert list(record) == ["url", "id"]
        assert fetch(record["url"] + "?fields=revision") == {"revision": 1}


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_the_pages_add_up_to_the_total_and_lead_back(fetch: Fetch, plural: str, limit: int) -> None:
    pages = [fetch(f"/{plural}?limit={limit}")]
    while pages[-1]["page"]["next"]:
        pages.append(fetch(pages[-1]["page"]["next"]))
    ids = [record["id"] for page in pages for record in page["data"]]
    assert len(ids) == len(set(ids)) == pages[0]["page"]["total"]
    assert pages[0]["page"]["previous"] is None
    for earlier, later in pairwise(pages):
        assert fetch(later["page"]["previous"])["data"] == earlier["data"]


def test_the_link_header_says_where_the_next_page_is(client: FlaskClient) -> None:
    first = client.get("/parties?limit=2")
    assert first.headers["Link"] == f'<{first.get_json()["page"]["next"]}>; rel="next"'
    second = client.get(first.get_json()["page"]["next"])
    assert f'<{second.get_json()["page"]["previous"]}>; rel="prev"' in second.headers["Link"]


def test_links_begin_with_the_address_the_client_used(fetch: Fetch) -> None:
    answer = fetch("/parties?limit=1", base_url="http://readout.example:8080")
    assert answer["data"][0]["url"].startswith("http://readout.example:8080/parties/")
    assert answer["page"]["next"].startswith("http://readout.example:8080/parties?")


@pytest.mark.parametrize("host", ['evil"<x>', "a b", "a/b", "x" * 300])
def test_a_host_that_is_none_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/parties", headers={"Host": host}).status_code == 400
