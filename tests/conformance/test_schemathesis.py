"""schemathesis: valid and invalid requests generated from the OpenAPI document, with all checks of the responses."""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.conformance.conftest import HERE, CommandResult, Run

FEWEST = 5000
LONGEST = 900
"""Seconds. The seed fixes the requests, so a longer run means a slower server."""
OPTIONS = ("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful")
SOME = "^/(events|sources|statements|timeline|matrix)"
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
