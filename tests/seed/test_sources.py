"""The invented sources of the tests: their bundles agree with their texts, and no field is without support."""

from pathlib import Path

import pytest

from seed.bundles import check
from seed.verify import verify, verify_support
from tests.support.bundle_files import SOURCES, read_document


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_bundle_agrees_with_its_text(path: Path) -> None:
    records, text = read_document(path), path.with_suffix(".txt").read_text()
    assert list(verify(records, text)) == []
    assert list(verify_support(records, text)) == []


def test_bundles_are_valid_without_the_article(tmp_path: Path) -> None:
    counts = check(SOURCES, tmp_path / "readout.db")
    assert counts["sources"] == len(SOURCES)
