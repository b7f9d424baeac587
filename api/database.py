"""Database access during a request: one read-only connection, and cached totals and aggregates."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g

from api.past_files import PastFiles
from seed.storage.connection_pool import ConnectionPool
from seed.storage.errors import DatabaseUnavailable
from seed.storage.read_connection import ImmutableConnection

MAX_CACHED_TOTALS = 1000
"""Number of cached totals. A key takes at most some 20 kB, since the length of a request line is limited."""
MAX_CACHED_ROW_LISTS = 100
"""Number of cached lists of aggregate rows, such as facets; one may take a few hundred kilobytes."""

LATEST_SELECT = "select revision, recorded_at, digest from revisions order by revision desc limit 2"
"""The latest revision, then the one before it."""

Parameters = tuple[tuple[str, Any], ...]
"""The parameters of a statement, sorted by name."""


class Revision(NamedTuple):
    """Revision of the data: its number, when it was recorded, and the digest of all changes.

    `purge` is the number of the last later revision that removed some of this data for good, or 0. `changed_at` is when
    that purge was recorded, or without one the revision; None if the revision before was recorded in the same second.
    """

    number: int
    recorded_at: datetime
    digest: str
    purge: int
    changed_at: datetime | None

    @property
    def key(self) -> str:
        """Cache key: equal for equal data."""
        return f"{self.digest}-{self.purge}"


class KnownAt(NamedTuple):
    """The past revision that a request asks for."""

    text: str
    """The parameter as the client wrote it."""
    pool: ConnectionPool
    """The connection pool of its file; that of the application if it is the latest revision."""
    purge: int
    changed_at: datetime | None


def init_app(app: Flask, database: Path, timeout: float) -> None:
    """Open a pool for this database. `timeout` in seconds limits the queries of a response or of a stream's chunk."""
    app.extensions["connection_pool"] = ConnectionPool(database, timeout)
    app.extensions["past_files"] = PastFiles(database, timeout)
    app.after_request(reject_torn_read)
    app.teardown_appcontext(release_connection)


def connection_pool() -> ConnectionPool:
    """Return the connection pool of the revision that the request asks for, by default the latest."""
    known = known_at()
    return known.pool if known else present_pool()


def present_pool() -> ConnectionPool:
    """Return the connection pool of the application."""
    pool: ConnectionPool = current_app.extensions["connection_pool"]
    return pool


def known_at() -> KnownAt | None:
    """Return the revision that the request asks for, None if it asks for the latest."""
    known: KnownAt | None = g.get("known_at")
    return known


def read_past(known: KnownAt) -> None:
    """Let the rest of the request read a past revision.

    The latest revision is read from the snapshot of the request, since a later one may have been written by now.
    """
    if known.pool is not connection_pool():
        release_connection()
    g.pop("revision", None)
    g.known_at = known


def present_connection() -> sqlite3.Connection:
    """Return a connection to the latest data until the request ends, also with `known_at`."""
    if "present_connection" not in g:
        g.present_connection = present_pool().acquire()
    current: sqlite3.Connection = g.present_connection
    return current


def connection() -> sqlite3.Connection:
    """Return the request's connection: read-only, and on the same snapshot of the database until the request ends."""
    current: sqlite3.Connection | None = g.get("connection")
    if current is None:
        current = g.connection = connection_pool().acquire()
    return current


def extend_deadline(seconds: float | None = None) -> None:
    """Restart the query timeout, or allow a statement more seconds; long exports call this between batches."""
    connection_pool().extend_deadline(connection(), seconds)


def release_connection(_error: BaseException | None = None) -> None:
    """Return the request's connections to their pools."""
    for name, pool in (("connection", connection_pool), ("present_connection", present_pool)):
        current = g.pop(name, None)
        if current is not None:
            pool().release(current)


def reject_torn_read(response: Response) -> Response:
    """Return the response. Raise DatabaseUnavailable if it may mix two versions of the database."""
    if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        try:
            ensure_consistent(g.get("connection"))
        except DatabaseUnavailable:
            response.close()
            raise
    return response


def ensure_consistent(current: sqlite3.Connection | None) -> None:
    """Raise DatabaseUnavailable if a connection may have read from two versions of the database."""
    if isinstance(current, ImmutableConnection) and current.changed_since_open():
        raise DatabaseUnavailable(f"{current.path} was written to while it was read.")


def select(statement: str, parameters: dict[str, Any] | None = None) -> list[sqlite3.Row]:
    """Execute a statement and return its rows."""
    return connection().execute(statement, parameters or {}).fetchall()


def current_revision() -> Revision:
    """Return the revision that the request reads."""
    revision: Revision | None = g.get("revision")
    if revision is None:
        known, rows = known_at(), select(LATEST_SELECT)
        row, recorded_at = rows[0], datetime.fromisoformat(rows[0]["recorded_at"])
        purge, changed_at = (known.purge, known.changed_at) if known else (0, changed_at_of(rows))
        revision = g.revision = Revision(row["revision"], recorded_at, row["digest"], purge, changed_at)
    return revision


def changed_at_of(rows: Sequence[sqlite3.Row]) -> datetime | None:
    """Return when a revision was recorded, or None if the one before it, the second row, was in the same second.

    Last-Modified has a resolution of one second (RFC 9110, section 8.8.2.2), and must not stand for two revisions.
    """
    time, *before = [datetime.fromisoformat(row["recorded_at"]).replace(microsecond=0) for row in rows]
    return None if time in before else time


def first_digest() -> str:
    """Return the digest of the first revision, from which ids are made that programs elsewhere keep.

    It stays the same on every host and over all loads. Databases have it in common only if they began with equal data.
    """
    (row,) = select("select digest from revisions order by revision limit 1")
    return str(row["digest"])


def row_cache_key() -> str:
    """Return the cache key for values with row keys, which differ between the database and a past revision's file."""
    return f"{current_revision().key} {connection_pool().path}"


def data_through() -> str | None:
    """Return the latest date of the sources."""
    (row,) = cached_rows("select max(date_latest) from sources", {})
    date: str | None = row[0]
    return date


def cached_total(statement: str, parameters: dict[str, Any]) -> int:
    """Return the result of a counting statement, cached until the data changes."""
    return _cached_total(current_revision().key, statement, tuple(sorted(parameters.items())))


def cached_rows(statement: str, parameters: dict[str, Any]) -> list[sqlite3.Row]:
    """Return the rows of an aggregate statement, cached until the data changes."""
    return _cached_rows(current_revision().key, statement, tuple(sorted(parameters.items())))


# The key identifies the request's snapshot, so a cached value belongs to the same data.
@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _cached_total(key: str, statement: str, parameters: Parameters) -> int:
    return int(select(statement, dict(parameters))[0][0])


@lru_cache(maxsize=MAX_CACHED_ROW_LISTS)
def _cached_rows(key: str, statement: str, parameters: Parameters) -> list[sqlite3.Row]:
    return select(statement, dict(parameters))
