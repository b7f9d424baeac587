"""Load generation: several servers, one of them loaded with wrk at a time, in interleaved rounds."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from bench.servers import HOST, MeasurementFailed, Server

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 16
WARMUP_SECONDS = 2
"""Seconds of load before anything counts."""
MAX_DELAY_SECONDS = 60
"""Seconds by which wrk may end too late."""


class Round(NamedTuple):
    """Result of one round of load."""

    rate: float
    """Requests per second."""
    cpu: float
    """CPU microseconds per request, over all processes of the server."""
    p99: float
    """99th percentile in milliseconds."""
    imbalance: float
    """Responses of the busiest worker ÷ responses of the least busy one."""


@dataclass(frozen=True)
class Series:
    """All rounds of one server with one kind of request."""

    request: str
    server: str
    rounds: list[Round] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """Private memory in MB of each worker at the end."""

    def middle(self, of: str) -> float:
        """Return the median of a figure. Raises MeasurementFailed if no round succeeded."""
        if not self.rounds:
            raise MeasurementFailed(f"{self.server} has no successful round")
        return float(median(getattr(each, of) for each in self.rounds))

    def spread(self, of: str) -> tuple[float, float]:
        """Return the minimum and maximum of a figure."""
        values = [getattr(each, of) for each in self.rounds]
        return min(values), max(values)


class Load(NamedTuple):
    """Number of rounds and seconds per round."""

    rounds: int
    seconds: int

    def compare(
        self, request: str, targets: Mapping[Server, Sequence[str]], *, fresh: bool = False
    ) -> dict[str, Series]:
        """Load all servers in turn and return a series per server name. With `fresh`, no request is repeated.

        A failed round is reported and left out.
        """
        series = {server: Series(request, server.program.name) for server in targets}
        rounds = [(server, number) for number in range(self.rounds + 1) for server in targets]
        with click.progressbar(rounds, label=request, show_eta=False, show_pos=True, file=sys.stderr) as bar:
            for server, number in bar:
                mark, seconds = f"r{number}" if fresh else None, self.seconds if number else WARMUP_SECONDS
                try:
                    measured = run_round(server, targets[server], seconds, mark)
                except MeasurementFailed as error:
                    click.echo(f"\n{error}", err=True)
                else:
                    series[server].rounds.extend([measured] if number else [])
        for server, one in series.items():
            one.memory.extend(server.private().values())
        return {one.server: one for one in series.values()}


def run_round(
    server: Server, paths: Sequence[str], seconds: int, mark: str | None = None, address: str | None = None
) -> Round:
    """Load a server for some seconds, at another address if there is a proxy before it.

    Raises MeasurementFailed if a request failed.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths) + "\n")
        file.flush()
        before, written = server.cpu(), server.writes()
        output = run_wrk(address or server.address, seconds, [file.name, HOST, *([mark] if mark else [])])
        used = server.cpu() - before
        writes = [count - written.get(worker, 0) for worker, count in server.writes().items()]
    return parse_round(output, used, writes, server.program.name)


def run_wrk(address: str, seconds: int, arguments: Sequence[str]) -> str:
    """Run wrk and return its output."""
    how = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "--script", str(SCRIPT)]
    try:
        done = subprocess.run(
            [*how, address, "--", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + MAX_DELAY_SECONDS,
        )
    except FileNotFoundError as error:
        raise MeasurementFailed("wrk is missing; on Debian and Ubuntu: apt install wrk") from error
    except subprocess.CalledProcessError as error:
        raise MeasurementFailed(f"wrk ended with {error.returncode}: {error.stderr}") from error
    except subprocess.TimeoutExpired as error:
        raise MeasurementFailed(f"wrk did not end within {error.timeout} s") from error
    return done.stdout


def parse_round(output: str, cpu: float, writes: Sequence[int], server: str) -> Round:
    """Parse the last line of wrk's output."""
    result = json.loads(output.splitlines()[-1])
    if result["failed"] or not result["requests"]:
        raise MeasurementFailed(
            f"{server}: {result['failed']} of {result['requests']} requests failed; the round does not count"
        )
    imbalance = max(writes) / max(1, min(writes))
    return Round(result["requests"] / result["seconds"], cpu / result["requests"] * 1e6, result["p99"], imbalance)


def describe_machine() -> str:
    """Describe the size of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB"
