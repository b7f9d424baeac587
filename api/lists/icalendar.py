"""Records as calendar entries (RFC 5545)."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta
from icalendar import Calendar, Event

from api.database import current_revision
from api.http.urls import base_url

PRODUCT = "-//Readout//Readout//EN"
STATUSES = {"occurred": "CONFIRMED", "ongoing": "CONFIRMED", "cancelled": "CANCELLED"}
"""iCalendar status by event status; planned, threatened and alleged events are TENTATIVE."""
RUNNING = {"ordered", "in_effect"}
"""Stages in which the duration of a measure runs."""


class Entry(NamedTuple):
    """Calendar entry: title, description, first and last day, status."""

    title: str
    told: str
    first: date
    last: date
    status: str


def calendar_text(plural: str, rows: Iterable[sqlite3.Row]) -> Iterator[bytes]:
    """Yield a calendar of the records that have an entry."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Readout: {plural}")
    opening, end, nothing = calendar.to_ical().rpartition(b"END:VCALENDAR")
    yield opening
    for row in rows:
        entry = ENTRIES[plural](json.loads(row["record"]))
        if entry:
            yield component(entry, f"{plural}/{row['id']}").to_ical()
    yield end + nothing


def component(entry: Entry, path: str) -> Event:
    """Return an all-day VEVENT with the URL of its record."""
    event = Event()
    event.add("uid", path)
    event.add("dtstamp", current_revision().recorded_at)
    event.add("summary", entry.title)
    event.add("description", entry.told)
    event.add("dtstart", entry.first)
    event.add("dtend", day_after(entry.last))
    event.add("status", entry.status)
    event.add("url", f"{base_url()}/{path}")
    return event


def day_after(day: date) -> date:
    """Return the next day, or the same day at the end of the calendar."""
    return day + timedelta(days=1) if day < date.max else day


def happening(event: dict[str, Any]) -> Entry | None:
    """Return the entry of an event, or None if its date is open or missing."""
    if event["date_earliest"] is None or event["date_latest"] is None:
        return None
    first, last = date.fromisoformat(event["date_earliest"]), date.fromisoformat(event["date_latest"])
    title = event["title"] if event["status"] == "occurred" else f"{event['title']} ({event['status']})"
    return Entry(title, event["summary"], first, last, STATUSES.get(event["status"], "TENTATIVE"))


def noted(entry: dict[str, Any]) -> Entry | None:
    """Return the entry of a timeline record, or None if its date is open or missing."""
    return happening({**entry, "status": entry["state"] or entry["type"], "summary": entry["note"] or entry["title"]})


def ending(proposal: dict[str, Any]) -> Entry | None:
    """Return the day on which a measure of limited duration would end, counted from its date, or None."""
    if proposal["stage"] not in RUNNING or proposal["duration"] is None or proposal["date_latest"] is None:
        return None
    first = date.fromisoformat(proposal["date_latest"])
    try:
        last = first + length(proposal["duration"])
    except (ValueError, OverflowError):  # after the year 9999
        return None
    told = (
        f"Counted by Readout: {proposal['duration']} from {first}, the date of the proposal. No source need say so; "
        f"see the proposal's note. {proposal['summary']}"
    )
    return Entry(f"Would end: {proposal['title']}", told, last, last, "TENTATIVE")


def length(duration: str) -> relativedelta:
    """Parse an ISO 8601 duration of years, months, weeks or days."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMWD])", duration)}
    return relativedelta(
        years=parts.get("Y", 0), months=parts.get("M", 0), weeks=parts.get("W", 0), days=parts.get("D", 0)
    )


ENTRIES: dict[str, Callable[[dict[str, Any]], Entry | None]] = {
    "events": happening,
    "proposals": ending,
    "timeline": noted,
}
"""The types that have calendar entries, and the function that makes them."""
