"""The file, open for reading while a request lasts."""

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
"""How many totals, and how many lists of counts, are remembered: such a list takes a few hundred kilobytes."""


class State(NamedTuple):
    """How far the file is: its revision, when that was written, and a digest of all the data."""

    revision: int
    recorded_at: datetime
    digest: str


def init_app(app: Flask, database: Path, seconds: float) -> None:
    """Serve the records of this file, which may be asked for so long for one answer, or for one piece of a stream."""
    app.extensions["readers"] = ConnectionPool(database, seconds)
    app.after_request(reject_torn_read)
    app.teardown_appcontext(release_connection)


def connection_pool() -> ConnectionPool:
    """The connections to the file."""
    held: ConnectionPool = current_app.extensions["readers"]
    return held


def connection() -> sqlite3.Connection:
    """The request's connection: read-only, and one unchanging view of the file until the request ends."""
    if "connection" not in g:
        g.connection = connection_pool().acquire()
    opened: sqlite3.Connection = g.connection
    return opened


def extend_deadline() -> None:
    """Let the request's connection work for as long again as one answer may take, as what it does is none."""
    connection_pool().extend_deadline(connection())


def release_connection(_error: BaseException | None = None) -> None:
    """Be done with the request's connection."""
    opened = g.pop("connection", None)
    if opened is not None:
        connection_pool().release(opened)


def reject_torn_read(answer: Response) -> Response:
    """The answer; DatabaseUnavailable where it may be of two states of the file."""
    if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        try:
            ensure_consistent(g.get("connection"))
        except DatabaseUnavailable:
            answer.close()
            raise
    return answer


def ensure_consistent(opened: sqlite3.Connection | None) -> None:
    """DatabaseUnavailable where what a connection has read may be of two states of the file."""
    if isinstance(opened, ImmutableConnection) and opened.changed_since_open():
        raise DatabaseUnavailable(f"{opened.path} was written to while it was read.")


def select(statement: str, bound: dict[str, Any] | None = None) -> list[sqlite3.Row]:
    """The rows of one statement."""
    return connection().execute(statement, bound or {}).fetchall()


def state() -> State:
    """How far the file is."""
    if "state" not in g:
        (row,) = select("select revision, recorded_at, digest from revisions order by revision desc limit 1")
        g.state = State(**{**row, "recorded_at": datetime.fromisoformat(row["recorded_at"])})
    known: State = g.state
    return known


def data_through() -> str | None:
    """The last day that the sources know of."""
    (row,) = cached_rows("select max(date_latest) from sources", {})
    last: str | None = row[0]
    return last


def cached_total(statement: str, bound: dict[str, Any]) -> int:
    """The number that a statement counts, which is asked for once for as long as the data stays the same."""
    return _cached_total(state().digest, statement, json.dumps(bound, sort_keys=True))


def cached_rows(statement: str, bound: dict[str, Any]) -> list[sqlite3.Row]:
    """The rows of a statement that counts over the whole data, likewise."""
    return _cached_rows(state().digest, statement, json.dumps(bound, sort_keys=True))


# The digest is that of the view of the file that the request has, and so is what is counted.
@lru_cache(maxsize=MAX_CACHED_TOTALS)
def _cached_total(digest: str, statement: str, bound: str) -> int:
    return int(select(statement, json.loads(bound))[0][0])


@lru_cache(maxsize=MAX_CACHED_COUNTS)
def _cached_rows(digest: str, statement: str, bound: str) -> list[sqlite3.Row]:
    return select(statement, json.loads(bound))
