"""sqlmap, bandit and hadolint: what an attacker would try, in the answers, the code and the image."""

from pathlib import Path

import pytest

from tests.conformance.conftest import Run

QUERIES = [
    "/events?party=putin&q=ceasefire&since=2025&sort=date&fields=id&limit=5",
    "/positions.csv?principal=russia&stance=accepts&as_of=2025-03-18&on=2025-03",
    "/events/trump-putin-call*?include=proposals",
]


@pytest.mark.parametrize("query", QUERIES)
def test_sqlmap_finds_no_way_in(server: str, run: Run, tmp_path: Path, query: str) -> None:
    options = ("--batch", "--level", "2", "--flush-session", "--dbms", "sqlite", "--output-dir", tmp_path)
    told = run("sqlmap", "-u", server + query, *options, "--disable-coloring", seconds=200)
    assert "all tested parameters do not appear to be injectable" in told.text, told.text[-5000:]


def test_bandit_finds_no_fault_in_the_code(run: Run) -> None:
    # B608: the statements are put together from declarations; what users send is bound. sqlmap says whether it is.
    told = run("bandit", "--quiet", "--recursive", "--skip", "B608", "api", "schemas", "seed")
    assert told.code == 0, told.text


def test_bandit_finds_no_fault_in_the_deployment(run: Run) -> None:
    # B404, B603, B607: a follower starts Litestream and cp, with arguments of its own.
    told = run("bandit", "--quiet", "--recursive", "--skip", "B404,B603,B607", "deploy")
    assert told.code == 0, told.text


@pytest.mark.parametrize("image", ["Dockerfile", "deploy/Dockerfile"])
def test_hadolint_finds_no_fault_in_an_image(run: Run, image: str) -> None:
    told = run("hadolint", "--failure-threshold", "style", image)
    assert told.code == 0, told.text
