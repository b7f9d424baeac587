"""Spectral and Redocly: the description by the rules of those who read descriptions for a living."""

from pathlib import Path

from tests.conformance.conftest import HERE, Run


def test_spectral_has_no_complaint(document: Path, run: Run) -> None:
    told = run("spectral", "lint", document, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint", cwd=HERE)
    assert told.code == 0, told.text[-5000:]


def test_redocly_has_no_complaint(document: Path, run: Run) -> None:
    told = run("redocly", "lint", "--extends", "recommended-strict", document, cwd=HERE)
    assert told.code == 0, told.text[-5000:]
