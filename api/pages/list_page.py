"""The page of a list: its records as entries, a form that narrows it, and how many there are of each kind."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response

from api.http.media_types import HTML
from api.http.query_params import parse_query
from api.http.serialization import parse_record
from api.lists.facets import facet_counts
from api.lists.filters import facets
from api.lists.formats import Format, Query, page_links
from api.lists.list_parameters import page_query, picture_query
from api.lists.list_query import ListQuery
from api.pages.cards import card_of
from api.pages.filter_form import filter_form
from api.pages.messages import declared
from api.pages.page import SUFFIX, render_page
from api.pages.values import words
from schemas.fields import VocabularyTerm
from schemas.record import Record
from schemas.timeline import Timeline


class Count(NamedTuple):
    """How many of the listed records have a term."""

    term: str
    label: str
    number: int


class Facet(NamedTuple):
    """A field and how many of the listed records have each of its terms."""

    parameter: str
    label: str
    counts: list[Count]


TEMPLATES: dict[type[Record], str] = {Timeline: "timeline.html"}
"""The templates of lists with a layout of their own."""


def page_list(record: type[Record], query: Query) -> Response:
    """Respond with a page of the records that match."""
    matches = ListQuery(record, query)
    page = matches.page()
    records = [parse_record(row) for row in page.rows]
    return render_page(
        TEMPLATES.get(record, "list.html"),
        declared(words(record.plural)),
        about=declared(first_sentence(record.__doc__ or "")),
        plural=record.plural,
        records=records,
        cards=[card_of(record, data) for data in records],
        total=page.total,
        links=page_links(f"/{record.plural}", page),
        facets=_facets(record, matches),
        form=filter_form(page_query(record)),
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return text.strip().partition(". ")[0].rstrip(".") + "."


def frame_list(record: type[Record]) -> Response:
    """Respond with the picture of a list as a page for the frames of other sites."""
    parse_query(picture_query(record))
    return render_page("embedded_list.html", declared(words(record.plural)))


def _facets(record: type[Record], matches: ListQuery) -> list[Facet]:
    """Return the number of records by term, for the terms that entries show."""
    fields: Mapping[str, Any] = record.declared()
    names = [name for name in facets(record) if name in record.brief and isinstance(fields[name], VocabularyTerm)]
    return [
        Facet(
            name,
            declared(words(name)),
            [
                Count(each["value"], declared(fields[name].vocabulary.terms[each["value"]].label), each["count"])
                for each in values
                if each["value"] is not None
            ],
        )
        for name, values in facet_counts(matches, names).items()
    ]


LIST_PAGE = Format(SUFFIX, HTML, "a page of them for a browser", page_query, page_list, pages=True)
"""The format that every list has in addition to those for programs."""
