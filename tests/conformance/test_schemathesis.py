"""schemathesis: requests made up from the description, right ones and wrong ones, and every check of the answers."""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.conformance.conftest import HERE, Run, Told

FEWEST = 5000
LONGEST = 540
"""Seconds. What is asked is settled by the seed, so a longer run is a slower server."""
OPTIONS = ("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful")
SOME = "^/(events|sources|statements|timeline|matrix)"
HALVES = (("--include-path-regex", SOME), ("--exclude-path-regex", SOME))
"""Two runs at once, on two cores, cover the whole description."""


def test_schemathesis_finds_no_failure_in_thousands_of_cases(server: str, run: Run) -> None:
    def told(half: tuple[str, str]) -> Told:
        config = ("--config-file", HERE / "schemathesis.toml")
        return run("schemathesis", *config, "run", f"{server}/openapi.json", *OPTIONS, *half, seconds=LONGEST)

    with ThreadPoolExecutor() as pool:
        halves = list(pool.map(told, HALVES))
    for half in halves:
        assert half.code == 0, half.text[-20_000:]
    cases = sum(int(count) for half in halves for count in re.findall(r"(\d+) generated", half.text))
    print(f"{cases} cases")  # noqa: T201
    assert cases >= FEWEST
