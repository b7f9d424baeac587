"""Text of views for a terminal: citations, positions and hanging paragraphs within a width."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.http.urls import with_known_at
from api.lists.list_parameters import width_parameter
from api.lists.markdown import ONE_LINE
from api.lists.qualifiers import qualifiers_in_words
from api.lists.readable_date import MARK_NOTE, Translate, has_marks, marked_date
from api.lists.text_table import safe_text, wrap
from api.source_labels import by_source, cited_sources, has_several_sources, source_label, source_labels
from api.views.position import DIFFERENCES, Difference
from schemas.derived import INFERRED
from schemas.query_schema import DataQuery
from schemas.vocabularies import EVENT_STATUSES

MAX_LISTED = 20
"""Maximum number of sources that a text lists."""
BY = "“By” a day means some time up to it, so that it may be earlier than what stands above."
"""The caveat of lists in the order of dates, where some have an open start."""


class WidthQuery(DataQuery):
    """The width of text."""

    width = width_parameter()


def differs_in_words(differences: Iterable[Difference], translate: Translate = str) -> str:
    """Return that accounts differ, and in what."""
    what = translate(" and ").join(translate(DIFFERENCES[difference]) for difference in differences)
    return translate("accounts differ {what}").format(what=what)


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


def cite(citations: Iterable[dict[str, Any]]) -> str:
    """Return the paragraphs cited, with the source if there are several sources."""
    with_source = has_several_sources()
    groups = [(source, ", ".join(str(one["paragraph"]) for one in group)) for source, group in by_source(citations)]
    return "; ".join(f"{source_label(source)} ¶{places}" if with_source else f"¶{places}" for source, places in groups)


def with_sources(text: str, data: Any, width: int) -> str:
    """Return a text with the titles of the sources that it names, next to their labels; Markdown has its own list."""
    if width == ONE_LINE:
        return text
    labels, flat = source_labels(), " ".join(text.split())
    named = [id for id in cited_sources(data) if id in labels and f"{labels[id].short} ¶" in flat]
    lines = [
        hanging(f"{labels[id].short}: {labels[id].title} ({with_known_at(f'/sources/{id}')})", width, "  ", 4)
        for id in named[:MAX_LISTED]
    ]
    more = [f"  {len(named) - MAX_LISTED} more: {with_known_at('/sources')}"] if len(named) > MAX_LISTED else []
    return "\n".join([text, "", "Sources:", *lines, *more]) if lines else text


def provenance(record: dict[str, Any]) -> str:
    """Return the attribution, date, citations, conditions and inference of a record."""
    return place_in_words(record, [marked_date(record)])


def place_in_words(record: dict[str, Any], dates: Iterable[str]) -> str:
    """Return the attribution, dates, citations, conditions and inference of a record."""
    attribution = record["attribution"].removesuffix(INFERRED)
    words = ", ".join([attribution, *dates, cite(record["citations"])])
    return words + qualifiers_in_words(record) + inferred_in_words(record)


def inferred_in_words(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return the inference of a record as text, to follow its attribution; "" without one."""
    return f"; {translate('inferred:')} {record['inference']}" if record.get("inference") else ""


def event_words(event: dict[str, Any]) -> str:
    """Return an event in words: its title, status, attribution, date and citations."""
    status = EVENT_STATUSES.terms[event["status"]].label
    return f"{event['title']} ({status}, {provenance(event)})"


def event_text(event: dict[str, Any], width: int, indent: str = "", end: str = "") -> str:
    """Return an event as a paragraph: its date, title, status, attribution and citations, and an `end`."""
    status = EVENT_STATUSES.terms[event["status"]].label
    place = f"{status}, {event['attribution']}, {cite(event['citations'])}"
    return hanging(f"{event['title']} ({place}){end}", width, f"{indent}{marked_date(event)}  ", len(indent) + 4)
