"""Results as a Markdown report and a plot."""

import os
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from sqlite3 import sqlite_version
from textwrap import fill

from tabulate import tabulate

from bench.goals import NOT_PROFILED, Outcome
from bench.load import Series, describe_machine
from bench.nodes import project
from bench.types import Bench

FOLDER = Path(__file__).parent
RESULTS, PLOT = FOLDER / "RESULTS.md", FOLDER / "results.svg"
VERSIONS = ("gunicorn", "uvicorn", "uvicorn-worker", "uvloop", "flask", "fastapi", "datasette", "marshmallow")
OURS, THEIRS = "#1f6f8b", "#c9c9c9"
TEXT = """\
# Results

{date}: {events:,} events, medians of {rounds} interleaved rounds of {seconds} s. `make bench` writes this file, in
{minutes:.0f} minutes. `NOTES.md` explains the figures.

- {machine}; load {busy:.1f} in the minute before
- {versions}
- Readout and its peers have two workers each (Datasette one process). Readout has its default settings on a loopback
  address: no rate limit and no access log.

## Goals

{goals}

### How each was measured

{how}

## Servers

![Requests per second and CPU per request](results.svg)

{series}

Medians, with minimum and maximum. Servers compete with the load generator for the same cores: compare ratios, and CPU
per request, which does not depend on the number of processes. Memory is the private memory of the largest worker.

## Ten nodes and a CDN, on paper

{projection}
"""


def write(bench: Bench, outcomes: Sequence[Outcome], minutes: float) -> None:
    """Write the report and the plot."""
    RESULTS.write_text(
        TEXT.format(
            date=datetime.now(UTC).date(),
            minutes=minutes,
            machine=describe_machine(),
            busy=bench.busy,
            versions=describe_versions(),
            events=bench.files.events,
            rounds=bench.load.rounds,
            seconds=bench.load.seconds,
            goals=goals_table(outcomes),
            how="\n".join(describe(outcome) for outcome in outcomes),
            series=series_table(each for each in bench.series if each.rounds),
            projection=projection(bench),
        )
    )
    plot([each for each in bench.series if each.rounds])


def describe_versions() -> str:
    """Return the versions of Python, SQLite, the load generator, the proxy, and the servers."""
    programs = (
        f"Python {python_version()}, SQLite {sqlite_version}, {first_line('wrk', '-v')}, {first_line('nginx', '-v')}"
    )
    return ", ".join([programs, *(f"{name} {version(name)}" for name in VERSIONS)])


def first_line(*command: str) -> str:
    """Return the first line that a program prints to standard output or error, whatever its exit status."""
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return " ".join((done.stdout + done.stderr).split("\n")[0].removeprefix("nginx version: ").split()[:2])


def goals_table(outcomes: Iterable[Outcome]) -> str:
    """Return the table of goals and results."""
    rows = [(outcome.goal.what, outcome.goal.target(), outcome.value(), outcome.verdict()) for outcome in outcomes]
    return markdown(("what", "goal", "value", ""), rows)


def describe(outcome: Outcome) -> str:
    """Return how a figure was measured, its parts, and what limits it, as an item of a list."""
    goal = outcome.goal
    parts = [f"{goal.how}.", f"This run: {outcome.detail}."]
    if outcome.verdict() == "not met" and goal.limits != NOT_PROFILED:
        parts.append(f"Limited by {goal.limits}.")
    return fill(f"- **{goal.what}** – {' '.join(parts)}", 120, subsequent_indent="  ", break_long_words=False)


def projection(bench: Bench) -> str:
    """Return the projection to ten nodes and a CDN, or why it is unknown."""
    try:
        return project(bench)
    except Exception as error:  # reported as the goals that failed
        return f"Not calculated: {error}"


def series_table(series: Iterable[Series]) -> str:
    """Return the table of all servers and request kinds."""
    rows = [
        (
            each.request,
            each.server,
            len(each.memory),
            spread(each, "rate"),
            spread(each, "cpu"),
            spread(each, "p99", 1),
            f"{max(each.memory, default=0):.0f}",
        )
        for each in series
    ]
    return markdown(("request", "server", "workers", "requests/s", "CPU, µs a request", "p99, ms", "memory, MB"), rows)


def markdown(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    escaped = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return tabulate(escaped, names, tablefmt="pipe", disable_numparse=True)


def spread(series: Series, of: str, digits: int = 0) -> str:
    """Return median, minimum and maximum of a figure."""
    low, high = series.spread(of)
    return f"{series.middle(of):,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def plot(series: Sequence[Series]) -> None:
    """Draw a bar per server and request kind: requests per second, and CPU per request."""
    from matplotlib import rcParams  # installed only in the benchmark environment
    from matplotlib.figure import Figure

    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "readout", "font.size": 9})
    figure = Figure(figsize=(10, 0.8 + 0.28 * len(series)), layout="constrained")
    names = [f"{each.request}: {each.server}" for each in series]
    colours = [OURS if each.server.startswith("Readout") else THEIRS for each in series]
    panels = figure.subplots(1, 2, sharey=True)
    for axes, of, title in zip(
        panels, ("rate", "cpu"), ("requests/s (logarithmic)", "CPU, µs per request (logarithmic)"), strict=True
    ):
        values = [each.middle(of) for each in series]
        bars = axes.barh(range(len(series)), values, color=colours)
        axes.bar_label(bars, [f"{value:,.0f}" for value in values], padding=3)
        axes.set(title=title, xscale="log", yticks=range(len(series)), yticklabels=names)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].invert_yaxis()
    figure.savefig(PLOT, metadata={"Date": None})
