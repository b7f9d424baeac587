"""FastAPI with pydantic models and plain views: a keyset page of events with the exact total."""

import os
import sqlite3
from functools import lru_cache
from threading import local

from fastapi import FastAPI, Request
from pydantic import BaseModel

from bench.peers.links import served
from schemas.event import Event as Declared
from seed.storage.mapping import default_sort, sortable

ORDER = sortable(Declared)[default_sort(Declared)]
"""Column by which Readout orders events, which is indexed."""
app = FastAPI()
thread = local()


class Place(BaseModel):
    """Place of an event."""

    name: str
    country: str | None
    lat: float | None
    lon: float | None


class Participant(BaseModel):
    """Participant of an event."""

    party: str
    role: str


class Relation(BaseModel):
    """Relation to another event."""

    event: str
    relation: str


class EventProposal(BaseModel):
    """A proposal that an event concerns."""

    proposal: str
    relation: str


class Plover(BaseModel):
    """PLOVER codes."""

    event: str
    mode: str | None
    context: list[str]


class Codes(BaseModel):
    """Codes of event data sets."""

    cameo: str | None
    plover: Plover | None


class Citation(BaseModel):
    """Citation of an event."""

    source: str
    paragraph: int


class Links(BaseModel):
    """Links of an event."""

    events: str
    proposals: str
    positions: str
    statements: str
    statements_about: str
    questions: str
    additions: str


class Event(BaseModel):
    """Event as it is served."""

    id: str
    title: str
    summary: str
    issues: list[str]
    kind: str
    status: str
    time: str | None
    place: Place | None
    participants: list[Participant]
    relations: list[Relation]
    proposals: list[EventProposal]
    codes: Codes | None
    negotiations: list[str]
    date: str | None
    date_earliest: str | None
    date_latest: str | None
    date_wording: str | None
    date_basis: str | None
    voice: str
    according_to: list[str]
    citations: list[Citation]
    note: str | None
    accounts: list[str]
    attribution: str
    additions: list[str]
    revision: int
    url: str
    links: Links


class Page(BaseModel):
    """Page of events."""

    data: list[Event]
    total: int


def file() -> sqlite3.Connection:
    """Return the connection of this thread."""
    if not hasattr(thread, "file"):
        thread.file = sqlite3.connect(f"file:{os.environ['BENCH_DATABASE']}?mode=ro", uri=True)
    opened: sqlite3.Connection = thread.file
    return opened


@lru_cache
def total(connection: sqlite3.Connection, version: int) -> int:
    """Count the events, once per version of the database."""
    return int(connection.execute("select count(*) from events").fetchone()[0])


@app.get("/events", response_model=Page)
def events(request: Request, date: str = "", id: str = "", limit: int = 50) -> dict[str, object]:
    """Return the events after a date and id."""
    connection = file()
    rows = connection.execute(
        f"select id, record, derived, revision from events where ({ORDER}, id) > (?, ?) order by {ORDER}, id limit ?",
        [date, id, limit],
    )
    base = str(request.base_url)
    data = [served(record, derived, revision, base, id) for id, record, derived, revision in rows]
    (version,) = connection.execute("pragma data_version").fetchone()
    return {"data": data, "total": total(connection, version)}
