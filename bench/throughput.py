"""Throughput of exports and loads."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event, Thread
from typing import NamedTuple

from bench.client import Client
from bench.data import query, run_command, write_atomically
from bench.servers import PRODUCT, ROOT, MeasurementFailed, Server, readout
from bench.types import Bench, Measurement

CHUNK_BYTES = 2**20
POLL_INTERVAL = 0.05
"""Seconds between two samples of memory."""
SAMPLE_EVERY = 5
"""marshmallow alone loads one record in this many."""


class ExportResult(NamedTuple):
    """Result of an export."""

    rows: int
    seconds: float
    growth: float
    """MB by which a worker grew."""


@cache
def export(bench: Bench, path: str = "/export/readout.ndjson") -> ExportResult:
    """Read an NDJSON export as fast as possible."""
    with Server(readout(bench.files.big)) as server, Client(server) as client:
        client.get("/events?limit=500")
        with sample_memory(server) as grown:
            began = time.perf_counter()
            rows = count_lines(client, path)
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
    done, listed = export(bench), export(bench, "/events.ndjson")
    detail = f"{done.rows:,} rows in {done.seconds:.1f} s; as a list in the order of dates, with addresses,"
    return Measurement(done.rows / done.seconds, f"{detail} {listed.rows / listed.seconds:,.0f} rows/s")


def export_memory(bench: Bench) -> Measurement:
    """Measure the growth of the worker in MB."""
    done = export(bench)
    return Measurement(done.growth, f"looked at every {POLL_INTERVAL * 1000:.0f} ms")


def load_ratio(bench: Bench) -> Measurement:
    """Measure records per second of a full load ÷ of marshmallow alone, which is measured before and after."""
    before = marshmallow_rate(bench)
    began = time.perf_counter()
    with write_atomically(bench.files.big.with_name("loaded.db")) as part:
        run_command("seed", "load", str(bench.files.lines), READOUT_DATABASE=str(part))
        seconds = time.perf_counter() - began
        ((records,),) = query(part, "select count(*) from changes")
    bench.files.big.with_name("loaded.db").unlink()
    rate, bare = int(records) / seconds, (before + marshmallow_rate(bench)) / 2
    return Measurement(rate / bare, f"{rate:,.0f} records/s; marshmallow alone {bare:,.0f} records/s")


def marshmallow_rate(bench: Bench) -> float:
    """Return records per second of marshmallow's `load` alone."""
    command = [*PRODUCT, "bench.peers.marshmallow_load", str(bench.files.lines), str(SAMPLE_EVERY)]
    return float(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)
