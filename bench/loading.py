"""A validated load of NDJSON, next to marshmallow's `load` alone."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import NamedTuple

import click

from bench.servers import PRODUCT, ROOT, MeasurementFailed

SAMPLE_EVERY = 10
"""marshmallow alone loads one record in this many."""


class LoadResult(NamedTuple):
    """Duration of a load, and the rates of marshmallow alone before and after it."""

    records: int
    seconds: float
    bare_rates: tuple[float, float]
    """Records per second."""
    size: int
    """Bytes of the database."""


def measure_load(lines: Path, database: Path) -> LoadResult:
    """Load NDJSON into a new database."""
    before = marshmallow_rate(lines)
    began = time.perf_counter()
    run_command("seed", "load", str(lines), READOUT_DATABASE=str(database))
    seconds = time.perf_counter() - began
    with closing(connect(database)) as connection:
        (records,) = connection.execute("select count(*) from changes").fetchone()
    return LoadResult(records, seconds, (before, marshmallow_rate(lines)), database.stat().st_size)


def marshmallow_rate(lines: Path) -> float:
    """Return records per second of marshmallow's `load` alone."""
    command = [*PRODUCT, "bench.peers.marshmallow_load", str(lines), str(SAMPLE_EVERY)]
    return float(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)


def run_command(module: str, *arguments: str, **environment: str) -> None:
    """Run one of the project's commands, with its output on stderr. Raises MeasurementFailed if it fails."""
    click.echo(f"python -m {module} {' '.join(arguments)}", err=True)
    command = [*PRODUCT, module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, stdout=sys.stderr, check=False)
    if done.returncode:
        raise MeasurementFailed(f"python -m {module} failed")
