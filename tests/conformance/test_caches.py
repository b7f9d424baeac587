"""HTTP caches: hishel in a client, nginx between client and server."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from hishel import SqliteStorage
from hishel.httpx import CacheClient

from tests.conformance.conftest import HERE, program

LIST = "/events?limit=5"
JSON, CSV = {"Accept": "application/json"}, {"Accept": "text/csv"}
OLD_AFTER = 2.5
"""Seconds until a cached response is stale; nginx counts whole seconds."""


@pytest.fixture
def private(server: str, tmp_path: Path) -> Iterator[Any]:
    """Return a client with a private cache (RFC 9111)."""
    storage = SqliteStorage(database_path=tmp_path / "responses.db")
    with CacheClient(base_url=server, storage=storage, rfc=True) as client:
        yield client


def cache_status(response: Any) -> dict[str, bool]:
    """Return what hishel says about a response: served from the cache, revalidated."""
    return dict(response.extensions["caching"])


def test_hishel_serves_from_its_cache(private: Any) -> None:
    first, second = private.get(LIST), private.get(LIST)
    assert not cache_status(first)["from_cache"]
    assert cache_status(second)["from_cache"]
    assert not cache_status(second)["revalidated"]
    assert first.content == second.content


def test_hishel_revalidates(private: Any) -> None:
    first, second = private.get(LIST), private.get(LIST, headers={"Cache-Control": "no-cache"})
    assert cache_status(second)["revalidated"]
    assert second.status_code == 200
    assert first.content == second.content


def test_hishel_separates_formats_and_codings(private: Any) -> None:
    responses = [private.get("/events", headers=JSON), private.get("/events", headers=CSV)]
    assert [cache_status(response)["from_cache"] for response in responses] == [False, False]
    assert responses[0].json()
    assert responses[1].text.startswith("id,")
    plain = private.get("/events", headers={**JSON, "Accept-Encoding": "identity"})
    assert not cache_status(plain)["from_cache"]
    assert plain.content == responses[0].content


def test_hishel_caches_no_error(private: Any) -> None:
    for path in ("/nowhere", "/nowhere", "/events?colour=red", "/events?colour=red"):
        assert not cache_status(private.get(path))["from_cache"]


@pytest.fixture(scope="module")
def shared(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client that goes through an nginx with a shared cache."""
    folder = tmp_path_factory.mktemp("nginx")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = (HERE / "nginx.conf").read_text()
    for name, value in {"FOLDER": str(folder), "PORT": str(port), "UPSTREAM": server}.items():
        config = config.replace(name, value)
    (folder / "nginx.conf").write_text(config)
    with subprocess.Popen([program("nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]) as nginx:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=5)) as client:
            yield client
        nginx.terminate()


def cached(response: httpx.Response) -> str:
    return str(response.headers["X-Cache"])


def test_nginx_serves_from_its_cache(shared: httpx.Client) -> None:
    first, second = shared.get(LIST), shared.get(LIST)
    assert (cached(first), cached(second)) == ("MISS", "HIT")
    assert first.content == second.content
    unchanged = shared.get(LIST, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, cached(unchanged), unchanged.content) == (304, "HIT", b"")


def test_nginx_revalidates_stale_responses(shared: httpx.Client) -> None:
    first = shared.get("/soon-old/parties")
    time.sleep(OLD_AFTER)
    second = shared.get("/soon-old/parties")
    assert (cached(first), cached(second)) == ("MISS", "REVALIDATED")
    assert second.status_code == 200
    assert first.content == second.content


@pytest.mark.parametrize(
    ("one", "other"),
    [(JSON, CSV), ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"})],
    ids=["formats", "codings"],
)
def test_nginx_separates_what_vary_names(shared: httpx.Client, one: dict[str, str], other: dict[str, str]) -> None:
    for _ in range(2):
        mine, theirs = shared.get("/proposals", headers=one), shared.get("/proposals", headers=other)
        variants = [
            (response.headers["Content-Type"], response.headers.get("Content-Encoding")) for response in (mine, theirs)
        ]
        assert variants[0] != variants[1]
    assert (cached(mine), cached(theirs)) == ("HIT", "HIT")


def test_nginx_caches_no_error(shared: httpx.Client) -> None:
    assert [cached(shared.get("/nowhere")) for _ in range(2)] == ["MISS", "MISS"]
