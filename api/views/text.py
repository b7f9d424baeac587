"""Text of views for a terminal: citations, positions and hanging paragraphs within a width."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.lists.conditions import conditions_in_words
from api.lists.list_parameters import width_parameter
from api.lists.readable_date import MARK_NOTE, Translate, has_marks, marked_date
from api.lists.text_table import safe_text, wrap
from schemas.derived import INFERRED
from schemas.query_schema import DataQuery
from schemas.vocabularies import EVENT_STATUSES

BY = "“By” a day means some time up to it, so that it may be earlier than what stands above."
"""The caveat of lists in the order of dates, where some have an open start."""


class WidthQuery(DataQuery):
    """The width of text."""

    width = width_parameter()


def hanging(text: str, width: int, first: str = "", indent: int | None = None) -> str:
    """Return a paragraph after a prefix, its further lines indented by as much, or by `indent`."""
    depth = len(first) if indent is None else indent
    whole = safe_text(f"{first}{text}")
    start = wrap(whole, width)[0]
    rest = whole[len(start) :].lstrip()
    return "\n".join([start, *(" " * depth + line for line in wrap(rest, width - depth) if line)])


def with_note(text: str, width: int) -> str:
    """Return a text with the note on dates that the source does not give, if it has any."""
    return f"{text}\n\n{hanging(MARK_NOTE, width)}" if has_marks(text) else text


def cite(citations: Iterable[dict[str, Any]], *, with_source: bool) -> str:
    """Return the paragraphs cited, with the source if there are several sources."""
    if with_source:
        return ", ".join(f"{citation['source']} ¶{citation['paragraph']}" for citation in citations)
    return "¶" + ", ".join(str(citation["paragraph"]) for citation in citations)


def provenance(record: dict[str, Any], *, with_source: bool) -> str:
    """Return the attribution of a record, its date, its citations, its conditions, and what is inferred."""
    return place_in_words(record, [marked_date(record)], with_source=with_source)


def place_in_words(record: dict[str, Any], dates: Iterable[str], *, with_source: bool) -> str:
    """Return attribution, some dates, citations and conditions of a record, and what is inferred, from what."""
    attribution = record["attribution"].removesuffix(INFERRED)
    words = ", ".join([attribution, *dates, cite(record["citations"], with_source=with_source)])
    return words + conditions_in_words(record) + inferred_in_words(record)


def inferred_in_words(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return what is inferred of a record, and from what, to stand after its attribution; "" if nothing is."""
    return f"; {translate('inferred:')} {record['inference']}" if record.get("inference") else ""


def event_words(event: dict[str, Any], with_source: bool) -> str:
    """Return an event in words: its title, status, attribution, date and citations."""
    status = EVENT_STATUSES.terms[event["status"]].label
    return f"{event['title']} ({status}, {provenance(event, with_source=with_source)})"


def event_text(event: dict[str, Any], width: int, with_source: bool, indent: str = "", end: str = "") -> str:
    """Return an event as a paragraph: its date, title, status, attribution and citations, and an `end`."""
    status = EVENT_STATUSES.terms[event["status"]].label
    place = f"{status}, {event['attribution']}, {cite(event['citations'], with_source=with_source)}"
    return hanging(f"{event['title']} ({place}){end}", width, f"{indent}{marked_date(event)}  ", len(indent) + 4)


def has_several_sources(records: Iterable[dict[str, Any]]) -> bool:
    """Return whether records cite more than one source."""
    return len({citation["source"] for record in records for citation in record["citations"]}) > 1
