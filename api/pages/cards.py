"""Records as cards on a page: title, quote, terms, parties, date, attribution and paragraphs."""

from typing import Any, NamedTuple

from marshmallow import fields

from api.pages.labels import label_of
from api.pages.messages import declared
from api.pages.values import Value, record_date, term_value, words
from schemas.fields import Reference, VocabularyTerm
from schemas.record import Record
from schemas.terms import Vocabulary
from schemas.vocabularies import BASES, STATED, VOCABULARIES
from seed.storage.mapping import singular


class Badge(NamedTuple):
    """A term on a card; `side` is that of a stance."""

    value: Value
    side: str | None


class Card(NamedTuple):
    """A record in a list, in search results, or within a view."""

    type: str
    """The name of its type, in the singular."""
    path: str
    title: str
    quote: str | None
    badges: list[Badge]
    references: list[tuple[str, list[Value]]]
    """By the name of the field in words, the records to which it refers."""
    date: str | None
    """With the time of day, if that is known. Null if records of its type have no date."""
    attribution: str | None
    inference: str | None
    """What is inferred of a position; None if nothing is."""
    citations: list[dict[str, Any]]


def card_of(record: type[Record], data: dict[str, Any]) -> Card:
    """Return a record as a card. Its terms and references are those of the brief columns of its type."""
    brief = brief_fields(record)
    return Card(
        type=declared(singular(record.plural).replace("_", " ")),
        path=record_path(record, data["id"]),
        title=data[record.label],
        quote=data.get("quote"),
        badges=[
            _badge(field.vocabulary, data[name])
            for name, field in badge_fields(record).items()
            if data[name] is not None
        ],
        references=[
            (declared(words(name).lower()) + _how_known(data, name), links)
            for name, field in brief.items()
            if (links := _links(field, data[name]))
        ],
        date=_date(data) if "date" in data else None,
        attribution=data.get("attribution"),
        inference=data.get("inference"),
        citations=data.get("citations", []),
    )


def brief_fields(record: type[Record]) -> dict[str, fields.Field[Any]]:
    """Return the fields of the brief columns of a type."""
    brief = {name.removesuffix("_label") for name in record.brief}
    return {name: field for name, field in record.declared().items() if name in brief}


def badge_fields(record: type[Record]) -> dict[str, VocabularyTerm]:
    """Return those of the brief fields whose terms are badges."""
    return {name: field for name, field in brief_fields(record).items() if isinstance(field, VocabularyTerm)}


def record_path(record: type[Record], id: str) -> str:
    """Return the path at which a record is served."""
    return record.path.replace("{plural}", record.plural).replace("{id}", id)


def term_badge(vocabulary: str, name: str) -> Badge:
    """Return a term of the vocabulary with a name as a badge."""
    return _badge(VOCABULARIES[vocabulary], name)


def _badge(vocabulary: Vocabulary, name: str) -> Badge:
    term = vocabulary.terms[name]
    return Badge(term_value(term, vocabulary.name), term.side)


def _date(data: dict[str, Any]) -> str:
    return ", ".join(filter(None, (record_date(data), data.get("time"))))


def _links(field: fields.Field[Any], value: Any) -> list[Value]:
    if value is None:
        return []
    if isinstance(field, Reference):
        return [Value(label_of(field.to, value), f"/{field.to}/{value}")]
    if isinstance(field, fields.List) and isinstance(field.inner, Reference):
        return [Value(label_of(field.inner.to, id), f"/{field.inner.to}/{id}") for id in value]
    return []


def _how_known(data: dict[str, Any], name: str) -> str:
    """Return the basis of a reference in words, unless the source states it."""
    basis = data.get(f"{name}_basis")
    return "" if basis in (None, STATED) else f" ({declared(BASES.terms[basis].label)})"
