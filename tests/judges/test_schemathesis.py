"""schemathesis: requests made up from the description, right ones and wrong ones, and every check of the answers."""

import re

from tests.judges.conftest import HERE, Run

FEWEST = 5000
LONGEST = 480
"""Seconds. What is asked is settled by the seed, so a longer run is a slower server."""
PHASES = "examples,coverage,fuzzing,stateful"


def test_schemathesis_finds_no_failure_in_thousands_of_cases(server: str, run: Run) -> None:
    options = ("--checks", "all", "--phases", PHASES)
    told = run(
        "schemathesis",
        "--config-file",
        HERE / "schemathesis.toml",
        "run",
        f"{server}/openapi.json",
        *options,
        seconds=LONGEST,
    )
    summary = told.text.partition("= SUMMARY =")[2]
    assert told.code == 0, told.text[-20_000:]
    cases = re.search(r"(\d+) generated", summary)
    assert cases, summary
    print(f"{cases[1]} cases")  # noqa: T201
    assert int(cases[1]) >= FEWEST
