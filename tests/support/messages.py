"""The catalogue of the texts of pages and pictures: `make messages` extracts it into messages.pot."""

import io
from calendar import month_abbr
from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po
from flask import Flask
from marshmallow import fields, validate

from api import create_app
from api.feeds import entries
from api.http.problems import PURGED
from api.lists.filters import filters
from api.lists.qualifiers import FOR_ITSELF
from api.lists.readable_date import MARK_NOTE, QUALIFIERS
from api.lists.state_labels import WITH_QUOTATION
from api.openapi.routes import all_endpoints
from api.pages.list_page import first_sentence
from api.pages.messages import FOLDER
from api.pages.page import FORMATS, NAVIGATION
from api.pages.pictures.timeline import count_texts
from api.pages.record_page import PARTS, TITLES
from api.pages.values import words
from api.service.examples import EXAMPLES
from api.service.index import ABOUT
from api.views import View, accounts, compare, stance_rules
from api.views.accounts_table import COMMON_SIDES, FINDING_KINDS, ONE_SIDE, RULE_LABELS
from api.views.changes import CHANGE_LABELS
from api.views.matrix_table import DISCUSSED, FILTERED_ROWS, LEFT_OUT, LEFT_OUT_BY_THEN, NOTED
from api.views.position import DIFFER, DIFFERENCES
from api.views.standing_table import NOT_DONE, ON_PROPOSAL, ON_VARIANTS
from api.views.text import BY
from api.views.timeline_text import ORDER
from schemas import RECORDS
from schemas.derived import served_fields
from schemas.proposal import NOT_PUT_FORWARD
from schemas.record import Record
from schemas.terms import SIDES
from schemas.timeline import DATED, TYPES, Timeline
from schemas.vocabularies import PROPOSAL_KINDS, VOCABULARIES
from seed.storage.mapping import singular
from tests.support import ROOT

FILE = FOLDER / "messages.pot"
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.svg", "jinja2"), ("**.xml", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "translate": None}
OPTIONS = {
    "**.html": {"trimmed": "true", "silent": "false"},
    "**.svg": {"silent": "false"},
    "**.xml": {"silent": "false"},
}
OTHER_WORDS = (
    "exact",
    "close",
    " and ",
)
"""Values of the API that pages show as words: matches of codes; and what joins two words."""


def extract_catalogue(app: Flask) -> bytes:
    """Return the catalogue as a .pot file: the marked texts of the code, and those of its declarations."""
    catalogue = Catalog(project="Readout", charset="utf-8")
    marked = extract_from_dir(ROOT / "api", METHODS, OPTIONS, KEYWORDS)
    for path, _, message, _, _ in sorted(marked, key=lambda found: found[0]):
        catalogue.add(message, locations=[(f"api/{path}", 0)])
    with app.app_context():
        for message in declared_texts(app):
            catalogue.add(message, auto_comments=["declared"])
    file = io.BytesIO()
    write_po(file, catalogue, width=120, omit_header=True, include_lineno=False, sort_output=True)
    return file.getvalue()


def declared_texts(app: Flask) -> Iterator[str | tuple[str, str]]:
    """Yield the texts that declarations have, such as labels, and that pages show."""
    yield from map(count_texts, DATED)
    yield from texts_of_pages()
    yield from texts_of_views()
    yield from texts_of_vocabularies()
    for view in views(app):
        yield from filter(None, (view.page.title, view.page.about, view.page.invitation))
    yield from texts_of_records()
    for endpoint in all_endpoints():
        yield from texts_of_fields(endpoint.query.fields)


def texts_of_pages() -> Iterator[str]:
    """Yield the texts of all pages, of feeds, errors and examples, and of the parts of a record's page."""
    yield from (name for name, _ in NAVIGATION)
    yield from (name for name, _ in FORMATS.values())
    yield from (part.title for parts in PARTS.values() for part in parts)
    yield from TITLES.values()
    yield from (ABOUT, *(example.question for example in EXAMPLES))
    yield from (*entries.ACTIONS.values(), *entries.REMOVALS.values())
    yield from (entries.DELETED, PURGED, entries.MOVED)
    yield from (MARK_NOTE, *QUALIFIERS.values(), *month_abbr[1:], *CHANGE_LABELS.values(), *OTHER_WORDS)
    yield from (status.phrase for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST)


def texts_of_views() -> Iterator[str]:
    """Yield the texts of views: notes, headings, labels and rules."""
    yield from (
        accounts.SILENCE,
        *FINDING_KINDS.values(),
        ONE_SIDE,
        *DIFFERENCES.values(),
        *COMMON_SIDES.values(),
        *RULE_LABELS.values(),
    )
    yield from (LEFT_OUT, LEFT_OUT_BY_THEN, FILTERED_ROWS, NOTED, DISCUSSED, FOR_ITSELF, WITH_QUOTATION, DIFFER)
    yield from (ON_PROPOSAL, ON_VARIANTS, *NOT_DONE.values(), BY, ORDER)
    for rules in (stance_rules.RULES, compare.RULES):
        yield from (text for name, rule in rules.items() for text in (words(name), rule))


def texts_of_vocabularies() -> Iterator[str]:
    """Yield the names, labels and definitions of vocabularies and terms."""
    yield from (*SIDES, *(words(PROPOSAL_KINDS.terms[kind].label) for kind in NOT_PUT_FORWARD))
    for vocabulary in (*VOCABULARIES.values(), TYPES):
        yield from (words(vocabulary.name), vocabulary.definition)
        yield from (text for term in vocabulary.terms.values() for text in (term.label, term.definition))


def views(app: Flask) -> Iterator[View]:
    """Yield the views of the application."""
    for function in app.view_functions.values():
        if isinstance(function, partial) and function.args and isinstance(function.args[0], View):
            yield function.args[0]


def texts_of_records() -> Iterator[str]:
    """Yield the names of types and of their fields, and their descriptions."""
    types: list[type[Record]] = [*RECORDS.values(), Timeline]
    for record in types:
        one = singular(record.plural)
        yield from (words(record.plural), words(one), one, record.plural, first_sentence(record.__doc__ or ""))
        yield from texts_of_fields(served_fields(record))
        yield from names_in_objects(served_fields(record))
        yield from texts_of_fields(filters(record))


def names_in_objects(named: Mapping[str, fields.Field[Any]]) -> Iterator[str]:
    """Yield the names of the fields of objects."""
    for field in named.values():
        item = field.inner if isinstance(field, fields.List) else field
        if isinstance(item, fields.Nested):
            yield from map(words, item.schema.fields)
            yield from names_in_objects(item.schema.fields)


def texts_of_fields(named: Mapping[str, fields.Field[Any]]) -> Iterator[str]:
    """Yield the names of fields or parameters, alone and within a sentence, their descriptions and their choices.

    Pages name an opposite by its filter.
    """
    for name, field in named.items():
        label = words(name.removesuffix("__not"))
        yield from (label, label.lower())
        if description := field.metadata.get("description"):
            yield str(description)
        for validator in field.validators:
            if isinstance(validator, validate.OneOf):
                yield from map(str, validator.choices)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        FILE.write_bytes(extract_catalogue(create_app(database=f"{folder}/readout.db")))
