"""Prism as a proxy, which compares every request and response with the OpenAPI document."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api.service.examples import EXAMPLES
from tests.conformance.conftest import PATH, program
from tests.support.server import free_address

HEADERS = {"Accept-Encoding": "gzip"}
"""Prism cannot decompress zstd."""
PATHS = (
    *(example.path for example in EXAMPLES if "." not in urlsplit(example.path).path),
    "/events?fields=title",
    "/events/no-such-event",
    "/events?cursor=no-such-cursor",
    "/events/trump-putin-call/accounts",
    "/parties/putin/history",
    "/bundles/trump-putin-call-article",
    "/export/readout.zip",
    "/export/readout.db",
    "/export/readout.ndjson",
    "/openapi.json?operation=listPositions",
    "/metrics",
    "/readyz",
    "/docs",
    "/",
)


@pytest.fixture(scope="module")
def proxy(server: str, document: Path) -> Iterator[str]:
    """Return the URL of a Prism that answers with an error if a response is not as described."""
    host, port = free_address().split(":")
    command = [program("prism"), "proxy", str(document), server, "--errors", "--host", host, "--port", port]
    with subprocess.Popen(command, env={"PATH": PATH}, stdout=subprocess.PIPE, text=True) as prism:
        assert prism.stdout
        assert any("Prism is listening" in line for line in prism.stdout)
        yield f"http://{host}:{port}"
        prism.terminate()


@pytest.mark.parametrize("path", PATHS)
def test_response_is_as_described(server: str, proxy: str, path: str) -> None:
    expected = httpx.get(server + path)
    response = httpx.get(proxy + path, headers=HEADERS, timeout=30)
    assert response.status_code == expected.status_code, response.text
    assert response.headers["Content-Type"] == expected.headers["Content-Type"]


def test_request_that_is_not_as_described_is_rejected(proxy: str) -> None:
    assert httpx.get(f"{proxy}/events?sort=colour", headers=HEADERS).status_code == 422
