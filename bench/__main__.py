"""Commands: python -m bench run, profile, soak."""

import os
import signal
import sys
import time
from typing import Any

import click

from bench.data import build_files
from bench.goals import GROUPS, run_goals
from bench.load import Load
from bench.profiling import profile
from bench.progress import Progress
from bench.report import RESULTS, write
from bench.servers import PYTHON, MeasurementFailed
from bench.soak import run_soak
from bench.soak.report import FILE, report, summary
from bench.soak.thresholds import run_checks
from bench.types import Bench

EVENTS = click.option("--events", type=click.IntRange(1000), help="How many events are invented.")


class ErrorReportingGroup(click.Group):
    """Command group that reports failures as one line, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except MeasurementFailed as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=ErrorReportingGroup, help="Measure Readout next to its peers, on this machine.")
def bench() -> None:
    """Check that .venv exists, and exit cleanly on SIGTERM."""
    if not PYTHON.exists():
        raise MeasurementFailed(".venv is missing; make bench installs it, and the peers")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended from outside."))


@bench.command()
@EVENTS
@click.option("--rounds", type=click.IntRange(1), help="How many rounds of each server.")
@click.option("--seconds", type=click.IntRange(1), help="How long a round takes.")
@click.option("--only", type=click.Choice(GROUPS), multiple=True, help="Measure this alone, and write no report.")
@click.option("--short", is_flag=True, help="100,000 events, 3 rounds of 2 seconds, by default.")
def run(events: int | None, rounds: int | None, seconds: int | None, only: tuple[str, ...], short: bool) -> None:
    """Measure every goal and write bench/RESULTS.md with its plot."""
    usual = (100_000, 3, 2) if short else (1_000_000, 5, 4)
    number, *times = (chosen or default for chosen, default in zip((events, rounds, seconds), usual, strict=True))
    groups, busy, began = only or GROUPS, os.getloadavg()[0], time.monotonic()
    measured = Bench(build_files(number), Load(*times), busy)
    outcomes = run_goals(measured, groups, Progress(groups))
    if not only:
        write(measured, outcomes, (time.monotonic() - began) / 60)
        click.echo(f"Written: {RESULTS}")


@bench.command("profile")
@EVENTS
def profile_command(events: int | None) -> None:
    """Write CPU profiles of a cached response, an uncached response and a load."""
    for path in profile(build_files(events or 100_000)):
        click.echo(path)


@bench.command()
@click.option("--minutes", type=click.FloatRange(0.5), default=30, show_default=True, help="How long it takes.")
@click.option("--short", is_flag=True, help="A minute alone, and no report.")
def soak(minutes: float, short: bool) -> None:
    """Serve mixed traffic and repeated loads, and write bench/SOAK.md. Fails on any error or growth."""
    busy = os.getloadavg()[0]
    run = run_soak(1 if short else minutes)
    click.echo(summary(run))
    if not short:
        FILE.write_text(report(run, busy))
        click.echo(f"Written: {FILE}")
    broken = [verdict.what for verdict in run_checks(run) if not verdict.holds]
    if broken:
        raise MeasurementFailed(f"Does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    bench(prog_name="python -m bench")
