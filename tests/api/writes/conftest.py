"""Fixtures of the tests of writes: a client with a token, over a database of its own."""

import shutil
from pathlib import Path

import pytest

from seed.bundles import load
from tests.support.bundle_files import SECOND
from tests.support.clients import client_of
from tests.support.editor import Editor, new_token


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.touch(0o600)
    return path


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
