"""Throughput of exports and loads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import NamedTuple

from bench.client import Client
from bench.data import query
from bench.loading import LoadResult, measure_load
from bench.servers import MeasurementFailed, Server, readout
from bench.types import Bench, Measurement, measure_once

CHUNK_BYTES = 2**20
POLL_INTERVAL = 0.05
"""Seconds between two samples of memory."""
EXPORTS = 3


class ExportResult(NamedTuple):
    """Result of an export."""

    rows: int
    seconds: float
    growth: float
    """MB by which a worker grew."""


@measure_once
def measure_exports(bench: Bench) -> list[ExportResult]:
    """Read the NDJSON export some times, each from a server just started."""
    return [export(bench) for _ in range(EXPORTS)]


def export(bench: Bench) -> ExportResult:
    """Read the NDJSON export as fast as possible."""
    with Server(readout(bench.files.big)) as server, Client(server) as client:
        client.get("/events?limit=500")
        with sample_memory(server) as grown:
            began = time.perf_counter()
            rows = count_lines(client, "/export/readout.ndjson")
            seconds = time.perf_counter() - began
    if rows < bench.files.events:
        raise MeasurementFailed(f"{rows} rows were exported of {bench.files.events}")
    return ExportResult(rows, seconds, max(grown))


def count_lines(client: Client, path: str) -> int:
    """Count the lines of a response."""
    client.ask(path)
    response, piece, count = client.connection.getresponse(), bytearray(CHUNK_BYTES), 0
    while got := response.readinto(piece):
        count += piece.count(b"\n", 0, got)
    return count


@contextmanager
def sample_memory(server: Server) -> Iterator[list[float]]:
    """Yield the growth of a worker in MB, sampled until the block ends."""
    before, grown, ended = server.private(), [0.0], Event()

    def sample_growth() -> None:
        while not ended.wait(POLL_INTERVAL):
            grown.append(max(now - before.get(worker, 0) for worker, now in server.private().items()))

    sampler = Thread(target=sample_growth)
    sampler.start()
    try:
        yield grown
    finally:
        ended.set()
        sampler.join()


def export_rate(bench: Bench) -> Measurement:
    """Measure rows per second."""
    done = measure_exports(bench)
    rates = sorted(each.rows / each.seconds for each in done)
    return Measurement(median(rates), f"{done[0].rows:,} rows, {len(rates)} times: {rates[0]:,.0f} to {rates[-1]:,.0f}")


def export_memory(bench: Bench) -> Measurement:
    """Measure the growth of the worker in MB."""
    return Measurement(max(each.growth for each in measure_exports(bench)), "the largest growth in any of the exports")


def zip_first_byte(bench: Bench) -> Measurement:
    """Measure the seconds until the first byte of the data package, built for the first time."""
    with Server(readout(bench.files.big)) as server, Client(server) as client:
        client.get("/events?limit=1")
        began = time.perf_counter()
        client.ask("/export/readout.zip")
        client.connection.getresponse().read(1)
        seconds = time.perf_counter() - began
    ((records,),) = query(bench.files.big, "select count(*) from changes")
    return Measurement(seconds, f"of {records:,} records")


def load_ratio(bench: Bench) -> Measurement:
    """Measure records per second of a full load ÷ of marshmallow alone, which is measured before and after."""
    done = bench.files.loaded or load_again(bench)
    rate, bare = done.records / done.seconds, sum(done.bare_rates) / 2
    detail = f"{done.records:,} records in {done.seconds:,.0f} s, {rate:,.0f} a second; marshmallow alone {bare:,.0f}"
    return Measurement(rate / bare, f"{detail}; the file has {done.size / 1e9:.2f} GB")


def load_again(bench: Bench) -> LoadResult:
    """Load the synthetic data into a second file and delete it."""
    with TemporaryDirectory(dir=bench.files.big.parent) as folder:
        return measure_load(bench.files.lines, Path(folder) / "readout.db")
