"""The timeline as text: a heading for each date, a paragraph for each fact, and under it the records made there."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from api.http.serialization import parse_record
from api.lists.event_times import with_times
from api.lists.qualifiers import with_qualifiers
from api.lists.readable_date import Translate, marked_date, readable_date
from api.lists.record_nouns import record_noun, with_kinds
from api.lists.reports import merge_reports
from api.lists.state_labels import state_label
from api.views.text import BY, hanging, place_in_words, with_note, with_sources
from schemas.derived import INFERRED

FACT, NESTED = "  ", "      "
FULL_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SELF_EXPLAINING = {"events", "positions"}
"""The types that are recognized by their state."""
UNQUALIFIED: dict[str, Any] = {"condition_titles": [], "acting": {}}
"""Replaces capacity and conditions in further reports of a position: they are those of the first."""
HANGING = 4
"""Columns by which the further lines of a paragraph are indented more than the first."""
ORDER = (
    "Within a date, the order is known only where a time or “after” says so. What is only alleged stands at the end."
)


def chronology(rows: Sequence[sqlite3.Row], width: int) -> str:
    """Return entries of the timeline as text: a section for each stretch of entries that begin on one day."""
    entries = merge_reports(with_times(with_kinds(with_qualifiers(map(parse_record, rows)))))
    sections = (list(facts) for _, facts in groupby(entries, _first_day))
    parts = ["\n".join(_section(facts, width)) for facts in sections]
    text = "\n\n".join([*parts, hanging(f"{BY} {ORDER}", width)] if parts else ["No entry matches."])
    return with_note(with_sources(text, entries, width), width)


def _first_day(entry: dict[str, Any]) -> str | None:
    """Return the day on which an entry begins, also if it may end later; or its date if that is no day."""
    date: str | None = entry["date"]
    first = (date or "").partition("/")[0]
    return first if FULL_DAY.fullmatch(first) else date


def _section(entries: list[dict[str, Any]], width: int) -> Iterator[str]:
    heading = heading_of(entries)
    yield hanging(heading.upper(), width)
    for entry in entries:
        yield _paragraph(FACT, entry, heading, width, after(entry))
        for record in entry["records"]:
            yield _paragraph(NESTED, record, marked_date(entry), width)


def heading_of(entries: list[dict[str, Any]], translate: Translate = str) -> str:
    """Return the day of some entries, with a mark if no source gives it; entries of other dates show their own."""
    days = [entry for entry in entries if entry["date"] == _first_day(entry)] or entries
    dates = {marked_date(entry, translate) for entry in days}
    if len(dates) == 1:
        return dates.pop()
    is_one = len({entry["date"] for entry in days}) == 1
    return readable_date(days[0]["date"] if is_one else _first_day(entries[0]), translate)


def after(entry: dict[str, Any], translate: Translate = str) -> str:
    """Return which events an event came after; "" if that is not known of any."""
    titles = "; ".join(event["title"] for event in entry["after"])
    return f"{translate('after')}: {titles}" if titles else ""


def _paragraph(indent: str, record: dict[str, Any], shown: str, width: int, after: str = "") -> str:
    """Return title, attribution, time, citations and sequence of a record, and its date unless that is `shown`."""
    inferred = INFERRED if record["inference"] else ""
    dates = [date for date in [marked_date(record)] if date != shown]
    dates += [record["time"]] if record["time"] else []
    place = place_in_words(record, dates)
    others = (place_in_words(report | UNQUALIFIED, []) for report in record["reports"])
    text = f"{record_kind(record)}{inferred}: {record['title']} ({'; also '.join([place, *others])})"
    return hanging(f"{text} [{after}]" if after else text, width, indent, len(indent) + HANGING)


def record_kind(record: dict[str, Any], translate: Translate = str) -> str:
    """Return the status of an event or the stance of a position, or the type of another record with its state."""
    state = state_label(record["type"], record["state"]) or ""
    kind = [] if record["type"] in SELF_EXPLAINING else [record_noun(record)]
    return ", ".join(map(translate, filter(None, [*kind, state])))
