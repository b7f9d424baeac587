"""sqlmap, bandit and hadolint: injection, the code and the image."""

from pathlib import Path

import pytest

from tests.conformance.conftest import Run

QUERIES = [
    "/events?party=putin&q=ceasefire&since=2025&sort=date&fields=id&limit=5",
    "/positions.csv?principal=russia&stance=accepts&as_of=2025-03-18&on=2025-03",
    "/events/trump-putin-call*?include=proposals",
]


@pytest.mark.parametrize("query", QUERIES)
def test_sqlmap_finds_no_injection(server: str, run: Run, tmp_path: Path, query: str) -> None:
    options = ("--batch", "--level", "2", "--flush-session", "--dbms", "sqlite", "--output-dir", tmp_path)
    result = run("sqlmap", "-u", server + query, *options, "--disable-coloring", seconds=200)
    assert "all tested parameters do not appear to be injectable" in result.text, result.text[-5000:]


def test_bandit_passes_for_the_code(run: Run) -> None:
    # B608: SQL is assembled from declarations and user input is bound, which sqlmap confirms.
    result = run("bandit", "--quiet", "--recursive", "--skip", "B608", "api", "schemas", "seed")
    assert result.code == 0, result.text


def test_bandit_passes_for_the_deployment(run: Run) -> None:
    # B404, B603, B607: the follower starts Litestream and cp with its own arguments.
    result = run("bandit", "--quiet", "--recursive", "--skip", "B404,B603,B607", "deploy")
    assert result.code == 0, result.text


@pytest.mark.parametrize("image", ["Dockerfile", "deploy/Dockerfile"])
def test_hadolint_passes(run: Run, image: str) -> None:
    result = run("hadolint", "--failure-threshold", "style", image)
    assert result.code == 0, result.text
