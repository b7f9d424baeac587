"""Goals, each declared once: target, measurement, and what limits the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import click

from bench import footprint, scaling, serving, throughput
from bench.servers import MeasurementFailed
from bench.types import Bench, Measurement


@dataclass(frozen=True)
class Goal:
    """Goal for one figure: at least or at most a target."""

    group: str
    """Group it is measured with; the values of `--only`."""
    what: str
    least: float | None
    most: float | None
    unit: str
    measure: Callable[[Bench], Measurement]
    how: str
    limits: str
    """What limits the figure according to a profile; `python -m bench profile` takes one."""

    def wanted(self) -> str:
        """Return the target as text."""
        return f"≥ {self.least:,g}{self.unit}" if self.least is not None else f"≤ {self.most:,g}{self.unit}"

    def is_met(self, value: float) -> bool:
        """Return whether a value meets the goal."""
        return value >= self.least if self.least is not None else value <= (self.most or 0)


NOT_PROFILED = "not profiled"


def at_least(
    group: str, what: str, number: float, measure: Callable[[Bench], Measurement], *told: str, unit: str = ""
) -> Goal:
    """Declare a goal for a figure that should be high."""
    return Goal(group, what, number, None, unit, measure, *told)


def at_most(
    group: str, what: str, number: float, measure: Callable[[Bench], Measurement], *told: str, unit: str = ""
) -> Goal:
    """Declare a goal for a figure that should be low."""
    return Goal(group, what, None, number, unit, measure, *told)


GOALS = (
    at_least(
        "cached",
        "Cached record, page or view: requests/s ÷ a raw ASGI function",
        0.8,
        serving.ratio_to_raw_asgi,
        "wrk, 16 connections; the function sends the same bytes under the same gunicorn; the worst of the three counts",
        "looking at the file at every request, the largest part of a hit that is Readout's own (profile)",
    ),
    at_least(
        "cached",
        "Cached page: requests/s ÷ a bare Flask route under gunicorn's threads",
        4,
        serving.ratio_to_flask,
        "the route returns the same bytes",
        "writing the page to the socket, the largest part of a hit (profile)",
    ),
    at_least(
        "cached",
        "Cached record: requests/s ÷ FastAPI, async with orjson, under uvicorn",
        2.5,
        serving.ratio_to_fastapi,
        "FastAPI reads the record from the same file for each request",
        "gunicorn's loop, parser and writer, all in Python, which are most of a hit (profile)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of Datasette ÷ ours",
        6,
        serving.datasette_cpu_ratio,
        "the same table, everywhere in the list, no page asked for twice; Datasette counts once, as a file it takes for"
        " immutable lets it",
        "reading the rows, connections, the digest, and looking at the file, none of which leads by far (profile)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of FastAPI with pydantic ÷ ours",
        1.5,
        serving.fastapi_cpu_ratio,
        "the same pages; FastAPI counts once for each state of the file, as Readout does",
        "reading the rows, connections, the digest, and looking at the file, none of which leads by far (profile)",
    ),
    at_most(
        "growth",
        "Uncached page: p99 at full size ÷ at article size",
        2,
        scaling.size_ratio,
        "one client; pages of 10 by cursor of the list, of the list backwards and of a filtered one, in turns",
        NOT_PROFILED,
    ),
    at_most(
        "cursor",
        "Cursor page after nine tenths of the rows ÷ page one",
        1.2,
        scaling.depth_ratio,
        "one client, uncached, in turns; medians",
        NOT_PROFILED,
    ),
    at_most(
        "filter",
        "Filtered page with exact total, by linked party and date range: p99",
        10,
        scaling.filter_p99,
        "one client, uncached; parties drawn as often as they take part, ranges from a month to ten years",
        "the count and the page, which both read every row of the party's index up to the end of the time (query plan)",
        unit=" ms",
    ),
    at_most(
        "search",
        "Search, the slowest of all words",
        50,
        scaling.slowest_search,
        "one client, uncached; common words, rare ones, two and three together, each asked once",
        "FTS5, which goes through the list of each word for the count, and once more for the rank (timed by statement)",
        unit=" ms",
    ),
    at_least(
        "export",
        "NDJSON export of everything: rows/s",
        300_000,
        throughput.export_rate,
        "/export/readout.ndjson; one client, which counts the lines",
        "SQLite, which puts the lines together, and the way of every piece through a thread and the socket",
    ),
    at_most(
        "export",
        "Growth of the worker's memory meanwhile",
        32,
        throughput.export_memory,
        "private memory",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_least(
        "load",
        "Validated load from NDJSON: records/s ÷ marshmallow's load alone",
        0.7,
        throughput.load_ratio,
        "python -m seed load of the whole file, with its progress bar, indexes and search index",
        "SQLite itself: writing the rows, then indexes, search and timeline (profile)",
    ),
    at_most(
        "memory",
        "Private memory of a worker, article",
        60,
        footprint.article_memory,
        "after as many pages as it holds, searches and an export of the parties",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "memory",
        "Private memory of a worker, full size",
        128,
        footprint.full_memory,
        "likewise",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "start",
        "From make serve to the first answer ÷ import flask, marshmallow",
        4,
        footprint.start_ratio,
        "the file is there and .venv installed",
        NOT_PROFILED,
    ),
)
GROUPS = tuple(dict.fromkeys(goal.group for goal in GOALS))


class Outcome(NamedTuple):
    """A goal with its measurement, or the reason why there is none."""

    goal: Goal
    measured: Measurement | None
    told: str

    def verdict(self) -> str:
        """Return whether the goal is met, as text."""
        if self.measured is None:
            return "not measured"
        return "met" if self.goal.is_met(self.measured.value) else "not met"

    def value(self) -> str:
        """Return the value as text."""
        if self.measured is None:
            return "–"
        value = self.measured.value
        return (f"{value:,.0f}" if value >= 100 else f"{value:.3g}") + self.goal.unit  # noqa: PLR2004


def run_goals(bench: Bench, groups: tuple[str, ...]) -> list[Outcome]:
    """Measure the goals of these groups and print each result."""
    outcomes = []
    for goal in GOALS:
        if goal.group in groups:
            click.echo(f"Measuring: {goal.what}", err=True)
            outcome = measure_goal(goal, bench)
            click.echo(f"{outcome.verdict():>12}  {goal.what}: {outcome.value()} ({goal.wanted()}) {outcome.told}")
            outcomes.append(outcome)
    return outcomes


def measure_goal(goal: Goal, bench: Bench) -> Outcome:
    """Measure one goal; a failed measurement is an outcome too."""
    try:
        measured = goal.measure(bench)
    except (MeasurementFailed, OSError) as error:
        return Outcome(goal, None, str(error))
    return Outcome(goal, measured, measured.told)
