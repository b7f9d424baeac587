"""Metrics for Prometheus: requests of all workers, and the state of the database."""

import sqlite3
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from flask import Flask, Response, current_app

from api.database import cached_rows, connection_pool, current_revision
from api.http.negotiation import best_media_type
from api.http.query_params import parse_query
from api.middleware.request_metrics import BUCKETS, TOTAL_SECONDS, Rows
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from api.service.health import NO_STORE
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from seed.storage.errors import DatabaseUnavailable

MIMETYPE = "text/plain"
FORMAT = f"{MIMETYPE}; version=0.0.4; charset=utf-8"
"""Prometheus text format."""


def init_app(app: Flask) -> None:
    """Add the metrics endpoint."""
    answer = MediaType(LONG_TEXT, "readout_revision 1.0\n")
    purpose = "Metrics for Prometheus: requests, durations, cache hits, and the state of the database."
    add_route(app, Endpoint("/metrics", purpose, "metrics", "service", {FORMAT: answer}, cacheable=False), metrics)


def metrics() -> Response:
    """Return all metrics as text."""
    parse_query(QuerySchema())
    best_media_type([MIMETYPE])
    # Importing it takes half as long as Flask, and most processes are never scraped.
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(MetricsCollector())
    return Response(generate_latest(registry), headers=NO_STORE, content_type=FORMAT)


class MetricsCollector:
    """Collector for prometheus_client."""

    def collect(self) -> Iterator[Any]:
        """Yield every metric."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        tally = current_app.extensions.get("tally")
        yield from served(tally.all() if tally else {})
        try:
            figures = list(of_the_file())
        except (DatabaseUnavailable, sqlite3.DatabaseError):
            figures = []
        yield GaugeMetricFamily("readout_database_up", "Whether the database can be read.", value=bool(figures))
        yield from figures


def served(rows: Rows) -> Iterator[Any]:
    """Yield request counts and durations."""
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

    labels = ["route", "status", "cache"]
    requests = CounterMetricFamily("readout_requests", "Requests by route, status and cache result.", labels=labels)
    times = HistogramMetricFamily("readout_request_seconds", "Duration of requests in seconds.", labels=["route"])
    by_route: dict[str, list[float]] = {}
    for (route, status, held), row in sorted(rows.items()):
        requests.add_metric([route, str(status), "hit" if held else "miss"], sum(row[:TOTAL_SECONDS]))
        before = by_route.get(route, [0] * len(row))
        by_route[route] = [one + other for one, other in zip(before, row, strict=True)]
    for route, row in by_route.items():
        buckets = zip((*map(str, BUCKETS), "+Inf"), accumulate(row[:TOTAL_SECONDS]), strict=True)
        times.add_metric([route], list(buckets), row[TOTAL_SECONDS])
    yield requests
    yield times


def of_the_file() -> Iterator[Any]:
    """Yield the state of the database. Raises DatabaseUnavailable."""
    from prometheus_client.metrics_core import GaugeMetricFamily

    yield GaugeMetricFamily("readout_revision", "Revision of the data.", value=current_revision().number)
    recorded = current_revision().recorded_at.timestamp()
    yield GaugeMetricFamily("readout_recorded_timestamp_seconds", "Time of the revision.", value=recorded)
    rows = GaugeMetricFamily("readout_records", "Number of records by type.", labels=["type"])
    for plural in RECORDS:
        rows.add_metric([plural], cached_rows(f'select count(*) from "{plural}"', {})[0][0])
    yield rows
    file = connection_pool().path.stat()
    yield GaugeMetricFamily("readout_file_bytes", "Size of the database file.", value=file.st_size)
    written = "Last modification of the database file."
    yield GaugeMetricFamily("readout_file_modified_timestamp_seconds", written, value=file.st_mtime)
