"""Fixtures of all tests: a database built by the loader from the default bundles, and the application that serves it.

`database` is shared and read-only; `own` is a copy that a test may change. `client` calls the application in-process;
`server` is the URL of a gunicorn that serves the first article only, the data set of the README.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from schemas import RECORDS
from seed.bundles import SEED, default_bundles, load
from tests.support.bundle_files import Rename
from tests.support.server import GunicornServer


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores, because many tests wait for servers and for time to pass."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Keep garbage collection off the collected tests, and make it rarer: it was an eighth of the time of all tests."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def isolation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests away from a `readout.db` in the working directory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("READOUT_DATABASE", str(tmp_path_factory.mktemp("none") / "readout.db"))
        yield


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "readout.db"
    load(default_bundles(), path)
    return path


@pytest.fixture
def own(database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(database, tmp_path / "own.db"))


@pytest.fixture
def rename(tmp_path: Path) -> Rename:
    """Return a function that writes the default bundle with another name for Putin."""
    bundle = (SEED / "trump-putin-call.yaml").read_text()

    def write_bundle(name: str) -> Path:
        path = tmp_path / "renamed.yaml"
        path.write_text(bundle.replace("name: Vladimir Putin", f"name: {name}"))
        return path

    return write_bundle


@pytest.fixture(scope="session")
def app(database: Path) -> Flask:
    return create_app(database=str(database))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def fetch(client: FlaskClient) -> Callable[..., Any]:
    """Return a function that gets a path and returns its JSON."""

    def get_json(path: str, **options: Any) -> Any:
        response = client.get(path, **options)
        assert response.status_code == 200, response.text
        return response.get_json()

    return get_json


@pytest.fixture(params=list(RECORDS))
def plural(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(fetch: Callable[..., Any], plural: str) -> list[dict[str, Any]]:
    """Return every record of one type, as it is served."""
    page = fetch(f"/{plural}?limit=500")
    assert page["page"]["next"] is None, "the records do not fit on one page"
    return list(page["data"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    first = tmp_path_factory.mktemp("first") / "readout.db"
    load([SEED / "trump-putin-call.yaml"], first)
    with GunicornServer(first) as (url, _):
        yield url
