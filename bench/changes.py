"""What a change of the data costs: requests/s in the two seconds after a load, and before it."""

import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import click

from bench.load import run_round
from bench.servers import PYTHON, ROOT, MeasurementFailed, Server, readout

SECONDS = 2
PATHS = (
    "/parties/putin",
    "/events?limit=50",
    "/matrix.json",
    "/matrix.html",
    "/proposals",
    "/positions",
    "/timeline",
    "/issues/energy-strikes/standing",
    "/compare?accounts=kremlin,white-house",
)
"""What is asked often: records, lists, views and a page."""
BUNDLE = ROOT / "seed" / "trump-putin-call.yaml"
NAME = "name: Vladimir Putin"


def measure_changes(rounds: int) -> None:
    """Print the rates around each of some loads, and the median of their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        database, bundle = Path(folder) / "readout.db", Path(folder) / BUNDLE.name
        load(BUNDLE, database)
        ratios = []
        with Server(readout(database)) as server:
            run_round(server, PATHS, SECONDS, None)
            for number in range(rounds):
                before = run_round(server, PATHS, SECONDS, None).rate
                bundle.write_text(BUNDLE.read_text().replace(NAME, f"{NAME} {number}"))
                load(bundle, database)
                after = run_round(server, PATHS, SECONDS, None).rate
                ratios.append(after / before)
                click.echo(f"{before:>8,.0f} requests/s before, {after:>8,.0f} after: {ratios[-1]:.2f}")
        click.echo(f"Median: {median(ratios):.2f}")


def load(bundle: Path, database: Path) -> None:
    """Load a bundle in a process of its own, as an operator does."""
    command, environment = (
        [str(PYTHON), "-m", "seed", "load", str(bundle)],
        {**os.environ, "READOUT_DATABASE": str(database)},
    )
    loaded = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if loaded.returncode:
        raise MeasurementFailed(loaded.stderr)
