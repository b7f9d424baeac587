"""Records as entries of a calendar (RFC 5545).

An entry is a whole day, and does not block the subscriber's time; its description has the time of day. If the day is
uncertain, the entry covers the days that the date may mean, is tentative and says so in its title. It is tentative,
too, if the editors inferred the day or know it from elsewhere, or counted it from such a day; its description says how
it is known. Dates that are open or vaguer than a month have no entry.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from api.database import current_revision, first_digest, select
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.icalendar_lines import Property, component, escape, write_lines
from api.lists.readable_date import readable_date
from api.lists.record_nouns import record_noun, with_kinds
from api.lists.state_labels import state_label
from schemas.filter_sql import json_values
from schemas.proposal import NOT_PUT_FORWARD
from schemas.record import Record
from schemas.vocabularies import DATE_BASES
from seed.batches import batches

PRODUCT = "-//Readout//Readout//EN"
UID_DOMAIN = "readout.alt"
"""The end of UIDs. Names under .alt are outside the DNS (RFC 9476)."""
UID_DIGITS = 16
"""Number of digits in UIDs that tell databases of different data apart."""
STATUSES = {"occurred": "CONFIRMED", "ongoing": "CONFIRMED", "cancelled": "CANCELLED"}
"""The iCalendar status for the status of an event; what is only planned, threatened or alleged is tentative."""
NOT_IN_SOURCE = ("inferred", "external")
"""Bases of dates that do not follow from the words of the source: the entry is tentative."""
RESOLVED = "resolved"
"""The basis of a date that is counted from that of the source, and that is only as certain as that one."""
MAX_DAYS = 31
"""Maximum number of days that a date may span to get an entry."""
TIME_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)
"""The component of a calendar without entries, which must have at least one (RFC 5545, 3.6)."""
UTC_FORMAT = "%Y%m%dT%H%M%SZ"
BATCH_SIZE = 200
PATH = "/{path}"
"""Stands for the path of an entry in the URL of all of them."""


class Entry(NamedTuple):
    """An all-day entry, from its first to its last day."""

    path: str
    title: str
    description: str
    first: date
    last: date
    status: str
    place: dict[str, Any] | None = None


def calendar_text(record: type[Record], rows: Iterator[sqlite3.Row]) -> Iterator[bytes]:
    """Yield a calendar of any number of records, piece by piece. Records without an entry are left out."""
    name = f"X-WR-CALNAME:Readout: {record.plural}"
    yield write_lines("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", name)
    empty, recorded_at = True, current_revision().recorded_at.strftime(UTC_FORMAT)
    url_parts, uid_end = data_url(PATH).split(PATH), f"@{first_digest()[:UID_DIGITS]}.{UID_DOMAIN}"
    for batch in batches(rows, BATCH_SIZE):
        for entry in filter(None, ENTRIES[record.plural](batch)):
            yield component("VEVENT", properties(entry, recorded_at, uid_end, entry.path.join(url_parts)))
            empty = False
    if empty:
        yield write_lines(*TIME_ZONE)
    yield write_lines("END:VCALENDAR")


def properties(entry: Entry, recorded_at: str, uid_end: str, url: str) -> Iterator[Property]:
    """Yield the properties of an entry, the URL of its record among them. Its UID is its path with an end."""
    yield "SUMMARY", escape(entry.title)
    yield "DTSTART;VALUE=DATE", _day(entry.first)
    if (end := day_after(entry.last)) > entry.first:
        yield "DTEND;VALUE=DATE", _day(end)
    yield "DTSTAMP", recorded_at
    yield "UID", entry.path.removeprefix("/") + uid_end
    yield "DESCRIPTION", escape(entry.description)
    if entry.place and None not in (entry.place["lat"], entry.place["lon"]):
        yield "GEO", f"{entry.place['lat']};{entry.place['lon']}"
    if entry.place:
        yield "LOCATION", escape(entry.place["name"])
    yield "STATUS", entry.status
    yield "TRANSP", "TRANSPARENT"
    yield "URL", url


def day_after(day: date) -> date:
    """Return the next day, or the day itself if it is the last that Python has."""
    return day + timedelta(days=1) if day < date.max else day


def event_entries(rows: Sequence[sqlite3.Row]) -> Iterator[Entry | None]:
    """Yield the entry of each event, or None."""
    events = [parse_record(row) for row in rows]
    bases = _source_bases(events)
    for event in events:
        yield event_entry(event, bases)


def timeline_entries(rows: Sequence[sqlite3.Row]) -> Iterator[Entry | None]:
    """Yield the entry of each timeline record, or None. Those of events are the same as in the event calendar."""
    events = _events(row["id"].removeprefix("events/") for row in rows if row["id"].startswith("events/"))
    bases = _source_bases(events.values())
    others = iter(with_kinds(parse_record(row) for row in rows if row["id"] not in events))
    for row in rows:
        yield event_entry(events[row["id"]], bases) if row["id"] in events else timeline_entry(next(others))


def event_entry(event: dict[str, Any], bases: Mapping[str, str | None]) -> Entry | None:
    """Return the entry of an event; None if its date is too vague. `bases` has those of the dates of sources."""
    label = state_label("events", event["status"])
    title = event["title"] if event["status"] == "occurred" else f"{event['title']} ({label})"
    return _entry(f"/events/{event['id']}", event, title, event["summary"], _status(event, bases), event["place"])


def timeline_entry(entry: dict[str, Any]) -> Entry | None:
    """Return the calendar entry of a proposal, position or statement in the timeline; None if its date is too vague."""
    state, noun = state_label(entry["type"], entry["state"]), record_noun(entry)
    kind = f"{noun}, {state}" if state and entry["kind"] in NOT_PUT_FORWARD else state or noun
    title = f"{entry['title']} ({kind})"
    return _entry(f"/{entry['id']}", entry, title, entry["note"] or entry["title"], "TENTATIVE", None)


def _entry(
    path: str, record: dict[str, Any], title: str, text: str, status: str, place: dict[str, Any] | None
) -> Entry | None:
    if record["date_earliest"] is None or record["date_latest"] is None:
        return None
    first, last = date.fromisoformat(record["date_earliest"]), date.fromisoformat(record["date_latest"])
    if (last - first).days >= MAX_DAYS:
        return None
    if record["date"] != record["date_earliest"]:
        title = f"{title} (date uncertain: {readable_date(record['date'])})"
    return Entry(path, title, _description(record, text), first, last, status, place)


def _status(event: Mapping[str, Any], bases: Mapping[str, str | None]) -> str:
    """Return the iCalendar status of an event: tentative if its day is uncertain or does not follow from the source."""
    status, basis = STATUSES.get(event["status"], "TENTATIVE"), event["date_basis"]
    if basis == RESOLVED:
        basis = bases.get(event["citations"][0]["source"])
    is_given = event["date"] == event["date_earliest"] and basis not in NOT_IN_SOURCE
    return status if is_given or status == "CANCELLED" else "TENTATIVE"


def _description(record: dict[str, Any], text: str) -> str:
    """Return the description of an entry: text, date and time with basis and wording, account, inference, citations."""
    basis = DATE_BASES.terms[record["date_basis"]].label if record["date_basis"] else "basis not known"
    wording = f", in the words of the source: {record['date_wording']}" if record["date_wording"] else ""
    inferred = [f"Inferred: {record['inference']}"] if record.get("inference") else []
    cited = ", ".join(f"{citation['source']} paragraph {citation['paragraph']}" for citation in record["citations"])
    time = f", {record['time']}" if record.get("time") else ""
    date = f"Date: {record['date']}{time} ({basis}){wording}"
    return "\n".join([text, "", date, f"According to: {record['attribution']}", *inferred, f"Cited: {cited}"])


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _source_bases(events: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """Return the bases of the dates of the sources from whose dates those of events are counted."""
    ids = {event["citations"][0]["source"] for event in events if event["date_basis"] == RESOLVED}
    statement = f"select id, date_basis from sources where id in {json_values('ids')}"
    return {row["id"]: row["date_basis"] for row in select(statement, {"ids": json.dumps(sorted(ids))})}


def _events(ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the events with these ids by their path in the timeline."""
    statement = f"select id, record, derived from events where id in {json_values('ids')}"
    rows = select(statement, {"ids": json.dumps(list(ids))})
    return {f"events/{row['id']}": parse_record(row) for row in rows}


ENTRIES: dict[str, Callable[[Sequence[sqlite3.Row]], Iterator[Entry | None]]] = {
    "events": event_entries,
    "timeline": timeline_entries,
}
"""The types that have calendars, and the function that makes the entries of records."""
