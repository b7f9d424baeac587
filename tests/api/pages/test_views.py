"""The pages of views and lists: what they are called, how they begin, and where they lead on."""

import io
import re
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from seed.life import rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from tests.support.clients import client_of
from tests.support.pages import BROWSER


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


def test_history_names_its_record_and_leads_back(client: FlaskClient) -> None:
    html = page(client, "/parties/putin/history")
    assert "<title>Vladimir Putin: history – Readout</title>" in html
    assert '<h1><a href="/parties/putin">Vladimir Putin</a>: history</h1>' in html
    assert client.get("/parties/putin/history").get_json()["title"] == "Vladimir Putin"


def test_history_of_a_removed_record_keeps_its_name(own: Path) -> None:
    rename(own, RecordRef("parties", "putin"), "v-putin", Authorship("Desk", "A test."))
    assert client_of(own).get("/parties/putin/history").get_json()["title"] == "Vladimir Putin"


def test_changes_are_in_words(own: Path) -> None:
    question = RecordRef("questions", "energy-order-obeyed")
    withdraw(own, question, Authorship("Desk", "A test."))
    html = page(client_of(own), "/questions/energy-order-obeyed/history")
    assert re.findall('<span class="type">([^<]+)</span>', html) == ["added", "withdrawn"]
    assert re.search(r'<p class="meta">\d{1,2} \w{3} \d{4}', html)
    assert not re.search(r'<p class="meta">\d{4}-', html)


def test_empty_list_without_a_filter_advises_no_filter(client: FlaskClient) -> None:
    html = page(client, "/additions")
    assert "No additions yet." in html
    assert "Remove a filter" not in html
    assert "Remove all filters" not in html
    filtered = page(client, "/parties?kind=alliance&country=RU")
    assert "Remove a filter" in filtered
    assert "Remove all filters" in filtered


def test_search_leads_to_the_hits_that_are_not_shown(client: FlaskClient) -> None:
    total = client.get("/search?q=putin").get_json()["page"]["total"]
    assert total > 20
    html = page(client, "/search?q=putin")
    limit = min(total, 100)
    assert f'<a href="/search?limit={limit}&q=putin">show ' in html
    html = page(client, f"/search?limit={limit}&q=putin")
    assert (">show " in html) is False
    assert ("narrow the search with the filter" in html) is (total > limit)


def test_timeline_begins_with_its_list(client: FlaskClient) -> None:
    html = page(client, "/timeline")
    picture = html.partition('<details class="on-screen more">')[2].partition("</details>")[0]
    assert 'loading="lazy"' in picture
    assert "<img" not in unescape(html).partition("Download, cite, embed")[0].replace(picture, "")


def test_path_in_an_error_is_a_link(client: FlaskClient) -> None:
    html = client.get("/parties/puttin", headers=BROWSER).text
    assert 'See <a href="/parties">/parties</a> for all of them.' in html
    html = client.get("/nowhere", headers=BROWSER).text
    assert 'There is nothing at /nowhere. All endpoints are at <a href="/docs">/docs</a>' in html
    assert 'as JSON at <a href="/">/</a>.' in html


@pytest.mark.parametrize(("path", "sheet"), [("/parties.xlsx", "Parties"), ("/matrix.xlsx", "Where everyone stands")])
def test_sheet_is_named_after_the_list(client: FlaskClient, path: str, sheet: str) -> None:
    with ZipFile(io.BytesIO(client.get(path).data)) as file:
        assert f'<sheet name="{sheet}"' in file.read("xl/workbook.xml").decode()


def test_examples_lead_to_pages(client: FlaskClient) -> None:
    """What a browser saves, and what only programs can ask, keeps its format."""
    html = page(client, "/examples")
    for url in (example["url"] for example in client.get("/examples").get_json()["examples"]):
        target = re.search(f'<a href="([^"]+)"><code>{re.escape(url)}</code>', html)
        assert target
        response = client.get(target[1], headers=BROWSER)
        assert response.status_code == 200, target[1]
        is_page = response.mimetype == "text/html"
        assert is_page or re.search(r"\.(csv|ics|ndjson|xlsx|svg|md)(\?|$)|[?&](fields|facet)=", url), url


def test_documentation_leads_home_and_helps_without_scripts(client: FlaskClient) -> None:
    html = client.get("/docs").text
    assert '<a href="/">Readout</a>' in html.partition("<header>")[2].partition("</header>")[0]
    without = html.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "docs/querying.md" in without
    for path in re.findall('href="([^"]+)"', without):
        assert client.get(path).status_code == 200
