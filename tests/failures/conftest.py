"""Fixtures of the failure tests."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.load_clients import SmallDisk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Mount a file system of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with closing(SmallDisk(folder, 8)) as disk:
        yield disk
