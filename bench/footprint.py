"""Memory of a worker, and time to the first response."""

import subprocess
import time
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import scaling
from bench.client import Client
from bench.load import run_round
from bench.pages import readout_page, walk_places
from bench.servers import PYTHON, Server, make_serve, readout
from bench.types import Bench, Measurement

PAGES = 500
SEARCHES = 10
SECONDS = 10


def article_memory(bench: Bench) -> Measurement:
    """Measure a worker that serves the article."""
    return memory(bench.files.article)


def full_memory(bench: Bench) -> Measurement:
    """Measure a worker that serves the synthetic database."""
    return memory(bench.files.big)


def memory(database: Path) -> Measurement:
    """Measure the largest private memory of a worker after a full cache, searches, a page and a list."""
    with Server(readout(database)) as server:
        pages = ["/events", *(readout_page(place) for place in islice(walk_places(server, 10), PAGES))]
        run_round(server, pages, SECONDS, "memory")
        with Client(server, fresh=True) as client:
            client.times(list(islice(scaling.searches(), SEARCHES)))
            client.times(["/events.html", "/parties.ndjson"])
        each = server.private().values()
    return Measurement(max(each), ", ".join(f"{size:.0f} MB" for size in each))


class StartTimes(NamedTuple):
    """Durations in seconds: imports, start with an existing database, start that builds the database."""

    imported: list[float]
    served: list[float]
    built: list[float]


def start_times(bench: Bench) -> StartTimes:
    """Measure the start-up times."""
    times = StartTimes([], [], [])
    for _ in range(bench.load.rounds):
        times.imported.append(import_seconds())
        times.served.append(serve_seconds(bench.files.article))
        with TemporaryDirectory() as folder:
            times.built.append(serve_seconds(Path(folder) / "readout.db"))
    return times


def import_seconds() -> float:
    """Return the seconds that importing the main libraries takes."""
    began = time.perf_counter()
    subprocess.run([PYTHON, "-c", "import flask, marshmallow"], check=True)
    return time.perf_counter() - began


def serve_seconds(database: Path) -> float:
    """Return the seconds from the command to the first response."""
    began = time.perf_counter()
    with Server(make_serve(database)):
        return time.perf_counter() - began


def start_ratio(bench: Bench) -> Measurement:
    """Measure time to the first response ÷ time of the imports."""
    imported, served, built = (median(times) for times in start_times(bench))
    detail = (
        f"{served * 1000:.0f} ms, {built * 1000:.0f} ms with the file to be built; the imports {imported * 1000:.0f} ms"
    )
    return Measurement(served / imported, detail)
