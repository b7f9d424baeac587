"""Metrics for Prometheus: requests of all workers, and the state of the database."""

import sqlite3
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from flask import Flask, Response, current_app

from api.database import cached_rows, connection_pool, current_revision
from api.http.negotiation import best_media_type
from api.http.query_params import parse_query
from api.middleware.metrics_store import BUCKETS, TOTAL_SECONDS, MetricsStore, Rows, add_rows
from api.openapi.json_schema import LONG_TEXT
from api.openapi.routes import Endpoint, MediaType, add_route
from api.service.health import NO_STORE
from schemas import RECORDS
from schemas.query_schema import QuerySchema
from seed.storage.errors import DatabaseUnavailable

MEDIA_TYPE = "text/plain"
CONTENT_TYPE = f"{MEDIA_TYPE}; version=0.0.4; charset=utf-8"
"""Prometheus text format."""


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    content = MediaType(LONG_TEXT, "readout_revision 1.0\n")
    purpose = "Metrics for Prometheus: requests, durations, cache hits, and the state of the database."
    endpoint = Endpoint("/metrics", purpose, "metrics", "service", {CONTENT_TYPE: content}, cacheable=False)
    add_route(app, endpoint, metrics)


def metrics() -> Response:
    """Return all metrics as text."""
    parse_query(QuerySchema())
    best_media_type([MEDIA_TYPE])
    # Importing it takes half as long as Flask, and most processes are never scraped.
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(MetricsCollector())
    return Response(generate_latest(registry), headers=NO_STORE, content_type=CONTENT_TYPE)


class MetricsCollector:
    """Collector for prometheus_client."""

    def collect(self) -> Iterator[Any]:
        """Yield every metric."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        store: MetricsStore | None = current_app.extensions.get("metrics_store")
        yield from request_metrics(store.aggregate() if store else {})
        try:
            metrics = list(database_metrics())
        except (DatabaseUnavailable, sqlite3.DatabaseError, OSError):
            metrics = []
        yield GaugeMetricFamily("readout_database_up", "Whether the database can be read.", value=bool(metrics))
        yield from metrics


def request_metrics(rows: Rows) -> Iterator[Any]:
    """Yield request counts and durations."""
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

    labels = ["route", "status", "cache"]
    requests = CounterMetricFamily("readout_requests", "Requests by route, status and cache result.", labels=labels)
    durations = HistogramMetricFamily("readout_request_seconds", "Duration of requests in seconds.", labels=["route"])
    by_route: dict[str, list[float]] = {}
    for (route, status, cached), row in sorted(rows.items()):
        requests.add_metric([route, str(status), "hit" if cached else "miss"], sum(row[:TOTAL_SECONDS]))
        by_route[route] = add_rows(by_route[route], row) if route in by_route else row
    for route, row in by_route.items():
        buckets = zip((*map(str, BUCKETS), "+Inf"), accumulate(row[:TOTAL_SECONDS]), strict=True)
        durations.add_metric([route], list(buckets), row[TOTAL_SECONDS])
    yield requests
    yield durations


def database_metrics() -> Iterator[Any]:
    """Yield the state of the database. Raise DatabaseUnavailable if it cannot be read."""
    from prometheus_client.metrics_core import GaugeMetricFamily

    revision = current_revision()
    yield GaugeMetricFamily("readout_revision", "Revision of the data.", value=revision.number)
    recorded_at = revision.recorded_at.timestamp()
    yield GaugeMetricFamily("readout_recorded_timestamp_seconds", "Time of the revision.", value=recorded_at)
    records = GaugeMetricFamily("readout_records", "Number of records by type.", labels=["type"])
    for plural in RECORDS:
        records.add_metric([plural], cached_rows(f'select count(*) from "{plural}"', {})[0][0])
    yield records
    file = connection_pool().path.stat()
    yield GaugeMetricFamily("readout_file_bytes", "Size of the database file.", value=file.st_size)
    modified = "Last modification of the database file."
    yield GaugeMetricFamily("readout_file_modified_timestamp_seconds", modified, value=file.st_mtime)
