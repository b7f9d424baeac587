"""A database with bitmaps of common words, for the tests of searches."""

import shutil
from pathlib import Path

import pytest

from seed.bundles import default_bundles, load
from seed.storage import word_bitmaps
from tests.support.bundle_files import SECOND


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database whose types all have bitmaps of the words that a fifth of the records contain."""
    path = tmp_path_factory.mktemp("large") / "large.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(word_bitmaps, "MIN_RECORDS", 1)
        patched.setattr(word_bitmaps, "MIN_SHARE", 1 / 5)
        load([*default_bundles(), SECOND], path)
    return path


@pytest.fixture
def with_bitmaps(large: Path, tmp_path: Path) -> Path:
    """Return a copy of that database for one test, for which nothing is cached yet."""
    return Path(shutil.copy(large, tmp_path / "own.db"))
