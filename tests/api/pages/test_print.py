"""Pages on paper: what the stylesheet leaves out and keeps, and where it breaks pages."""

import re
from functools import cache

from flask.testing import FlaskClient

from api.pages.assets import read_asset
from tests.support.pages import BROWSER

SCREEN_ONLY = '<p class="on-screen">'
BREAKABLE = {"tr", ".history > li", "table", "details"}
"""Elements that may be taller than a page: kept together, they would leave the page before them nearly empty."""


@cache
def print_rules() -> dict[str, str]:
    """Return the declarations of the stylesheet for print by selector."""
    css = read_asset("readout.css").decode().partition("@media print {")[2]
    return {
        selector.strip(): declarations.strip()
        for selectors, declarations in re.findall(r"([^{}]+)\{([^{}]*)\}", css)
        for selector in selectors.split(",")
    }


def test_footer_with_the_meaning_of_the_mark_is_printed(client: FlaskClient) -> None:
    assert print_rules()[".on-screen"] == "display: none;"
    assert "footer.site" not in print_rules()
    footer = client.get("/matrix", headers=BROWSER).text.partition('<footer class="site">')[2]
    note, _, links = footer.partition(SCREEN_ONLY)
    assert "* The source does not give this date" in note
    assert "<a " in links
    assert "<a " not in note


def test_what_may_be_taller_than_a_page_is_not_kept_together() -> None:
    kept = {selector for selector, declarations in print_rules().items() if "break-inside: avoid" in declarations}
    assert {".entry", ".contrast", ".account li"} <= kept
    assert kept.isdisjoint(BREAKABLE)


def test_advice_for_the_screen_is_not_printed(client: FlaskClient) -> None:
    html = client.get("/matrix", headers=BROWSER).text
    assert re.search(r'<p class="[^"]*on-screen">Open a cell for summaries and paragraphs\.</p>', html)
