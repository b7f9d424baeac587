"""The file, open for reading while a request lasts."""

import json
import sqlite3
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, current_app, g

from api.readers import Readers
from seed.file import Apart, UnusableFile

MOST_TOTALS = 1000
MOST_COUNTS = 100
"""How many totals, and how many lists of counts, are remembered: such a list takes a few hundred kilobytes."""


class State(NamedTuple):
    """How far the file is: its revision, when that was written, and a digest of all the data."""

    revision: int
    recorded_at: datetime
    digest: str


def init_app(app: Flask, database: Path, seconds: float) -> None:
    """Serve the records of this file, which may be asked for so long for one answer, or for one piece of a stream."""
    app.extensions["readers"] = Readers(database, seconds)
    app.after_request(undisturbed)
    app.teardown_appcontext(give_back)


def readers() -> Readers:
    """The connections to the file."""
    held: Readers = current_app.extensions["readers"]
    return held


def connection() -> sqlite3.Connection:
    """The request's connection: read-only, and one unchanging view of the file until the request ends."""
    if "connection" not in g:
        g.connection = readers().take()
    opened: sqlite3.Connection = g.connection
    return opened


def go_on() -> None:
    """Let the request's connection work for as long again as one answer may take, as what it does is none."""
    readers().allow_more(connection())


def give_back(_error: BaseException | None = None) -> None:
    """Be done with the request's connection."""
    opened = g.pop("connection", None)
    if opened is not None:
        readers().give_back(opened)


def undisturbed(answer: Response) -> Response:
    """The answer; UnusableFile where it may be of two states of the file."""
    if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        try:
            look_after(g.get("connection"))
        except UnusableFile:
            answer.close()
            raise
    return answer


def look_after(opened: sqlite3.Connection | None) -> None:
    """UnusableFile where what a connection has read may be of two states of the file."""
    if isinstance(opened, Apart) and opened.disturbed():
        raise UnusableFile(f"{opened.path} was written to while it was read.")


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
    (row,) = counts("select max(date_latest) from sources", {})
    last: str | None = row[0]
    return last


def total(statement: str, bound: dict[str, Any]) -> int:
    """The number that a statement counts, which is asked for once for as long as the data stays the same."""
    return _total(state().digest, statement, json.dumps(bound, sort_keys=True))


def counts(statement: str, bound: dict[str, Any]) -> list[sqlite3.Row]:
    """The rows of a statement that counts over the whole data, likewise."""
    return _counts(state().digest, statement, json.dumps(bound, sort_keys=True))


# The digest is that of the view of the file that the request has, and so is what is counted.
@lru_cache(maxsize=MOST_TOTALS)
def _total(digest: str, statement: str, bound: str) -> int:
    return int(select(statement, json.loads(bound))[0][0])


@lru_cache(maxsize=MOST_COUNTS)
def _counts(digest: str, statement: str, bound: str) -> list[sqlite3.Row]:
    return select(statement, json.loads(bound))
