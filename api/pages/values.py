"""The values of a record for its page, derived from the declaration of its fields."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import fields

from api.lists.readable_date import marked_date, readable_date
from api.pages.labels import account_name, label_of
from api.pages.messages import declared, gettext
from schemas.derived import served_fields
from schemas.fields import (
    AccountId,
    Code,
    Coordinate,
    Duration,
    EdtfDate,
    PositiveInteger,
    Reference,
    VocabularyTerm,
    WebAddress,
)
from schemas.record import Record
from schemas.terms import Term
from schemas.vocabularies import BASES, PARTICIPANT_ROLES, VOCABULARIES

SIDE_SYMBOLS = {"for": "+", "qualified": "±", "open": "?", "against": "−"}
"""A symbol for each side of a proposal, since nobody should have to tell colours apart."""
HIDDEN = {"id", "accounts", "citations", "date_earliest", "date_latest", "voice", "explicit", "inference"}
"""Fields whose content a page shows elsewhere: in its head, in the attribution, or in the date."""
LABELS = {"lat": "Latitude", "lon": "Longitude", "cameo": "CAMEO", "plover": "PLOVER"} | {
    "principal": "Acts for",
    "principals": "Counts for",
}
"""Names of fields for people, if they are not the words of the field's own name."""
UNCLEAR_ALONE = (Code, Coordinate, PositiveInteger, fields.Nested)
"""Kinds of fields whose value in an object says nothing without the name of the field."""
FOR_PROGRAMS = {"sha256", "paragraph_sha256"}
"""Fields that say nothing to a person."""
SELF_EVIDENT = {PARTICIPANT_ROLES.name: "participant"}
"""By vocabulary, the term that says no more than the name of the field that has it."""
ON_VALUES = re.compile(r"[;:] (null|`\[\]`|any of these)[^.;]*")
"""What a description says of values that only programs meet."""
ANSWERS = {"True": "“Yes”", "False": "“No”"}
"""What people read for a boolean."""
BOOLEAN = re.compile(r"\b([Tt]rue|[Ff]alse)\b(?= if)")


def date_in_words(date: str | None) -> str:
    """Return a date for people."""
    return readable_date(date, declared)


def record_date(record: Mapping[str, Any]) -> str:
    """Return the date of a record for people, with a mark unless the source gives it."""
    return marked_date(record, declared)


IN_WORDS: tuple[tuple[type[fields.Field[Any]], Callable[[Any], str]], ...] = (
    (AccountId, account_name),
    (EdtfDate, date_in_words),
    (Duration, Duration.in_words),
    (fields.Boolean, lambda value: gettext("yes") if value else gettext("no")),
)
"""How values are written for people, by kind of field; others are shown as they are."""


class Value(NamedTuple):
    """A piece of text on a page, with the path it links to and an explanation. `basis` says how it is known."""

    text: str
    path: str | None = None
    title: str | None = None
    language: str | None = None
    basis: str | None = None

    def in_words(self) -> str:
        """Return the text with its basis."""
        return f"{self.text} ({self.basis})" if self.basis else self.text


class Fact(NamedTuple):
    """A field of a record: its name, its description, and its items, each a line of values."""

    name: str
    description: str
    items: list[list[Value]]


def facts(record: type[Record], data: dict[str, Any], *, leave_out: set[str]) -> list[Fact]:
    """Return the fields of a record that hold something, in the order in which they are served."""
    served = served_fields(record)
    bases = {basis_name(name) for name, field in served.items() if is_reference(field)}
    shown = {
        name: field
        for name, field in served.items()
        if name not in HIDDEN | FOR_PROGRAMS | bases | leave_out and not _is_default(field, data[name])
    }
    return [
        Fact(declared(words(name)), plain_description(field), with_basis(items, data.get(basis_name(name))))
        for name, field in shown.items()
        if (items := list(_items(field, data[name])))
    ]


def basis_name(name: str) -> str:
    """Return the name of the field with the basis of another."""
    return f"{name}_basis"


def is_reference(field: fields.Field[Any]) -> bool:
    """Return whether a field refers to a record, or to several."""
    return isinstance(field.inner if isinstance(field, fields.List) else field, Reference)


def with_basis(items: list[list[Value]], basis: str | None) -> list[list[Value]]:
    """Return values with the label of their basis."""
    if basis is None:
        return items
    label = declared(BASES.terms[basis].label)
    return [[value._replace(basis=label) for value in item] for item in items]


def plain_description(field: fields.Field[Any]) -> str:
    """Return the description of a field for people, without what it says of values in code."""
    text = ON_VALUES.sub("", declared(str(field.metadata.get("description", "")))).replace("`", "")
    return BOOLEAN.sub(lambda found: ANSWERS[found[0].capitalize()], text)


def _is_default(field: fields.Field[Any], value: Any) -> bool:
    """Return whether a value is what is true unless a record says otherwise."""
    return isinstance(field, fields.Boolean) and value is not None and value == field.load_default


def words(name: str) -> str:
    """Return the name of a field for people."""
    return LABELS.get(name) or name.replace("_", " ").replace("-", " ").capitalize()


def term_value(term: Term, vocabulary: str) -> Value:
    """Return a term as a value that links to its definition, if its vocabulary is served."""
    path = f"/vocabularies#{vocabulary}-{term.name}" if vocabulary in VOCABULARIES else None
    return Value(declared(term.label), path, declared(term.definition))


def _items(field: fields.Field[Any], value: Any) -> Iterator[list[Value]]:
    if isinstance(field, fields.List):
        for item in value or ():
            yield list(_values(field.inner, item))
    elif values := list(_values(field, value)):
        yield values


def _values(field: fields.Field[Any], value: Any) -> Iterator[Value]:
    """Yield the values of a field: one, or those of each field of an object or each item of a list."""
    if value is None or (isinstance(field, VocabularyTerm) and value == SELF_EVIDENT.get(field.vocabulary.name)):
        return
    if isinstance(field, fields.Nested):
        terms_first = sorted(field.schema.fields.items(), key=lambda item: not isinstance(item[1], VocabularyTerm))
        for name, inner in terms_first:
            yield from _member(name, inner, value)
    elif isinstance(field, fields.List):
        for item in value:
            yield from _values(field.inner, item)
    else:
        yield _value(field, value)


def _member(name: str, field: fields.Field[Any], of: Mapping[str, Any]) -> Iterator[Value]:
    """Yield the values of a field of an object, with the name of the field if they are unclear without it."""
    values = list(_values(field, of[name]))
    if name == "text":
        yield from (each._replace(language=of.get("language")) for each in values)
    elif values and isinstance(field, UNCLEAR_ALONE) and not isinstance(field, Reference):
        yield values[0]._replace(text=f"{declared(words(name))}: {values[0].text}")
        yield from values[1:]
    else:
        yield from values


def _value(field: fields.Field[Any], value: Any) -> Value:
    if isinstance(field, Reference):
        return Value(label_of(field.to, value), f"/{field.to}/{value}")
    if isinstance(field, VocabularyTerm):
        return term_value(field.vocabulary.terms[value], field.vocabulary.name)
    in_words = next((convert for kind, convert in IN_WORDS if isinstance(field, kind)), str)
    return Value(in_words(value), value if isinstance(field, WebAddress) else None)
