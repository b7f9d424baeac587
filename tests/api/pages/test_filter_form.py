"""The form that narrows a page: the filters that most readers need at once, the others on demand, each with a hint."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.support.pages import BROWSER


def form_of(client: FlaskClient, path: str) -> tuple[str, str]:
    """Return what the form of a page shows at once, and what it shows on demand."""
    html = unescape(client.get(path, headers=BROWSER).text)
    at_once, _, further = html.partition('<details class="filter"')[2].partition("</form>")[0].partition("<details")
    return at_once, further


def names(html: str) -> list[str]:
    return re.findall(r'id="filter-([^"]+)"', html)


def test_most_used_filters_come_first(client: FlaskClient) -> None:
    at_once, further = form_of(client, "/positions")
    assert {"party", "stance", "account", "issue", "q"} <= set(names(at_once))
    assert {"voice", "on_behalf_of", "paragraph"} <= set(names(further))
    assert len(names(at_once)) <= 9
    assert "<summary>More filters</summary>" in further


def test_short_form_has_no_further_part(client: FlaskClient) -> None:
    assert form_of(client, "/search?q=energy")[1] == ""


def test_filter_in_use_is_shown_at_once(client: FlaskClient) -> None:
    at_once, further = form_of(client, "/positions?voice=party")
    assert "voice" in names(at_once)
    assert "voice" not in names(further)


@pytest.mark.parametrize("path", ["/positions", "/events", "/matrix", "/compare", "/parties", "/changes"])
def test_every_filter_has_a_hint_in_words(client: FlaskClient, path: str) -> None:
    form = "".join(form_of(client, path))
    hints = dict(re.findall(r'<small id="hint-([^"]+)">([^<]+)</small>', form))
    assert hints.keys() == set(names(form)) == set(re.findall(r'aria-describedby="hint-([^"]+)"', form))
    assert all("`" not in hint and "null" not in hint and len(hint) < 200 for hint in hints.values())
