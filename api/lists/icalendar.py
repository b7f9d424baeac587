"""Records as entries of a calendar (RFC 5545): what happens, and when a measure of limited time would end."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta
from icalendar import Calendar, Event

from api.database import state
from api.http.serialization import base_url

PRODUCT = "-//Readout//Readout//EN"
STATUSES = {"occurred": "CONFIRMED", "ongoing": "CONFIRMED", "cancelled": "CANCELLED"}
"""iCalendar's word for the status of an event; whatever is only planned, threatened or alleged is tentative."""
RUNNING = {"ordered", "in_effect"}
"""The stages at which the time of a measure runs."""


class Entry(NamedTuple):
    """An entry: its title, what more is told, its first and last day, and its status."""

    title: str
    told: str
    first: date
    last: date
    status: str


def calendar_text(plural: str, rows: Iterable[sqlite3.Row]) -> Iterator[bytes]:
    """A calendar of any number of records, those that have a place in one."""
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
    """An entry in iCalendar's terms, whole days, with the address of the record that it stands for."""
    event = Event()
    event.add("uid", path)
    event.add("dtstamp", state().recorded_at)
    event.add("summary", entry.title)
    event.add("description", entry.told)
    event.add("dtstart", entry.first)
    event.add("dtend", day_after(entry.last))
    event.add("status", entry.status)
    event.add("url", f"{base_url()}/{path}")
    return event


def day_after(day: date) -> date:
    """The next day; the last there is has none."""
    return day + timedelta(days=1) if day < date.max else day


def happening(event: dict[str, Any]) -> Entry | None:
    """An event on the days that its date may mean; None where it has no first or no last day."""
    if event["date_earliest"] is None or event["date_latest"] is None:
        return None
    first, last = date.fromisoformat(event["date_earliest"]), date.fromisoformat(event["date_latest"])
    title = event["title"] if event["status"] == "occurred" else f"{event['title']} ({event['status']})"
    return Entry(title, event["summary"], first, last, STATUSES.get(event["status"], "TENTATIVE"))


def noted(entry: dict[str, Any]) -> Entry | None:
    """An entry of the timeline on the days that its date may mean; None where it has no first or no last day."""
    return happening({**entry, "status": entry["state"] or entry["type"], "summary": entry["note"] or entry["title"]})


def ending(proposal: dict[str, Any]) -> Entry | None:
    """The day on which a measure that runs for a limited time would end, counted from its date; None for any other."""
    if proposal["stage"] not in RUNNING or proposal["duration"] is None or proposal["date_latest"] is None:
        return None
    first = date.fromisoformat(proposal["date_latest"])
    try:
        last = first + length(proposal["duration"])
    except (ValueError, OverflowError):  # no calendar goes beyond the year 9999
        return None
    told = (
        f"Counted by Readout: {proposal['duration']} from {first}, the date of the proposal. No source need say so; "
        f"see the proposal's note. {proposal['summary']}"
    )
    return Entry(f"Would end: {proposal['title']}", told, last, last, "TENTATIVE")


def length(duration: str) -> relativedelta:
    """An ISO 8601 duration of years, months, weeks or days, as what is added to a date."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMWD])", duration)}
    return relativedelta(
        years=parts.get("Y", 0), months=parts.get("M", 0), weeks=parts.get("W", 0), days=parts.get("D", 0)
    )


ENTRIES: dict[str, Callable[[dict[str, Any]], Entry | None]] = {
    "events": happening,
    "proposals": ending,
    "timeline": noted,
}
"""The types that have a place in a calendar, and what of each record stands there."""
