"""Fixtures of the tests of writes: a client with a token, over a database of its own."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from seed.bundles import load
from seed.tokens import SCOPES, create_token
from tests.support.bundle_files import SECOND
from tests.support.clients import client_of

NAME = "A. Editor"
NEW = {
    "id": "new-question",
    "question": "For how long?",
    "status": "open",
    "negotiations": ["ukraine-war-settlement"],
    "issues": ["general-ceasefire"],
    "citations": [{"source": "invented-article", "paragraph": 1}],
}
CREATE = "/questions?source=invented-article"


class Editor:
    """Sends requests with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> TestResponse:
        """Send JSON, or a text as it is; header names are written with _ for -."""
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "PATCH":
            named.setdefault("Content-Type", "application/merge-patch+json")
        body = {"data": data} if isinstance(data, str | bytes) else {"json": data} if data is not None else {}
        return self.client.open(path, method=method, headers=named, **body)

    def etag(self, path: str) -> str:
        return self.client.get(path, headers={"Accept": "application/json"}).headers["ETag"]


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.touch(0o600)
    return path


def new_token(tokens: Path, *scopes: str) -> str:
    """Return a new token, with all scopes if none are named."""
    return create_token(tokens, NAME, scopes or SCOPES, datetime.now(UTC).date() + timedelta(days=1))


@pytest.fixture(scope="session")
def two_bundles(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(database, tmp_path_factory.mktemp("two") / "readout.db"))
    load([SECOND], path)
    return path


@pytest.fixture
def own(two_bundles: Path, tmp_path: Path) -> Path:
    """Return a database with a second bundle."""
    return Path(shutil.copy(two_bundles, tmp_path / "own.db"))


@pytest.fixture
def editor(own: Path, tokens: Path) -> Editor:
    return Editor(client_of(own, tokens), new_token(tokens))
