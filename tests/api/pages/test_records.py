"""The page of a record and its entry in a list, in words for people."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.support.pages import BROWSER


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def facts(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the fields of a record on its page."""
    listed = page(client, path).partition('<dl class="facts">')[2].partition("</dl>")[0]
    return {name: words(text) for name, text in re.findall("<dt[^>]*>(.*?)</dt>\\s*<dd>(.*?)</dd>", listed, re.DOTALL)}


def entry(client: FlaskClient, plural: str, id: str) -> str:
    """Return the entry of a record in a list."""
    html = page(client, f"/{plural}?id={id}")
    return html.partition('<li class="entry">')[2].partition("</li>")[0]


def test_reference_has_its_basis_beside_it(client: FlaskClient) -> None:
    putin = facts(client, "/parties/putin")
    assert putin["Acts for"] == "Russia (stated)"
    assert "How it is known for whom it acts" not in putin
    assert facts(client, "/parties/white-house")["Acts for"] == "United States (known from elsewhere)"
    assert facts(client, "/proposals/thirty-day-truce")["Addressed to"] == "Ukraine (inferred)"
    for format in ("txt", "md"):
        text = client.get(f"/parties/white-house.{format}").text
        assert "Acts for: United States (known from elsewhere)" in text
    assert "acts for: United States (known from elsewhere) ·" in words(entry(client, "parties", "white-house"))
    assert "acts for: Russia ·" in words(entry(client, "parties", "putin"))


def test_fields_that_say_nothing_are_left_out(client: FlaskClient) -> None:
    assert "Named" not in facts(client, "/parties/putin")
    unnamed = client.get("/parties?named=false").get_json()["data"]
    assert unnamed
    assert facts(client, f"/parties/{unnamed[0]['id']}")["Named"] == "no"
    assert facts(client, "/events/trump-putin-call")["Participants"] == "Donald Trump Vladimir Putin"


@pytest.mark.parametrize("path", ["/parties/putin", "/proposals/thirty-day-truce", "/positions?kind=null"])
def test_tooltips_quote_no_code(client: FlaskClient, path: str) -> None:
    html = client.get(path, headers=BROWSER).text
    assert "null" not in html.partition('<dl class="facts">')[2].partition("</dl>")[0]
    assert all("`" not in tooltip for tooltip in re.findall(r'<dt title="([^"]*)"', html))


def test_metadata_of_an_entry_is_labelled_and_separated(client: FlaskClient) -> None:
    (position,) = client.get("/positions?id=putin-accepts-energy-infrastructure-ceasefire").get_json()["data"]
    shown = words(entry(client, "positions", position["id"]))
    assert "party: Vladimir Putin · proposal: An energy and infrastructure ceasefire" in shown
    assert "· account: White House , 18 Mar 2025*, ¶11" in shown


@pytest.mark.parametrize(
    ("plural", "lead"), [("issues", "summary"), ("questions", "note"), ("negotiations", "summary")]
)
def test_entry_without_an_account_of_its_own_has_its_summary(client: FlaskClient, plural: str, lead: str) -> None:
    """It still has its attribution."""
    for record in client.get(f"/{plural}?limit=500").get_json()["data"]:
        shown = words(entry(client, plural, record["id"]))
        assert record[lead] is None or " ".join(record[lead].split()) in shown
        assert record["attribution"] in shown


def test_entry_on_an_account_has_no_summary(client: FlaskClient) -> None:
    (proposal,) = client.get("/proposals?id=thirty-day-truce").get_json()["data"]
    assert proposal["summary"] not in words(entry(client, "proposals", "thirty-day-truce"))


def test_first_paragraph_is_told_from_the_others(client: FlaskClient) -> None:
    """It is the one on which the record rests first of all, whatever its number."""
    (statement,) = client.get("/statements?id=kremlin-reacted-positively").get_json()["data"]
    assert [citation["paragraph"] for citation in statement["citations"]] == [2, 1]
    assert "¶2 , also ¶1" in words(entry(client, "statements", "kremlin-reacted-positively"))


@pytest.mark.parametrize("path", ["/sources/trump-putin-call-article", "/coverage"])
def test_paragraphs_say_that_the_text_is_elsewhere(client: FlaskClient, path: str) -> None:
    assert "The text is not published here; only its paragraph numbers and short quotations are." in page(client, path)


def test_a_stance_reads_as_a_verb(client: FlaskClient) -> None:
    assert "Vladimir Putin is noncommittal" in words(page(client, "/matrix?issue=general-ceasefire"))
