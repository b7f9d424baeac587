"""Pages at the size Readout is made for: 50 negotiations and 10,000 proposals. None grows with the data."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app, database
from schemas import RECORDS
from tests.support.cpu_time import limit_cpu_time
from tests.support.large import load_large
from tests.support.pages import BROWSER

pytestmark = pytest.mark.slow

MAX_SECONDS = 1.5
"""Ten times what the slowest page may take on the machine of a reader."""
MAX_COMPRESSED = 60_000
QUERY_TIMEOUT_SECONDS = 300
"""Far more than a page takes: the timeout counts the time of day, in which a busy machine may do little."""
VIEWS = (
    "/",
    "/matrix?negotiation=negotiation-49",
    "/matrix?issue=issue-100",
    "/timeline",
    "/timeline?issue=issue-0",
    "/timeline?negotiation=negotiation-0",
    "/compare?accounts=party-1,party-2&issue=issue-100",
    "/search?q=peace",
    "/search?q=zeppelin",
    "/coverage?source=source-5",
    "/changes",
    "/vocabularies",
    "/events?negotiation=negotiation-0&q=energy",
    *(f"/{plural}" for plural in RECORDS),
    *(f"/issues/issue-{place}/{view}" for place in (60, 100, 149) for view in ("accounts", "standing")),
    *(f"/issues/issue-{place}" for place in (9, 12, 27, 36, 60, 66)),
    *(f"/proposals/proposal-{place}/standing" for place in (0, 9999)),
    "/events/event-10/accounts",
    "/parties/party-0/history",
)
TOO_MUCH = (
    ("/matrix", "?negotiation=negotiation-16"),
    ("/coverage", "?source=source-5"),
    ("/compare?accounts=party-1,party-2", "issue=issue-75"),
    ("/issues/issue-0/accounts", 'name="account"'),
    ("/issues/issue-0/standing", 'name="party"'),
    ("/issues/issue-9/standing", 'name="party"'),
)
"""Pages that would be too long, and what their page offers instead."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path: Path = load_large(tmp_path_factory.mktemp("large"))
    app = create_app(database=str(path), query_timeout=QUERY_TIMEOUT_SECONDS)
    with app.app_context():
        yield app


def first_and_last(plural: str) -> Iterator[str]:
    """Yield the paths of the first, the middle and the last record of a type; the first have most relations."""
    ids = [row["id"] for row in database.select(f'select id from "{plural}" order by key')]
    yield from {f"/{plural}/{ids[place]}" for place in (0, len(ids) // 2, -1)} if ids else ()


def uncached(client: FlaskClient, path: str) -> TestResponse:
    """Return a page without any cached total. It must not take long."""
    database._cached_total.cache_clear()
    database._cached_rows.cache_clear()
    with limit_cpu_time(MAX_SECONDS):
        return client.get(path, headers=BROWSER)


def test_no_page_takes_long_or_is_long(large: Flask) -> None:
    client = large.test_client()
    records = [path for plural in RECORDS for path in first_and_last(plural)]
    client.get("/", headers=BROWSER)  # compiles the templates
    for path in (*VIEWS, *records):
        response = uncached(client, path)
        assert response.status_code == 200, path
        assert len(gzip.compress(response.data)) < MAX_COMPRESSED, path


@pytest.mark.parametrize(("path", "offered"), TOO_MUCH)
def test_what_is_too_much_for_a_page_offers_its_parts(large: Flask, path: str, offered: str) -> None:
    response = uncached(large.test_client(), path)
    assert response.status_code == 400
    assert "too much for one page" in response.text
    assert offered in response.text


def test_the_front_page_has_a_brief_of_each_negotiation(large: Flask) -> None:
    html = large.test_client().get("/", headers=BROWSER).text
    assert html.count('<li class="entry">') == 50
    assert html.count(">Where everyone stands</a>") == 50
    assert "Latest: <a" in html
    assert "open questions</a>" in html


def test_a_record_whose_views_are_too_long_shows_its_lists(large: Flask) -> None:
    """The views of this issue have too many records for a page, so it has the first of them as lists."""
    html = large.test_client().get("/issues/issue-0", headers=BROWSER).text
    assert html.count("too many records to be shown here") == 2
    assert '<a href="/proposals?issue=issue-0">All ' in html
    assert '<a href="/statements?issue=issue-0">All ' in html


def test_a_matrix_that_is_too_large_is_rejected_before_its_events_are_read(large: Flask) -> None:
    statements = list[str]()
    database.connection().set_trace_callback(statements.append)
    response = large.test_client().get("/matrix?as_of=2015&level=party")
    database.connection().set_trace_callback(None)
    assert response.status_code == 400
    assert [statement for statement in statements if "positions" in statement]
    assert not [statement for statement in statements if "events" in statement]
