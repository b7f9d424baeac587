"""A record as text: what its page says of the record itself, for a terminal."""

from collections.abc import Iterator
from typing import Any

from api.http.urls import with_known_at
from api.pages.values import Fact, facts, words
from api.views.text import cite, hanging, provenance, with_note
from schemas.record import Record
from seed.storage.mapping import singular

SHOWN_ABOVE = {"date", "attribution"}
"""The fields that the line below the label has."""
INDENT = 2


def record_text(record: type[Record], data: dict[str, Any], width: int) -> str:
    """Return a record as text: its label, its quote or summary, its attribution, and its other fields."""
    return with_note("\n".join(_lines(record, data, width)), width)


def _lines(record: type[Record], data: dict[str, Any], width: int) -> Iterator[str]:
    yield hanging(f"{words(singular(record.plural))}: {data[record.label]}", width, "", INDENT)
    if data.get("quote"):
        yield hanging(f"“{data['quote']}”", width, " " * INDENT)
    place = record_provenance(data)
    if place:
        yield hanging(place, width, " " * INDENT)
    yield ""
    above = SHOWN_ABOVE if place else set()
    for fact in facts(record, data, leave_out=above | {record.label, "quote"}):
        yield hanging(_values(fact), width, f"{fact.name}: ", INDENT)
    yield ""
    yield hanging(with_known_at(f"/{record.plural}/{data['id']}"), width)


def record_provenance(data: dict[str, Any]) -> str:
    """Return attribution, date and paragraphs of a record, as far as its type has them."""
    if "citations" not in data:
        return ""
    if "date" in data:
        return provenance(data)
    return f"{data['attribution']}, {cite(data['citations'])}"


def _values(fact: Fact) -> str:
    return "; ".join(": ".join(value.in_words() for value in item) for item in fact.items)
