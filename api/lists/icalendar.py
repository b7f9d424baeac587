"""Records as entries of a calendar (RFC 5545)."""

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
"""The iCalendar status for the status of an event; it is tentative if only planned, threatened or alleged."""
RUNNING = {"ordered", "in_effect"}
"""The stages at which the duration of a measure runs."""


class Entry(NamedTuple):
    """An all-day entry, from its first to its last day."""

    title: str
    description: str
    first: date
    last: date
    status: str


def calendar_text(plural: str, rows: Iterable[sqlite3.Row]) -> Iterator[bytes]:
    """Yield a calendar of any number of records, piece by piece. Records without an entry are left out."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Readout: {plural}")
    header, end, rest = calendar.to_ical().rpartition(b"END:VCALENDAR")
    yield header
    for row in rows:
        entry = ENTRIES[plural](json.loads(row["record"]))
        if entry:
            yield component(entry, f"{plural}/{row['id']}").to_ical()
    yield end + rest


def component(entry: Entry, path: str) -> Event:
    """Return an entry as a VEVENT, with the URL of its record."""
    event = Event()
    event.add("uid", path)
    event.add("dtstamp", current_revision().recorded_at)
    event.add("summary", entry.title)
    event.add("description", entry.description)
    event.add("dtstart", entry.first)
    event.add("dtend", day_after(entry.last))
    event.add("status", entry.status)
    event.add("url", f"{base_url()}/{path}")
    return event


def day_after(day: date) -> date:
    """Return the next day, or the day itself if it is the last that Python has."""
    return day + timedelta(days=1) if day < date.max else day


def event_entry(event: dict[str, Any]) -> Entry | None:
    """Return an entry on the days that the date of an event may mean; None if the first or the last is open."""
    if event["date_earliest"] is None or event["date_latest"] is None:
        return None
    first, last = date.fromisoformat(event["date_earliest"]), date.fromisoformat(event["date_latest"])
    title = event["title"] if event["status"] == "occurred" else f"{event['title']} ({event['status']})"
    return Entry(title, event["summary"], first, last, STATUSES.get(event["status"], "TENTATIVE"))


def timeline_entry(entry: dict[str, Any]) -> Entry | None:
    """Return the calendar entry of an entry of the timeline; None if its first or last day is open."""
    return event_entry({**entry, "status": entry["state"] or entry["type"], "summary": entry["note"] or entry["title"]})


def expiry_entry(proposal: dict[str, Any]) -> Entry | None:
    """Return the day on which a measure of limited duration would end, counted from its date; None for any other."""
    if proposal["stage"] not in RUNNING or proposal["duration"] is None or proposal["date_latest"] is None:
        return None
    first = date.fromisoformat(proposal["date_latest"])
    try:
        last = first + parse_duration(proposal["duration"])
    except (ValueError, OverflowError):  # Python's last year is 9999
        return None
    description = (
        f"Counted by Readout: {proposal['duration']} from {first}, the date of the proposal. No source need say so; "
        f"see the proposal's note. {proposal['summary']}"
    )
    return Entry(f"Would end: {proposal['title']}", description, last, last, "TENTATIVE")


def parse_duration(duration: str) -> relativedelta:
    """Parse an ISO 8601 duration of years, months, weeks and days."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMWD])", duration)}
    return relativedelta(
        years=parts.get("Y", 0), months=parts.get("M", 0), weeks=parts.get("W", 0), days=parts.get("D", 0)
    )


ENTRIES: dict[str, Callable[[dict[str, Any]], Entry | None]] = {
    "events": event_entry,
    "proposals": expiry_entry,
    "timeline": timeline_entry,
}
"""The types that have calendars, and the function that makes the entry of a record."""
