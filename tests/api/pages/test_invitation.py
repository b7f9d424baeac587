"""Pages of views that need a query: without one, they have a form; programs get an error."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.support.pages import BROWSER

INVITATIONS = (("/compare", "Choose two to six accounts"), ("/search", "Enter words to search for"))


@pytest.mark.parametrize(("path", "invitation"), INVITATIONS)
def test_view_without_its_query_is_a_form(client: FlaskClient, path: str, invitation: str) -> None:
    for suffix in ("", ".html"):
        response = client.get(path + suffix, headers=BROWSER)
        assert response.status_code == 200
        assert f"<h2>{invitation}</h2>" in response.text
        assert '<details class="filter" open>' in response.text
        assert "errors" not in response.text
    assert client.get(path).status_code == 400
    assert client.get(f"{path}.csv").status_code == 400
    assert client.get(f"{path}?{path[1:]}=x", headers=BROWSER).status_code == 400


def test_invitation_keeps_the_other_filters(client: FlaskClient) -> None:
    html = client.get("/compare?issue=black-sea", headers=BROWSER).text
    assert '<option value="black-sea" selected>' in html
    assert client.get("/compare?issue=nowhere", headers=BROWSER).status_code == 400


def test_form_left_empty_leads_to_the_invitation(client: FlaskClient) -> None:
    response = client.get("/search?q=", headers=BROWSER, follow_redirects=True)
    assert response.status_code == 200
    assert "Enter words to search for" in response.text


@pytest.mark.parametrize("path", ["/positions?stance=agrees", "/events?" + "&".join(f"x{n}=1" for n in range(30))])
def test_error_page_shows_errors_and_does_not_name_their_member(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 400
    assert "<code>errors</code>" not in response.text
    assert "Invalid query parameters" in response.text
    assert "`errors`" in client.get(path).get_json()["detail"]


def test_error_and_form_of_a_comparison_offer_the_same_accounts(client: FlaskClient) -> None:
    """They are those that say anything on an issue; any other is silent, but may be compared."""
    allowed = client.get("/compare").get_json()["errors"][0]["allowed"]
    offered = _accounts_in_form(client.get("/compare", headers=BROWSER).text)
    assert sorted(allowed) == sorted(offered)
    assert "nato" not in offered
    silent = client.get("/compare?accounts=kremlin,nato")
    assert silent.status_code == 200
    assert all(column["silent"] for each in silent.get_json()["issues"] for column in each["accounts"][1:])
    assert "nato" in _accounts_in_form(client.get("/compare?accounts=kremlin,nato", headers=BROWSER).text)


def _accounts_in_form(html: str) -> list[str]:
    form = html.partition('<select id="filter-accounts"')[2].partition("</select>")[0]
    return re.findall(r'<option value="([^"]+)"', unescape(form))
