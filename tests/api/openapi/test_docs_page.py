"""The documentation page works behind a path prefix, and its assets cost nothing to repeat."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from api import create_app
from api.openapi.docs_page import ASSETS, read_asset

PREFIX = "/readout"


def test_links_contain_the_path_prefix(database: Path) -> None:
    """A proxy that serves https://x/readout removes /readout from requests."""
    client = create_app(database=str(database), base_url=f"https://x{PREFIX}").test_client()
    links = re.findall('(?:href|src)="([^"]+)"', client.get("/docs").text)
    assert len(links) == len(ASSETS) + len(("/", "/examples", "/openapi.json", "/llms.txt", "/examples"))
    for link in links:
        path = urljoin(f"{PREFIX}/docs", link)
        assert path.startswith(f"{PREFIX}/")
        assert client.get(path.removeprefix(PREFIX)).status_code == 200


def test_script_finds_the_document_next_to_itself(client: FlaskClient) -> None:
    script = client.get("/docs/start.js").text
    assert 'new URL("../openapi.json", document.currentScript.src)' in script
    assert urljoin(f"https://x{PREFIX}/docs/start.js", "../openapi.json") == f"https://x{PREFIX}/openapi.json"


@pytest.mark.parametrize("name", ASSETS)
def test_unknown_parameter_of_an_asset_is_rejected(client: FlaskClient, name: str) -> None:
    assert client.get(f"/docs/{name}?1").status_code == 400


def test_assets_are_compressed_once(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    first = client.get("/docs/swagger-ui-bundle.js", headers=headers)
    compressed = read_asset.cache_info().misses
    for number in range(36):
        again = client.get(f"/docs/swagger-ui-bundle.js?utm_source={number}", headers=headers)
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert read_asset.cache_info().misses == compressed


def test_each_coding_of_an_asset_has_its_own_etag(client: FlaskClient) -> None:
    codings = ("", "gzip", "br", "zstd")
    responses = [client.get("/docs/swagger-ui.css", headers={"Accept-Encoding": coding}) for coding in codings]
    assert [response.headers.get("Content-Encoding", "") for response in responses] == list(codings)
    assert len({response.headers["ETag"] for response in responses}) == len(codings)
    tag = {"Accept-Encoding": "gzip", "If-None-Match": responses[1].headers["ETag"]}
    assert client.get("/docs/swagger-ui.css", headers=tag).status_code == 304
