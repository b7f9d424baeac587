"""The memory of a worker, and the time until the first answer."""

import subprocess
import time
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import growing
from bench.client import Client
from bench.load import one_round
from bench.measured import Bench, Measured
from bench.pages import places, readout_page
from bench.servers import PYTHON, Server, made, ours

STEP = 500
SEARCHES = 10


def article_memory(bench: Bench) -> Measured:
    """MB of a worker that serves an article."""
    return memory(bench, bench.files.article)


def full_memory(bench: Bench) -> Measured:
    """MB of a worker that serves everything."""
    return memory(bench, bench.files.big)


def memory(bench: Bench, database: Path) -> Measured:
    """The most that a worker has to itself after pages that fill what it holds, searches and an export."""
    with Server(ours(database)) as server:
        pages = ["/events", *(readout_page(place) for place in islice(places(server, 10), STEP))]
        one_round(server, pages, bench.load.seconds * bench.load.rounds, "memory")
        with Client(server, fresh=True) as client:
            for words in islice(growing.searches(), SEARCHES):
                client.get(f"/search?q={words}")
            client.get("/parties.ndjson")
        each = server.private().values()
    return Measured(max(each), ", ".join(f"{size:.0f} MB" for size in each))


class Started(NamedTuple):
    """Seconds from a command to what it is for."""

    imported: list[float]
    served: list[float]
    built: list[float]


@cache
def started(bench: Bench) -> Started:
    """How long it takes to start, with the file there, and with the file to be built."""
    times = Started([], [], [])
    for _ in range(bench.load.rounds):
        times.imported.append(importing())
        times.served.append(serving(bench.files.article))
        with TemporaryDirectory() as folder:
            times.built.append(serving(Path(folder) / "readout.db"))
    return times


def importing() -> float:
    """Seconds that Python takes to import what Readout is made with."""
    began = time.perf_counter()
    subprocess.run([PYTHON, "-c", "import flask, marshmallow"], check=True)
    return time.perf_counter() - began


def serving(database: Path) -> float:
    """Seconds from the command to the first answer."""
    began = time.perf_counter()
    with Server(made(database)):
        return time.perf_counter() - began


def start(bench: Bench) -> Measured:
    """How many times as long the first answer takes as the imports."""
    imported, served, built = (median(times) for times in started(bench))
    told = (
        f"{served * 1000:.0f} ms, {built * 1000:.0f} ms with the file to be built; the imports {imported * 1000:.0f} ms"
    )
    return Measured(served / imported, told)
