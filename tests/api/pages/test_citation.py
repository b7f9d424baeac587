"""Citations of pages: each page and each of its queries has a key of its own."""

import json
import re
from html import unescape

from flask.testing import FlaskClient

from tests.support.pages import BROWSER, PAGES


def keys(client: FlaskClient, path: str) -> tuple[str, str]:
    """Return the keys of a page in BibTeX and in CSL-JSON."""
    html = unescape(client.get(path, headers=BROWSER).text)
    (bibtex,) = re.findall(r"@misc{([^,]+),", html)
    csl = json.loads("{" + html.partition("</pre>\n<pre>{")[2].partition("</pre>")[0])
    return bibtex, csl["id"]


def test_key_has_revision_path_and_digest_of_the_query(client: FlaskClient) -> None:
    assert keys(client, "/parties/putin") == ("readout-1-parties-putin",) * 2
    bibtex, csl = keys(client, "/matrix?issue=black-sea")
    assert bibtex == csl
    assert re.fullmatch("readout-1-matrix-[0-9a-f]{8}", bibtex)
    assert keys(client, "/matrix?issue=black-sea&known_at=1") == (bibtex, csl)


def test_no_two_pages_have_one_key(client: FlaskClient) -> None:
    paths = {*PAGES, "/matrix?issue=black-sea", "/matrix?issue=energy-strikes", "/matrix?account=kremlin"}
    found = [keys(client, path)[0] for path in paths]
    assert len(set(found)) == len(paths)
    assert all(re.fullmatch("[A-Za-z0-9-]+", key) for key in found)
