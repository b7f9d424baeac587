"""Figures for Prometheus: what all workers have answered, and how the file is."""

import sqlite3
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from flask import Flask, Response, current_app

from api.bodies import preferred
from api.database import counts, readers, state
from api.endpoints import Answer, Endpoint, add
from api.health import NOW
from api.queries import asked
from api.tally import BOUNDS, TIME, Rows
from schemas import RECORDS
from schemas.query import Parameters
from schemas.shapes import UNBOUNDED
from seed.file import UnusableFile

MIMETYPE = "text/plain"
FORMAT = f"{MIMETYPE}; version=0.0.4; charset=utf-8"
"""Prometheus's text format, which everything that scrapes reads."""


def init_app(app: Flask) -> None:
    """Add the figures."""
    answer = Answer(UNBOUNDED, "readout_revision 1.0\n")
    purpose = "Figures for Prometheus: requests, times, what was held, and how the file is."
    add(app, Endpoint("/metrics", purpose, "metrics", "service", {FORMAT: answer}, lasting=False), metrics)


def metrics() -> Response:
    """All figures, as text."""
    asked(Parameters())
    preferred([MIMETYPE])
    # Takes as long to import as half of Flask, and most processes are never asked.
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return Response(generate_latest(registry), headers=NOW, content_type=FORMAT)


class Figures:
    """What prometheus_client asks for figures."""

    def collect(self) -> Iterator[Any]:
        """Every figure there is."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        tally = current_app.extensions.get("tally")
        yield from served(tally.all() if tally else {})
        try:
            figures = list(of_the_file())
        except (UnusableFile, sqlite3.DatabaseError):
            figures = []
        yield GaugeMetricFamily("readout_readable", "Whether the file can be read.", value=bool(figures))
        yield from figures


def served(rows: Rows) -> Iterator[Any]:
    """What has been answered: how often, and how quickly."""
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

    labels = ["route", "status", "held"]
    requests = CounterMetricFamily("readout_requests", "Requests, and whether the answer was held.", labels=labels)
    times = HistogramMetricFamily("readout_request_seconds", "Seconds until an answer was sent.", labels=["route"])
    by_route: dict[str, list[float]] = {}
    for (route, status, held), row in sorted(rows.items()):
        requests.add_metric([route, str(status), str(held).lower()], sum(row[:TIME]))
        before = by_route.get(route, [0] * len(row))
        by_route[route] = [one + other for one, other in zip(before, row, strict=True)]
    for route, row in by_route.items():
        buckets = zip((*map(str, BOUNDS), "+Inf"), accumulate(row[:TIME]), strict=True)
        times.add_metric([route], list(buckets), row[TIME])
    yield requests
    yield times


def of_the_file() -> Iterator[Any]:
    """How the file is; UnusableFile where it cannot be read."""
    from prometheus_client.metrics_core import GaugeMetricFamily

    yield GaugeMetricFamily("readout_revision", "The revision of the data.", value=state().revision)
    recorded = state().recorded_at.timestamp()
    yield GaugeMetricFamily("readout_recorded_timestamp_seconds", "When that was recorded.", value=recorded)
    rows = GaugeMetricFamily("readout_records", "Records of a type.", labels=["type"])
    for plural in RECORDS:
        rows.add_metric([plural], counts(f'select count(*) from "{plural}"', {})[0][0])
    yield rows
    file = readers().path.stat()
    yield GaugeMetricFamily("readout_file_bytes", "The size of the file.", value=file.st_size)
    written = "When the file was last written to; its age is time() less this."
    yield GaugeMetricFamily("readout_file_modified_timestamp_seconds", written, value=file.st_mtime)
