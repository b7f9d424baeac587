"""Records as cards on a page: title, quote, terms, parties, date, attribution and paragraphs."""

from typing import Any, NamedTuple

from marshmallow import fields

from api.pages.labels import label_of
from api.pages.messages import declared
from api.pages.values import Value, basis_name, record_date, term_value, with_basis, words
from schemas.fields import Reference, VocabularyTerm
from schemas.record import Record
from schemas.terms import Vocabulary
from schemas.vocabularies import STATED, VOCABULARIES
from seed.storage.mapping import singular

LEADS = {"questions": "note"}
"""The field below the heading by type, if it is not the summary: of a question, what the sources say on it."""


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
    summary: str | None
    """Of records that have no account of their own, which say no more of themselves."""
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
        summary=None if "voice" in data else lead_of(record, data),
        badges=[
            _badge(field.vocabulary, data[name])
            for name, field in badge_fields(record).items()
            if data[name] is not None
        ],
        references=[
            (declared(words(name).lower()), links)
            for name, field in brief.items()
            if (links := _links(field, data[name], data.get(basis_name(name))))
        ],
        date=_date(data) if "date" in data else None,
        attribution=data.get("attribution"),
        inference=data.get("inference"),
        citations=data.get("citations", []),
    )


def lead_of(record: type[Record], data: dict[str, Any]) -> str | None:
    """Return the text below the heading of a record; None if it has none, or if that is the heading."""
    name = lead_field(record)
    return data.get(name) if name != record.label else None


def lead_field(record: type[Record]) -> str:
    """Return the name of the field with the text below the heading."""
    return LEADS.get(record.plural, "summary")


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


def _links(field: fields.Field[Any], value: Any, basis: str | None) -> list[Value]:
    """Return the records to which a field refers, with the basis unless the source states it."""
    to = field.inner if isinstance(field, fields.List) else field
    if value is None or not isinstance(to, Reference):
        return []
    ids = value if isinstance(field, fields.List) else [value]
    links = [Value(label_of(to.to, id), f"/{to.to}/{id}") for id in ids]
    return with_basis([links], None if basis == STATED else basis)[0]
