"""How a reader finds the comparison of accounts from other pages."""

import re

import pytest
from flask.testing import FlaskClient

from tests.support.pages import BROWSER

COMPARED = re.compile(r'href="(/compare\?accounts=([a-z,-]+)&amp;issue=([a-z-]+))">([^<]+)<')


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return response.text


def test_navigation_leads_to_the_comparison(client: FlaskClient) -> None:
    navigation = page(client, "/").partition("<nav")[2].partition("</nav>")[0]
    assert '<a href="/compare">Compare</a>' in navigation


@pytest.mark.parametrize("path", ["/matrix", "/", "/negotiations/ukraine-war-settlement"])
def test_row_in_which_accounts_differ_names_and_compares_them(client: FlaskClient, path: str) -> None:
    html = page(client, path)
    marks = re.findall(r'<th scope="row"(?: class="part")?>(.*?)</th>', html, re.DOTALL)
    links = [COMPARED.search(mark) for mark in marks if "accounts differ" in mark]
    assert links
    assert all(links)
    assert "accounts=kremlin,white-house,witkoff&amp;issue=black-sea" in html
    assert ">Kremlin / White House / Steve Witkoff</a>" in html
    for link in links:
        assert link
        assert "accounts differ" in page(client, link[1].replace("&amp;", "&"))


def test_cell_in_which_accounts_differ_compares_them(client: FlaskClient) -> None:
    html = page(client, "/matrix?issue=black-sea")
    cell = html.partition('<td data-party="Russia">')[2].partition("</td>")[0]
    found = COMPARED.search(cell.partition("</summary>")[2])
    assert found
    assert set(found[2].split(",")) == {"kremlin", "white-house", "witkoff"}


def test_matrix_of_proposals_compares_nothing(client: FlaskClient) -> None:
    """Accounts are compared on issues."""
    assert COMPARED.search(page(client, "/matrix?rows=proposal")) is None


def test_legend_of_the_matrix_explains_each_sign(client: FlaskClient) -> None:
    legend = page(client, "/matrix").partition('<ul class="legend key">')[2].partition("</ul>")[0]
    words = " ".join(re.sub("<[^>]*>", " ", legend).split())
    assert "− against the party’s side on the proposal that is named, not on the issue." in words
    assert "not stated: the editors, or whoever gives the account, concluded it." in words
    assert "two accounts differ; both may be true. How this is found" in words
    undisputed = page(client, "/matrix?issue=foreign-support-for-ukraine")
    assert "two accounts differ" not in undisputed


def test_a_difference_is_marked_in_words(client: FlaskClient) -> None:
    for path in ("/matrix", "/issues/energy-strikes/accounts", "/compare?accounts=kremlin,white-house"):
        html = page(client, path)
        marked = html.count('<p class="contrast"><b>Difference noted by the editors:</b>')
        assert marked > 0
        assert html.count(" / <strong>") == marked


def test_differences_noted_by_the_editors_come_first(client: FlaskClient) -> None:
    html = page(client, "/compare?accounts=kremlin,white-house&issue=energy-strikes")
    assert html.index("Difference noted by the editors:") < html.index('<p class="contrast side">')


def test_same_side_and_different_stances_are_one_statement(client: FlaskClient) -> None:
    path = "/compare?accounts=kremlin,white-house&issue=energy-strikes"
    html = page(client, path)
    words = " ".join(re.sub("<[^>]*>", " ", html).split())
    assert "Same side, different stances on similar proposals: Vladimir Putin, in favour: Kremlin + welcomes" in words
    assert words.count("similar proposals: Vladimir Putin") == 1
    assert words.count("Same side on similar proposals: Donald Trump") == 1
    text = " ".join(client.get(path.replace("/compare", "/compare.txt")).text.split())
    assert text.count("similar proposals: Vladimir Putin") == 1
    kinds = [(each["kind"], each["party"]) for each in client.get(path).get_json()["issues"][0]["findings"]]
    assert kinds == [("side", "trump"), ("side", "putin"), ("proposals", "putin")]


def test_comparison_begins_with_links_to_its_issues(client: FlaskClient) -> None:
    html = page(client, "/compare?accounts=kremlin,white-house")
    links = re.findall(r'<a href="#(issue-[a-z-]+)"', html)
    assert links == re.findall(r'<section class="issue" id="([^"]+)"', html)
    assert len(links) > 2
