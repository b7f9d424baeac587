"""Databases of several bundles."""

import shutil
from pathlib import Path

import pytest

from seed.bundles import load
from tests.support.bundle_files import SECOND, stream_lines, write_stream
from tests.support.small_bundles import ADDING


@pytest.fixture(scope="session")
def three_bundles(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a second bundle, and with a third that adds to records of the first."""
    folder = tmp_path_factory.mktemp("life")
    path = Path(shutil.copy(database, folder / "readout.db"))
    load([SECOND, write_stream(folder / "adding.ndjson", stream_lines(ADDING))], path)
    return path


@pytest.fixture
def loaded(three_bundles: Path, tmp_path: Path) -> Path:
    """Return a copy of that database for one test."""
    return Path(shutil.copy(three_bundles, tmp_path / "own.db"))
