"""Spectral and Redocly: the OpenAPI document against public rule sets."""

from pathlib import Path

from tests.conformance.conftest import HERE, Run


def test_spectral_passes(document: Path, run: Run) -> None:
    result = run("spectral", "lint", document, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint", cwd=HERE)
    assert result.code == 0, result.text[-5000:]


def test_redocly_passes(document: Path, run: Run) -> None:
    result = run("redocly", "lint", "--extends", "recommended-strict", document, cwd=HERE)
    assert result.code == 0, result.text[-5000:]
