"""Database access during a request: one read-only connection, and cached counts."""

import json
import sqlite3
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g

from seed.storage.connection_pool import ConnectionPool
from seed.storage.sqlite_file import DatabaseUnavailable, ImmutableConnection

MAX_CACHED_TOTALS = 1000
MAX_CACHED_COUNTS = 100
"""Number of totals and of lists of counts that are cached; such a list takes a few hundred kilobytes."""


class State(NamedTuple):
    """State of the database: its revision, when that was recorded, and the digest of all data."""

    revision: int
    recorded_at: datetime
    digest: str


def init_app(app: Flask, database: Path, seconds: float) -> None:
    """Serve this database. `seconds` limits the queries of one response, or of one chunk of a stream."""
    app.extensions["readers"] = ConnectionPool(database, seconds)
    app.after_request(reject_torn_read)
    app.teardown_appcontext(release_connection)


def connection_pool() -> ConnectionPool:
    """Return the connection pool."""
    held: ConnectionPool = current_app.extensions["readers"]
    return held


def connection() -> sqlite3.Connection:
    """Return the request's connection: read-only, with one snapshot of the database until the request ends."""
    if "connection" not in g:
        g.connection = connection_pool().acquire()
    opened: sqlite3.Connection = g.connection
    return opened


def extend_deadline() -> None:
    """Restart the query timeout; long exports call this between batches."""
    connection_pool().extend_deadline(connection())


def release_connection(_error: BaseException | None = None) -> None:
    """Return the request's connection to the pool."""
    opened = g.pop("connection", None)
    if opened is not None:
        connection_pool().release(opened)


def reject_torn_read(answer: Response) -> Response:
    """Return the response. Raises DatabaseUnavailable if it may mix two states of the database."""
    if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        try:
            ensure_consistent(g.get("connection"))
        except DatabaseUnavailable:
            answer.close()
            raise
    return answer


def ensure_consistent(opened: sqlite3.Connection | None) -> None:
    """Raise DatabaseUnavailable if what a connection has read may mix two states of the database."""
    if isinstance(opened, ImmutableConnection) and opened.changed_since_open():
        raise DatabaseUnavailable(f"{opened.path} was written to while it was read.")


def select(statement: str, bound: dict[str, Any] | None = None) -> list[sqlite3.Row]:
    """Return the rows of a statement."""
    return connection().execute(statement, bound or {}).fetchall()


def state() -> State:
    """Return the state of the database."""
    if "state" not in g:
        (row,) = select("select revision, recorded_at, digest from revisions order by revision desc limit 1")
        g.state = State(**{**row, "recorded_at": datetime.fromisoformat(row["recorded_at"])})
    known: State = g.state
    return known


def data_through() -> str | None:
    """Return the last day that the sources know about."""
    (row,) = cached_rows("select max(date_latest) from sources", {})
    last: str | None = row[0]
    return last


def cached_total(statement: str, bound: dict[str, Any]) -> int:
    """Return the number that a statement counts, cached until the data changes."""
    return _cached_total(state().digest, statement, json.dumps(bound, sort_keys=True))


def cached_rows(statement: str, bound: dict[str, Any]) -> list[sqlite3.Row]:
    """Return the rows of an aggregate statement, cached until the data changes."""
    return _cached_rows(state().digest, statement, json.dumps(bound, sort_keys=True))


# The digest identifies the request's snapshot, so a cached value belongs to the same data.
@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _cached_total(digest: str, statement: str, bound: str) -> int:
    return int(select(statement, json.loads(bound))[0][0])


@lru_cache(maxsize=MAX_CACHED_COUNTS)
def _cached_rows(digest: str, statement: str, bound: str) -> list[sqlite3.Row]:
    return select(statement, json.loads(bound))
