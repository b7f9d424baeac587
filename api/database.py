"""The file, open for reading while a request lasts."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app, g

from seed.file import connect


class State(NamedTuple):
    """How far the file is: its revision, when that was written, a digest of all the data, and the last day it knows."""

    revision: int
    recorded_at: datetime
    digest: str
    data_through: str | None


def init_app(app: Flask, database: Path) -> None:
    """Serve the records of this file."""
    app.extensions["database"] = database
    app.teardown_appcontext(close)


def connection() -> sqlite3.Connection:
    """The request's connection: read-only, and one unchanging view of the file until the request ends."""
    if "connection" not in g:
        g.connection = connect(current_app.extensions["database"])
    opened: sqlite3.Connection = g.connection
    return opened


def close(_error: BaseException | None = None) -> None:
    """Close what the request opened."""
    opened = g.pop("connection", None)
    if opened is not None:
        opened.close()


def select(statement: str, bound: dict[str, Any] | None = None) -> list[sqlite3.Row]:
    """The rows of one statement."""
    return connection().execute(statement, bound or {}).fetchall()


def state() -> State:
    """How far the file is."""
    if "state" not in g:
        (row,) = select(
            "select revision, recorded_at, digest, (select max(date_latest) from sources) data_through"
            " from revisions order by revision desc limit 1"
        )
        g.state = State(**{**row, "recorded_at": datetime.fromisoformat(row["recorded_at"])})
    known: State = g.state
    return known
