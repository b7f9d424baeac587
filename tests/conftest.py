"""What tests share: the real file, built by the real loader from the shipped bundles, and the app over it.

`database` is the file that everybody reads; `own` is a copy that a test may change. `client` asks the app in-process;
`server` is the address of a real gunicorn over the first article alone, of which the README tells.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import create_app
from schemas import RECORDS
from seed.bundles import SEED, default_bundles, load

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the file that whoever runs the tests keeps in the working directory."""
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


@pytest.fixture(scope="session")
def app(database: Path) -> Flask:
    return create_app(database=str(database))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def fetch(client: FlaskClient) -> Callable[..., Any]:
    """The JSON at a path, which must be there."""

    def json_at(path: str, **options: Any) -> Any:
        answer = client.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    return json_at


@pytest.fixture(params=list(RECORDS))
def plural(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def records(fetch: Callable[..., Any], plural: str) -> list[dict[str, Any]]:
    """Every record of one type, as it is served."""
    answer = fetch(f"/{plural}?limit=500")
    assert answer["page"]["next"] is None, "more records than these tests read at once"
    return list(answer["data"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    first = tmp_path_factory.mktemp("first") / "readout.db"
    load([SEED / "trump-putin-call.yaml"], first)
    with serving(first) as (address, _):
        yield address


WHOLE = ("--config", "python:api.server.gunicorn_conf", "api.asgi:create_asgi_app()")
FLASK = ("--bind", "{bind}", "api:create_app()")
"""The application alone, under a server that nobody has told anything of it."""


def free_address() -> str:
    """An address of the loopback on which nobody listens."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


class serving:  # noqa: N801 - used like a function
    """A real gunicorn over a file, for as long as the block lasts: its address and its process."""

    def __init__(self, database: Path, what: tuple[str, ...] = WHOLE, **environment: str) -> None:
        self.bind = free_address()
        self.command = [sys.executable, "-m", "gunicorn", *(word.format(bind=self.bind) for word in what)]
        self.environment = {
            **os.environ,
            "READOUT_DATABASE": str(database),
            "READOUT_BIND": self.bind,
            "READOUT_WORKERS": "2",
            **environment,
        }

    def __enter__(self) -> tuple[str, "subprocess.Popen[bytes]"]:
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stderr=subprocess.PIPE)
        for _ in range(200):
            try:
                with urlopen(f"http://{self.bind}/", timeout=5):
                    return f"http://{self.bind}", self.process
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError(self.process.communicate()[1].decode())

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)
