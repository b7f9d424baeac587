"""The timeline as text: a heading for each date, a paragraph for each fact, and under it the records made there."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import Any

from api.http.serialization import parse_record
from api.lists.conditions import with_conditions
from api.lists.readable_date import Translate, marked_date
from api.lists.state_labels import state_label
from api.views.text import BY, hanging, has_several_sources, place_in_words, with_note
from schemas.derived import INFERRED

FACT, NESTED = "  ", "      "
SELF_EXPLAINING = {"events", "positions"}
"""The types that are recognized by their state."""
HANGING = 4
"""Columns by which the further lines of a paragraph are indented more than the first."""
ORDER = (
    "Within a date, the order is known only where a time or “after” says so. What is only alleged stands at the end."
)


def chronology(rows: Sequence[sqlite3.Row], width: int) -> str:
    """Return entries of the timeline as text: a section for each stretch of entries with one date."""
    entries = with_conditions(map(parse_record, rows))
    with_source = has_several_sources(chain(entries, *(entry["records"] for entry in entries)))
    sections = groupby(entries, marked_date)
    parts = ["\n".join(_section(date, facts, width, with_source)) for date, facts in sections]
    text = "\n\n".join([*parts, hanging(f"{BY} {ORDER}", width)] if parts else ["No entry matches."])
    return with_note(text, width)


def _section(date: str, entries: Iterable[dict[str, Any]], width: int, with_source: bool) -> Iterator[str]:
    yield hanging(date.upper(), width)
    for entry in entries:
        yield _paragraph(FACT, entry, marked_date(entry), width, with_source, after(entry))
        for record in entry["records"]:
            yield _paragraph(NESTED, record, marked_date(entry), width, with_source)


def after(entry: dict[str, Any], translate: Translate = str) -> str:
    """Return which events an event came after; "" if that is not known of any."""
    titles = "; ".join(event["title"] for event in entry["after"])
    return f"{translate('after')}: {titles}" if titles else ""


def _paragraph(indent: str, record: dict[str, Any], shown: str, width: int, with_source: bool, after: str = "") -> str:
    """Return title, attribution, citations and sequence of a record, and its date unless that is the one `shown`."""
    inferred = INFERRED if record["inference"] else ""
    dates = [date for date in [marked_date(record)] if date != shown]
    place = place_in_words(record, dates, with_source=with_source)
    text = f"{record_kind(record)}{inferred}: {record['title']} ({place})"
    return hanging(f"{text} [{after}]" if after else text, width, indent, len(indent) + HANGING)


def record_kind(record: dict[str, Any], translate: Translate = str) -> str:
    """Return the status of an event or the stance of a position, or the type of another record with its state."""
    state = state_label(record["type"], record["state"]) or ""
    kind = [] if record["type"] in SELF_EXPLAINING else [record["type"].removesuffix("s")]
    return ", ".join(map(translate, filter(None, [*kind, state])))
