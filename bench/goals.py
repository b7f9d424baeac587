"""Goals, each declared once: target, measurement, and what limits the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import click

from bench import changes, footprint, nodes, scaling, serving, throughput
from bench.progress import Progress
from bench.types import Bench, Measurement


@dataclass(frozen=True)
class Goal:
    """Goal for one figure: at least or at most a target. A figure without a target is reported only."""

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
        if self.least is not None:
            return f"≥ {self.least:,g}{self.unit}"
        return f"≤ {self.most:,g}{self.unit}" if self.most is not None else "–"

    def verdict(self, value: float) -> str:
        """Return whether a value meets the goal, as text."""
        if self.least is None and self.most is None:
            return "–"
        is_met = value >= self.least if self.least is not None else value <= (self.most or 0)
        return "met" if is_met else "not met"


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


def without_goal(group: str, what: str, measure: Callable[[Bench], Measurement], how: str, unit: str = "") -> Goal:
    """Declare a figure that is reported without a goal."""
    return Goal(group, what, None, None, unit, measure, how, NOT_PROFILED)


GOALS = (
    at_least(
        "load",
        "Validated load of NDJSON: records/s ÷ marshmallow's load alone",
        0.8,
        throughput.load_ratio,
        "`python -m seed load` of the whole file, with progress bar and all indexes; marshmallow before and after it",
        "validation, half of the CPU, in parallel; then derived members, timeline and indexes in one thread (profile)",
    ),
    at_least(
        "cached",
        "Cached record, page or view: requests/s ÷ a raw ASGI function",
        0.8,
        serving.ratio_to_raw_asgi,
        "the function runs under gunicorn with uvicorn's worker and sends the same bytes; wrk, 16 connections; the"
        " worst of the three counts",
        "`stat` of the database at every request, the largest part of a cache hit that is Readout's own (profile)",
    ),
    at_least(
        "cached",
        "Cached HTML page: requests/s ÷ a raw ASGI function",
        0.8,
        serving.html_ratio_to_raw_asgi,
        "as above, the page of an event",
        NOT_PROFILED,
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
        "cached",
        "Cached page: requests/s ÷ a bare Flask route under gunicorn's threads",
        5,
        serving.ratio_to_flask,
        "the route returns the same bytes",
        "writing the page to the socket, the largest part of a cache hit (profile)",
    ),
    at_least(
        "changes",
        "Requests/s in the two seconds after a load ÷ before it",
        0.7,
        changes.ratio_after_load,
        "`python -m seed load` of the article with one party renamed; nine popular URLs: records, lists, views, a page",
        NOT_PROFILED,
    ),
    at_least(
        "changes",
        "Requests/s with a load each second ÷ with loads into another file",
        0.7,
        changes.ratio_while_loading,
        "the same URLs; the other loads take as much CPU but change nothing that is served",
        "computing the nine responses again in each worker, 59 ms of CPU (counted)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of Datasette ÷ ours",
        7,
        serving.datasette_cpu_ratio,
        "the same table, spread over the list, no page requested twice; Datasette counts once, since"
        " the database is immutable",
        "interpreted Python, more than half of the CPU; SQLite has 5 % (perf)",
    ),
    at_least(
        "uncached",
        "Uncached page of 50: CPU of FastAPI with pydantic ÷ ours",
        1.6,
        serving.fastapi_cpu_ratio,
        "the same pages; FastAPI counts once per version of the database, as Readout does",
        "interpreted Python, more than half of the CPU; SQLite has 5 % (perf)",
    ),
    without_goal(
        "uncached",
        "Uncached page of 50 as HTML: CPU ÷ the same page as JSON",
        serving.html_cpu_ratio,
        "the same pages, from a second server, in the same rounds",
    ),
    at_most(
        "workers",
        "Responses of the busiest worker ÷ of the other, in the worst round",
        1.3,
        serving.worst_imbalance,
        "every round of Readout above, by the calls of `write` of each worker",
        "the cores: two workers and wrk share two, so that one worker gets less time than the other (next line)",
    ),
    without_goal(
        "workers",
        "The same, with both workers on one core and wrk on the other",
        serving.worst_imbalance_on_one_core,
        "cached record; each worker gets the same time from the scheduler",
    ),
    at_most(
        "growth",
        "Uncached page: p99 at full size ÷ at article size",
        1.2,
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
        "rows of the party that are read one by one: with a wide date, or of the months at both ends of the range",
        unit=" ms",
    ),
    without_goal(
        "filter",
        "Filtered page: the worst of a thousand drawn",
        scaling.slowest_filter,
        "the same requests; each of the 20 slowest is repeated on four new servers, and its median counts",
        unit=" ms",
    ),
    at_most(
        "search",
        "Search: the worst of a thousand drawn",
        50,
        scaling.slowest_search,
        "one client, uncached; words alone and up to four, phrases, prefixes, OR and exclusions; the 20 slowest are"
        " repeated as above",
        "phrases without a bitmap: FTS5 compares the positions of their words three times (timed by statement)",
        unit=" ms",
    ),
    at_least(
        "export",
        "NDJSON export of everything: rows/s",
        350_000,
        throughput.export_rate,
        "`/export/readout.ndjson`; one client, which counts the lines; median",
        "the thread that makes the chunks, four fifths of the CPU: SQLite has 43 %, checking the lines 21 % (perf)",
    ),
    at_most(
        "export",
        "Growth of the worker's memory during the export",
        32,
        throughput.export_memory,
        "private memory, sampled every 50 ms",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "export",
        "Zip export: first byte",
        2,
        throughput.zip_first_byte,
        "`/export/readout.zip` for the first time on a new server; at full size, where the goal is for 300,000 records",
        NOT_PROFILED,
        unit=" s",
    ),
    at_most(
        "memory",
        "Private memory of a worker, article",
        60,
        footprint.article_memory,
        "after filling the response cache, searches, a page and a list of the parties",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "memory",
        "Private memory of a worker, full size",
        80,
        footprint.full_memory,
        "as above",
        NOT_PROFILED,
        unit=" MB",
    ),
    at_most(
        "start",
        "From make serve to the first response ÷ import flask, marshmallow",
        2.5,
        footprint.start_ratio,
        "the database exists and `.venv` is installed",
        "importing 830 modules, five sixths of the CPU; the rest is 254 routes with their query schemas (profile)",
    ),
    without_goal(
        "nodes",
        "Uncached pages/s: two nodes behind nginx ÷ one",
        nodes.second_node,
        "one worker per node, the nginx of `deploy/` without TLS; nodes, nginx and wrk share the cores",
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
        return self.goal.verdict(self.measured.value)

    def value(self) -> str:
        """Return the value as text."""
        if self.measured is None:
            return "–"
        value = self.measured.value
        return (f"{value:,.0f}" if value >= 100 else f"{value:.3g}") + self.goal.unit  # noqa: PLR2004


def run_goals(bench: Bench, groups: tuple[str, ...], progress: Progress) -> list[Outcome]:
    """Measure the goals of these groups and print each result."""
    outcomes = []
    for group in groups:
        progress.start(group)
        for goal in GOALS:
            if goal.group == group:
                outcome = measure_goal(goal, bench)
                click.echo(
                    f"{outcome.verdict():>12}  {goal.what}: {outcome.value()} ({goal.target()}) {outcome.detail}"
                )
                outcomes.append(outcome)
    return outcomes


def measure_goal(goal: Goal, bench: Bench) -> Outcome:
    """Measure one goal; a failed measurement is an outcome too."""
    try:
        measured = goal.measure(bench)
    except Exception as error:  # whatever failed, the other goals are still measured
        return Outcome(goal, None, f"{type(error).__name__}: {error}")
    return Outcome(goal, measured, measured.detail)
