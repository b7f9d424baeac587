"""What a filtered page says of its filters, where the form does not: in print, in its title and in citations."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.pages import BROWSER
from tests.support.small_bundles import PARTIES, base, load_bundles

SELECTIONS: tuple[tuple[str, list[str]], ...] = (
    ("/matrix", []),
    ("/matrix?issue=black-sea&account=kremlin", ["Only: account Kremlin · issue The Black Sea."]),
    ("/matrix?as_of=2025-03-18&rows=proposal", ["As it stood at the end of 18 Mar 2025."]),
    (
        "/compare?accounts=kremlin,white-house&issue=black-sea",
        ["Accounts: Kremlin, White House.", "Only: issue The Black Sea."],
    ),
    ("/search?q=energy", ["Words: energy."]),
    (
        "/positions?stance=accepts,welcomes&party__not=putin&limit=3&sort=date",
        ["Only: stance accepts, welcomes · party is not Vladimir Putin."],
    ),
    ("/timeline?since=2025-03", ["Only: since Mar 2025."]),
    ("/proposals?stage=null", ["Only: stage no value."]),
)
"""Paths, and what their pages say of the query."""


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


@pytest.mark.parametrize(("path", "selection"), SELECTIONS)
def test_page_says_what_its_query_selects(client: FlaskClient, path: str, selection: list[str]) -> None:
    html = page(client, path)
    assert re.findall('<p class="selection">(.*?)</p>', html) == selection
    assert 'class="selection"' not in html.partition('<details class="filter"')[2].partition("</details>")[0]


@pytest.mark.parametrize(("path", "selection"), SELECTIONS)
def test_title_and_citation_say_what_a_query_selects(client: FlaskClient, path: str, selection: list[str]) -> None:
    html, words = page(client, path), " ".join(selection).removesuffix(".")
    cited = html.partition("Cite this page</summary>")[2].partition("</details>")[0]
    box = html.partition("Fact box in Markdown</summary>")[2].partition("</pre>")[0]
    for text in (html.partition("<title>")[2].partition("</title>")[0], cited.partition("</p>")[0]):
        assert words in text
    assert re.search(f'property="og:title" content="[^"]*{re.escape(words)}"', html)
    assert words.replace("accepts, ", "") in box.replace("\\", "").replace("accepts, ", "")


def test_selection_names_records_too_many_for_a_form(tmp_path: Path) -> None:
    parties = [{"id": f"p{number}", "name": f"Party {number}"} for number in range(301)]
    client = load_bundles(tmp_path / "many.db", base(parties=[*PARTIES, *parties]))
    assert "Only: party Party 8 · account Party 7." in page(client, "/matrix?account=p7&party=p8")


def test_hostile_words_are_no_markup(client: FlaskClient) -> None:
    assert "<b>" not in client.get("/positions", query_string={"q": "<b>"}, headers=BROWSER).text
