"""Requests that once got a wrong response: negotiation, ETags, redirects, limits of queries, and path prefixes."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from api.http import query_params
from api.http.compression import negotiate_coding
from api.http.negotiation import MAX_HEADER_LENGTH
from api.http.query_params import MAX_PARAMETERS, _reduced_schema
from api.http.request import TRACKING_PARAMETER
from schemas import RECORDS
from seed.settings import InvalidSettings, load_settings

CSV, NDJSON, CALENDAR = "text/csv", "application/x-ndjson", "text/calendar"
PREFIX = "https://example.org/readout"


@pytest.fixture
def prefixed(database: Path) -> FlaskClient:
    """Return a client of a server behind a proxy that removes a path prefix."""
    return create_app(database=str(database), base_url=PREFIX).test_client()


def problem(client: FlaskClient, path: str, status: int, **options: Any) -> Any:
    """Return the problem document at a path."""
    response = client.get(path, **options)
    assert response.status_code == status, response.text
    return response.get_json(force=True)


def test_each_media_type_of_a_list_has_its_own_etag(client: FlaskClient) -> None:
    etags = {client.get("/events", headers={"Accept": accept}).headers["ETag"] for accept in (CSV, NDJSON, CALENDAR)}
    assert len(etags) == 3


@pytest.mark.parametrize("path", ["/events.csv", "/events.ndjson", "/events.ics", "/events", "/vocabularies"])
def test_another_base_url_changes_the_etag(client: FlaskClient, prefixed: FlaskClient, path: str) -> None:
    etag = client.get(path).headers["ETag"]
    assert prefixed.get(path, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/events", "/parties/putin", "/readyz", "/livez", "/vocabularies", "/openapi.json"])
@pytest.mark.parametrize(
    "accept",
    [
        "application/json; charset=utf-8",
        "application/json;version=1;q=0.5",
        "APPLICATION/JSON",
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        "text/html, image/gif, image/jpeg, */*; q=0.2",
        "application/*",
        "a" * (MAX_HEADER_LENGTH + 1),
    ],
)
def test_accept_with_parameters_gets_json(client: FlaskClient, path: str, accept: str) -> None:
    response = client.get(path, headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, "application/json")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/csv, */*", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("application/json;q=0, */*", "text/csv"),
        ("*/*", "application/json"),
        ("text/csv;header=present", "text/csv"),
    ],
)
def test_preferred_media_type_is_sent(client: FlaskClient, accept: str, content_type: str) -> None:
    response = client.get("/events", headers={"Accept": accept})
    assert response.content_type.partition(";")[0] == content_type


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "image/*"])
def test_unacceptable_media_type_is_a_406(client: FlaskClient, accept: str) -> None:
    assert "Available media types" in problem(client, "/parties/putin", 406, headers={"Accept": accept})["detail"]


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("*", "gzip"),
        ("*;q=0", ""),
        ("gzip;q=0, *", ""),
        ("identity, *;q=0.5", ""),
        ("identity;q=0.5, *;q=0.5", "gzip"),
        ("br", "br"),
        ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", ""),
        ("", ""),
        ("gzip," * 400, ""),
    ],
)
def test_content_coding_is_negotiated(accept_encoding: str, coding: str) -> None:
    assert negotiate_coding(accept_encoding) == coding


def test_wildcard_coding_gets_gzip(client: FlaskClient) -> None:
    response = client.get("/events", headers={"Accept-Encoding": "*"})
    assert gzip.decompress(response.data) == client.get("/events").data


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/events/", "/events"),
        ("/events.csv/?kind=call", "/events.csv?kind=call"),
        ("/parties/putin/", "/parties/putin"),
        ("/check/", "/check"),
    ],
)
def test_trailing_slash_is_redirected(client: FlaskClient, path: str, target: str) -> None:
    response = client.get(path)
    assert response.status_code == 308
    for base in ("http://localhost", PREFIX):
        assert urljoin(base + path, response.headers["Location"]) == base + target


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("path", "target"), [("//metrics", "/metrics"), ("///check", "/check"), ("/" * 8000, "/")])
def test_slashes_before_a_path_are_redirected(database: Path, method: str, path: str, target: str) -> None:
    """Otherwise `GET //metrics` evades the rule of a proxy, and `POST //check` occupies the thread for writes."""
    for base_url, prefix in ((None, ""), (PREFIX, "/readout")):
        client = create_app(database=str(database), base_url=base_url).test_client()
        response = client.open("/", method=method, environ_overrides={"PATH_INFO": path})
        assert (response.status_code, response.headers["Location"]) == (308, prefix + target)


@pytest.mark.parametrize("path", ["/nowhere/", "//example.org/", "/events//", "//nowhere"])
def test_missing_path_with_slash_is_a_404(client: FlaskClient, path: str) -> None:
    response = client.get("/", environ_overrides={"PATH_INFO": path})
    assert (response.status_code, "Location" in response.headers) == (404, False)


@pytest.mark.parametrize(("path", "suggestion"), [("/coverage.xml", "/coverage"), ("/evnts.csv", "/events.csv")])
def test_unknown_suffix_gets_a_suggestion(client: FlaskClient, path: str, suggestion: str) -> None:
    assert f"Did you mean {suggestion}?" in problem(client, path, 404)["detail"]


@pytest.mark.parametrize(
    ("path", "id"),
    [("/parties/kyiv", "ukraine"), ("/parties/the-kremlin", "kremlin"), ("/parties/putin.csv", "putin")],
)
def test_other_name_of_a_record_gets_its_id(client: FlaskClient, path: str, id: str) -> None:
    assert f"Did you mean '{id}'?" in problem(client, path, 404)["detail"]


@pytest.mark.parametrize("path", ["/events?party=kyiv", "/events?account=kyiv", "/compare?accounts=kyiv,kremlin"])
def test_other_name_in_a_filter_gets_the_id(client: FlaskClient, path: str) -> None:
    (error,) = problem(client, path, 400)["errors"]
    assert error["did_you_mean"] == "ukraine"


@pytest.mark.parametrize("path", [*(f"/{plural}" for plural in RECORDS), "/timeline"])
def test_unknown_id_in_a_filter_is_an_error_of_each_list(client: FlaskClient, path: str) -> None:
    (error,) = problem(client, f"{path}?id=nosuch", 400)["errors"]
    assert error["parameter"] == "id"


@pytest.mark.parametrize(
    ("value", "detail", "suggestion"),
    [
        ("2025-3-8", "Must be a day", "2025-03-08"),
        ("2025-02-30", "'2025-02-30' is not in the calendar.", None),
        ("soon", "Must be a day", None),
    ],
)
def test_date_in_another_form_gets_advice(client: FlaskClient, value: str, detail: str, suggestion: str | None) -> None:
    (error,) = problem(client, f"/events?since={value}", 400)["errors"]
    assert error["detail"].startswith(detail)
    assert error["did_you_mean"] == suggestion


def test_format_parameter_names_the_suffix(client: FlaskClient) -> None:
    (error,) = problem(client, "/events?format=csv", 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("format", "Unknown parameter. Use /events.csv.")
    (error,) = problem(client, "/parties/putin?format=csv", 400)["errors"]
    assert "The formats are /parties/putin.atom, .html, .json, .md, .txt." in error["detail"]
    (error,) = problem(client, "/events.csv?format=JSON", 400)["errors"]
    assert error["detail"] == "Unknown parameter. Use /events.json."
    (error,) = problem(client, "/?format=csv", 400)["errors"]
    assert error["detail"] == "Unknown parameter. Set Accept."


@pytest.mark.parametrize(
    ("query", "expected", "hint"),
    [
        ("page=2", "`page.next`", "cursor"),
        ("offset=20", "`page.next`", "cursor"),
        ("per_page=5", "Use `limit`.", "limit"),
        ("query=truce", "Use `q`.", "q"),
        ("from=2025", "Use `since`.", "since"),
        ("start=2025-03-18", "Use `since`.", "since"),
        ("start=20", "`page.next`", "cursor"),
        ("end=2025-3-18", "Use `until`.", "until"),
        ("date=2025-03-18", "Use `on`.", "on"),
        ("type=call", "Use `kind`.", "kind"),
        ("state=planned", "Use `status`.", "status"),
        ("state=russia", "Use `country`.", "country"),
        ("order=desc", "sort=-date", "sort"),
        ("limit=1e3", "whole number from 1 to 500", None),
        ("limit=", "whole number from 1 to 500", None),
        ("paragraph=one", "whole number", None),
    ],
)
def test_what_people_try_gets_advice(client: FlaskClient, query: str, expected: str, hint: str | None) -> None:
    (error,) = problem(client, f"/events?{query}", 400)["errors"]
    assert expected in error["detail"]
    assert error["did_you_mean"] == hint
    assert len(error["allowed"]) == 0


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/parties?state=russia", "country"),
        ("/changes?from=2025-03-18", "recorded_since"),
        ("/changes?from=1", "since"),
        ("/timeline?state=x", None),
    ],
)
def test_name_of_another_api_means_what_the_endpoint_has(client: FlaskClient, path: str, hint: str | None) -> None:
    (error,) = problem(client, path, 400)["errors"]
    assert error["did_you_mean"] == hint


def test_boolean_that_is_none_gets_advice(client: FlaskClient) -> None:
    (error,) = problem(client, "/positions?explicit=yes", 400)["errors"]
    assert error["detail"] == "Must be true or false."


TRACKING = (
    *("utm_source", "UTM_Source", "utm_campaign", "fbclid", "gclid", "msclkid", "mc_eid", "_"),
    *("gad_source", "gad_campaignid", "gclsrc", "ref_src", "ref_url", "mtm_campaign", "pk_kwd", "piwik_campaign"),
    *("mibextid", "ysclid", "_openstat", "s_kwcid", "vero_id", "rdt_cid"),
    *("__hstc", "__hssc", "__hsfp", "hsCtaTracking"),
)
"""Names that links of advertisements, mailings and sharing tools have."""


@pytest.mark.parametrize("name", TRACKING)
@pytest.mark.parametrize("path", ["/docs", "/events", "/parties/putin"])
def test_tracking_parameters_are_ignored(client: FlaskClient, path: str, name: str) -> None:
    response = client.get(f"{path}?{name}=x")
    assert (response.status_code, response.data) == (200, client.get(path).data)


def test_tracking_parameters_are_not_in_links(client: FlaskClient) -> None:
    tracked, plain = client.get("/events?utm_source=n&limit=1&fbclid=x&gad_source=1"), client.get("/events?limit=1")
    assert (tracked.data, tracked.headers) == (plain.data, plain.headers)
    streams = [client.get(f"/events.csv{query}").headers["ETag"] for query in ("", "?utm_source=n")]
    assert streams[0] == streams[1]


def test_no_parameter_is_ignored_as_tracking(app: Flask) -> None:
    endpoints = app.extensions["endpoints"]
    names = {name for endpoint in endpoints for name in endpoint.query.fields}
    assert [name for name in names if TRACKING_PARAMETER.fullmatch(name)] == []


@pytest.mark.parametrize("name", ["utm", "utmsource", "ref", "fbclids", "__", "gad", "pk", "hstc"])
def test_similar_names_are_unknown_parameters(client: FlaskClient, name: str) -> None:
    assert problem(client, f"/events?{name}=x", 400)["errors"][0]["parameter"] == name


@pytest.mark.parametrize("path", ["/events", "/", "/matrix", "/events.csv"])
def test_too_many_parameters_are_rejected(client: FlaskClient, path: str) -> None:
    query = "&".join(f"p{number}" for number in range(2700))
    response = client.get(f"{path}?{query}")
    assert (response.status_code, len(response.data) < 1000) == (400, True)


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"name{number}=x" for number in range(MAX_PARAMETERS)),
        "party=" + ",".join(f"{number}" for number in range(100)),
        "&".join(f"{name}=" + ",".join(map(str, range(100))) for name in ("party", "proposal", "source", "event")),
        "stance=" + "x" * 8000,
        "x" * 8000 + "=1",
        "sort=" + ",".join("x" * 10 for _ in range(700)),
    ],
)
def test_problem_is_small(client: FlaskClient, query: str) -> None:
    response = client.get(f"/positions?{query}")
    assert (response.status_code, len(response.data) < 40_000) == (400, True)


def test_name_of_a_parameter_is_not_escaped(client: FlaskClient) -> None:
    assert problem(client, "/events?a/b~c=1", 400)["errors"][0]["parameter"] == "a/b~c"


def test_unknown_names_are_not_cached(client: FlaskClient) -> None:
    before = _reduced_schema.cache_info()
    for number in range(5):
        client.get(f"/events?unknown{number}=1")
    after = _reduced_schema.cache_info()
    assert (after.currsize, after.misses) == (before.currsize, before.misses)


@pytest.mark.parametrize("character", ["\u009b", "\u0000", "\n", "\u202e", "\u2066", "\u200b", "\u2028"])
def test_invisible_characters_are_escaped(client: FlaskClient, character: str) -> None:
    requests = [
        (f"/no{quote(character)}where", {}),
        (f"/parties/pu{quote(character)}tin", {}),
        ("/events", {"query_string": {f"co{character}lour": "red"}}),
        ("/events", {"query_string": {"kind": f"ca{character}ll"}}),
        ("/positions", {"query_string": {"party": f"pu{character}tin"}}),
        ("/events", {"query_string": {"fields": f"i{character}d"}}),
    ]
    for path, options in requests:
        response = client.get(path, **options)
        assert response.status_code in (400, 404)
        assert character not in json.dumps(response.get_json(force=True), ensure_ascii=False)


def test_spaces_in_a_list_are_named(client: FlaskClient) -> None:
    for query in ("stance=accepts, rejects", "sort=date, -id", "stance= accepts"):
        (error,) = problem(client, f"/positions?{query}", 400)["errors"]
        assert "spaces" in error["detail"]
    (error,) = problem(client, "/positions?stance=accepts, rejects", 400)["errors"]
    assert error["detail"].endswith("stance=accepts,rejects")


@pytest.mark.parametrize("path", ["/parties/putin", "/parties", "/parties?fields=name", "/parties.txt?fields=name"])
@pytest.mark.parametrize("damage", ["substr(record, 1, 20)", "''"])
def test_damaged_record_is_a_503(own: Path, path: str, damage: str) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute(f"update parties set record = {damage} where id = 'putin'")
    client = create_app(database=str(own)).test_client()
    assert problem(client, path, 503)["status"] == 503


@pytest.mark.parametrize(("plural", "path"), [("positions", "/timeline.txt"), ("parties", "/parties/nobody")])
def test_damaged_record_that_sql_reads_is_a_503(own: Path, plural: str, path: str) -> None:
    with closing(sqlite3.connect(own)) as connection, connection:
        connection.execute(f"update {plural} set record = substr(record, 1, 20) where key = 1")
    query_params._ids_by_name.cache_clear()
    problem(create_app(database=str(own)).test_client(), path, 503)


def test_deeply_nested_body_is_a_400(client: FlaskClient) -> None:
    """The depth at which only the check of surrogates exceeds the stack depends on the caller, so several are tried."""
    for depth in (*range(850, 1000), 5000):
        body = "[" * depth + '"\\ud83d\\ude00"' + "]" * depth
        assert client.post("/check", data=body, content_type="application/json").status_code == 400


def test_byte_order_mark_before_json_is_ignored(client: FlaskClient) -> None:
    """RFC 8259 allows it, and editors on Windows write it."""
    responses = [
        client.post("/check", data=data, content_type="application/json") for data in (b"{}", b"\xef\xbb\xbf{}")
    ]
    assert [(response.status_code, response.data) for response in responses] == [(422, responses[0].data)] * 2


def test_query_that_is_not_utf_8_is_a_400(client: FlaskClient) -> None:
    """A raw byte is meant; a percent-encoded one that is not UTF-8 is left as it is."""
    response = client.get("/events", environ_overrides={"QUERY_STRING": "q=\xff"})
    assert response.status_code == 400


def test_path_prefix_is_in_every_link(prefixed: FlaskClient) -> None:
    document = problem(prefixed, "/events?colour=red", 400)
    assert document["instance"] == "/readout/events"
    assert document["docs"] == "/readout/docs#/events/listEvents"
    assert all(one["url"].startswith(f"{PREFIX}/") for one in prefixed.get("/").get_json()["endpoints"])
    assert all(one["url"].startswith(f"{PREFIX}/") for one in prefixed.get("/examples").get_json()["examples"])
    page = prefixed.get("/events?limit=1")
    assert page.headers["Link"].startswith(f"<{PREFIX}/events?")
    assert page.get_json()["data"][0]["url"].startswith(f"{PREFIX}/events/")


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/partis", "at /readout/partis. Did you mean /readout/parties? All endpoints are at /readout/docs"),
        ("/parties/puttin", "See /readout/parties for"),
        ("/positions?account=kremln", "See /readout/parties and /readout/sources for"),
        ("/vocabularies/stance", "/readout/vocabularies lists"),
        ("/events?format=csv", "Use /readout/events.csv."),
    ],
)
def test_path_prefix_is_in_advice(prefixed: FlaskClient, path: str, advice: str) -> None:
    assert advice in prefixed.get(path).get_data(as_text=True)


@pytest.mark.parametrize(("path", "link"), [("/partis", "/readout/parties"), ("/evnts.csv", "/readout/events.csv")])
def test_path_prefix_is_in_links_of_an_error_page_once(prefixed: FlaskClient, path: str, link: str) -> None:
    page = prefixed.get(path, headers={"Accept": "text/html"}).text
    assert f'href="{link}"' in page
    assert 'href="/readout/docs"' in page
    assert "/readout/readout" not in page


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@x/",
        "https://u@x",
        "https://x/?q",
        "https://x/#f",
        "https://x?",
        "https://x/<a>",
        "https://x:99999",
        "https://[::1/",
        "https://київ.example",
    ],
)
def test_base_url_with_other_parts_is_rejected(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("READOUT_BASE_URL", url)
    with pytest.raises(InvalidSettings, match="READOUT_BASE_URL"):
        load_settings()


def test_failed_if_unmodified_since_is_a_412(client: FlaskClient) -> None:
    headers = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert "If-Unmodified-Since" in problem(client, "/events", 412, headers=headers)["detail"]


def test_near_miss_of_a_long_id_is_not_searched(client: FlaskClient) -> None:
    assert "Did you mean" not in problem(client, "/parties/" + "putin" * 200, 404)["detail"]


@pytest.mark.parametrize("names", ["x\x9by", "a" * 5000, "<a>"])
def test_preflight_repeats_only_header_names(client: FlaskClient, names: str) -> None:
    headers = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": names}
    assert client.options("/events", headers=headers).headers["Access-Control-Allow-Headers"] == "*"


@pytest.mark.parametrize("host", ["a!b", "a~b", "%41", "a:"])
@pytest.mark.parametrize("path", ["/matrix", "/events.html?limit=0", "/nowhere"])
def test_invalid_host_is_an_error_without_a_page(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, host: str, path: str
) -> None:
    """A page has links to the server, for which there is no valid name. Nothing is logged: it is the client's error."""
    response = client.get(path, headers={"Host": host, "Accept": "text/html"})
    assert response.status_code in {400, 404}
    assert response.content_type == "application/problem+json"
    assert not caplog.records
