"""schemathesis: valid and invalid requests generated from the OpenAPI document, with all checks of the responses."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

from api.http.methods import WRITE_METHODS
from seed.bundles import default_bundles, load
from seed.doctor import run_checks
from seed.tokens import SCOPES, create_token
from tests.conformance.conftest import HERE, CommandResult, Run
from tests.support.server import GunicornServer

FEWEST = 5000
LONGEST = 900
"""Seconds. The seed fixes the requests, so a longer run means a slower server."""
OPTIONS = ("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful")
SOME = "^/(events|sources|statements|timeline|matrix)"
WRITE_OPTIONS = ("--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing,stateful")
"""Only for errors of the server: most generated records are invalid."""
HALVES = (("--include-path-regex", SOME), ("--exclude-path-regex", SOME))
"""Two runs in parallel, on two cores, cover the whole document."""


def test_schemathesis_finds_no_failure(server: str, run: Run) -> None:
    def run_half(half: tuple[str, str]) -> CommandResult:
        config = ("--config-file", HERE / "schemathesis.toml")
        return run("schemathesis", *config, "run", f"{server}/openapi.json", *OPTIONS, *half, seconds=LONGEST)

    with ThreadPoolExecutor() as pool:
        halves = list(pool.map(run_half, HALVES))
    for half in halves:
        assert half.code == 0, half.text[-20_000:]
    cases = sum(int(count) for half in halves for count in re.findall(r"(\d+) generated", half.text))
    print(f"{cases} cases")  # noqa: T201
    assert cases >= FEWEST


def test_no_generated_write_causes_a_server_error(run: Run, tmp_path: Path) -> None:
    """With a token, over a database of its own, which is intact afterwards."""
    path, tokens = tmp_path / "readout.db", tmp_path / "tokens"
    load(default_bundles(), path)
    token = create_token(tokens, "A. Editor", SCOPES, date.max)
    with GunicornServer(path, READOUT_TOKENS=str(tokens)) as (server, _):
        config = ("--config-file", HERE / "schemathesis.toml")
        writes = [option for method in WRITE_METHODS for option in ("--include-method", method)]
        result = run(
            *("schemathesis", *config, "run", f"{server}/openapi.json", *writes, *WRITE_OPTIONS),
            *("--header", f"Authorization: Bearer {token}", "--header", "If-Match: *"),
            seconds=LONGEST,
        )
    assert result.code == 0, result.text[-20_000:]
    with closing(sqlite3.connect(path)) as connection:
        (revisions,) = connection.execute("select count(*) from revisions").fetchone()
    print(f"{revisions} revisions")  # noqa: T201
    assert revisions > 1
    assert [found for found in run_checks(path) if not found.passed] == []
