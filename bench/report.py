"""Results as a Markdown report and a plot."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from tabulate import tabulate

from bench.goals import Outcome
from bench.load import Series, describe_machine
from bench.types import Bench

FOLDER = Path(__file__).parent
RESULTS, PLOT = FOLDER / "RESULTS.md", FOLDER / "results.svg"
PEERS = ("gunicorn", "flask", "fastapi", "uvicorn", "datasette")
OURS, THEIRS = "#1f6f8b", "#c9c9c9"
TEXT = """\
# Results

{date}: {machine}, load {busy:.1f} before anything was measured, Python {python}, {versions}; {events:,} events;
medians of {rounds} interleaved rounds of {seconds} s, with minimum and maximum. `make bench` writes this file.

## Goals

{goals}

## Servers

![Requests per second and CPU per request](results.svg)

{series}

Servers compete with the load generator for the same cores: compare ratios, and CPU per request, which does not
depend on the number of processes. Memory is the private memory of the largest worker.
"""


def write(bench: Bench, outcomes: Sequence[Outcome]) -> None:
    """Write the report and the plot."""
    RESULTS.write_text(
        TEXT.format(
            date=datetime.now(UTC).date(),
            machine=describe_machine(),
            busy=bench.busy,
            python=python_version(),
            versions=", ".join(f"{name} {version(name)}" for name in PEERS),
            events=bench.files.events,
            rounds=bench.load.rounds,
            seconds=bench.load.seconds,
            goals=goals_table(outcomes),
            series=series_table(bench.series),
        )
    )
    plot(bench.series)


def goals_table(outcomes: Iterable[Outcome]) -> str:
    """Return the table of goals and results."""
    rows = [
        (
            outcome.goal.what,
            outcome.goal.target(),
            outcome.value(),
            outcome.verdict(),
            f"{outcome.detail}. How: {outcome.goal.how}"
            + (f". Limited by: {outcome.goal.limits}" if outcome.verdict() == "not met" else "")
            + ".",
        )
        for outcome in outcomes
    ]
    return markdown(("what", "goal", "value", "", "how it was measured"), rows)


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
            f"{max(each.memory):.0f}",
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
    colours = [OURS if each.server == "Readout" else THEIRS for each in series]
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
