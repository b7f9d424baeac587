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

    def target(self) -> str:
        """Return the target as text."""
        return f"≥ {self.least:,g}{self.unit}" if self.least is not None else f"≤ {self.most:,g}{self.unit}"

    def is_met(self, value: float) -> bool:
        """Return whether a value meets the goal."""
        return value >= self.least if self.least is not None else value <= (self.most or 0)


NOT_PROFILED = "not profiled"


def at_least(
    group: str, what: str, number: float, measure: Callable[[Bench], Measurement], *detail: str, unit: str = ""
) -> Goal:
    """Declare a goal for a figure that should be high."""
    return Goal(group, what, number, None, unit, measure, *detail)


def at_most(
    group: str, what: str, number: float, measure: Callable[[Bench], Measurement], *detail: str, unit: str = ""
) -> Goal:
    """Declare a goal for a figure that should be low."""
    return Goal(group, what, None, number, unit, measure, *detail)


GOALS = (
    at_least(
        "cached",
        "Cached record, page or view: requests/s ÷ a raw ASGI function",
        0.8,
        serving.ratio_to_raw_asgi,
        "wrk, 16 connections; the function sends the same bytes under the same gunicorn; the worst of the three counts",
        "`stat` of the database at every request, the largest part of a cache hit that is Readout's own (profile)",
    ),
    at_least(
        "cached",
        "Cached page: requests/s ÷ a bare Flask route under gunicorn's threads",
        4,
        serving.ratio_to_flask,
        "the route returns the same bytes",
        "writing the page to the socket, the largest part of a cache hit (profile)",
    ),
    at_least(
        "cached",
        "Cached record: requests/s ÷ FastAPI, async with orjson, under uvicorn",
        2.5,
        serving.ratio_to_fastapi,
        "FastAPI reads the record from the same file for each request",
        "the server's loop, parser and writer, which are most of a cache hit (profile)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of Datasette ÷ ours",
        6,
        serving.datasette_cpu_ratio,
        "the same table, spread over the list, no page requested twice; Datasette counts once, since"
        " the database is immutable",
        "reading rows, connections, ETag and `stat`, in about equal parts (profile)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of FastAPI with pydantic ÷ ours",
        1.5,
        serving.fastapi_cpu_ratio,
        "the same pages; FastAPI counts once per version of the database, as Readout does",
        "reading rows, connections, ETag and `stat`, in about equal parts (profile)",
    ),
    at_most(
        "growth",
        "Uncached page: p99 at full size ÷ at article size",
        2,
        scaling.size_ratio,
        "one client; pages of 10 of the list, the reversed list and a filtered list, by cursor, interleaved",
        NOT_PROFILED,
    ),
    at_most(
        "cursor",
        "Cursor page after nine tenths of the rows ÷ page one",
        1.2,
        scaling.depth_ratio,
        "one client, uncached, interleaved; medians",
        NOT_PROFILED,
    ),
    at_most(
        "filter",
        "Filtered page with exact total, by linked party and date range: p99",
        10,
        scaling.filter_p99,
        "one client, uncached; parties drawn as often as they take part, ranges from a month to ten years",
        "count and page both read every row of the party's index up to the end of the range (query plan)",
        unit=" ms",
    ),
    at_most(
        "search",
        "Slowest search",
        50,
        scaling.slowest_search,
        "one client, uncached; common and rare words, pairs and triples, each searched once",
        "FTS5, which reads the list of each word once for the count and once for the rank (timed by statement)",
        unit=" ms",
    ),
    at_least(
        "export",
        "NDJSON export of everything: rows/s",
        300_000,
        throughput.export_rate,
        "/export/readout.ndjson; one client, which counts the lines",
        "SQLite, which builds the lines, and passing each chunk through a thread and the socket",
    ),
    at_most(
        "export",
        "Growth of the worker's memory during the export",
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
        "SQLite: writing rows, then indexes, full-text index and timeline (profile)",
    ),
    at_most(
        "memory",
        "Private memory of a worker, article",
        60,
        footprint.article_memory,
        "after filling the response cache, searches and an export of the parties",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "memory",
        "Private memory of a worker, full size",
        128,
        footprint.full_memory,
        "as above",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "start",
        "From make serve to the first response ÷ import flask, marshmallow",
        4,
        footprint.start_ratio,
        "the database exists and .venv is installed",
        NOT_PROFILED,
    ),
)
GROUPS = tuple(dict.fromkeys(goal.group for goal in GOALS))


class Outcome(NamedTuple):
    """A goal with its measurement, or the reason why it was not measured."""

    goal: Goal
    measured: Measurement | None
    detail: str

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
            click.echo(f"{outcome.verdict():>12}  {goal.what}: {outcome.value()} ({goal.target()}) {outcome.detail}")
            outcomes.append(outcome)
    return outcomes


def measure_goal(goal: Goal, bench: Bench) -> Outcome:
    """Measure one goal; a failed measurement is an outcome too."""
    try:
        measured = goal.measure(bench)
    except (MeasurementFailed, OSError) as error:
        return Outcome(goal, None, str(error))
    return Outcome(goal, measured, measured.detail)
