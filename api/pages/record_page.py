"""The page of a record: what it says, the views about it, and the records that refer to it."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from flask import Response

from api.http.media_types import HTML
from api.http.problems import InvalidQuery
from api.http.query_params import get_or_404, parse_query
from api.http.serialization import parse_record
from api.lists.list_parameters import record_query
from api.lists.list_query import ListQuery
from api.lists.reading_order import reading_order
from api.lists.related import record_lists
from api.pages.cards import Card, badge_fields, card_of, lead_field, lead_of
from api.pages.messages import declared
from api.pages.page import TIMELINE_PREVIEW, render_page
from api.pages.values import facts, words
from api.views import accounts, coverage, matrix, standing
from api.views.bounds import bound_as
from schemas import RECORDS
from schemas.record import Record
from schemas.timeline import Timeline
from seed.storage.mapping import singular

MAX_RELATED = 32
"""Maximum number of related records of one list on a page; a link leads to the others."""


class Part(NamedTuple):
    """A view as a part of the page of a record."""

    title: str
    template: str
    path: str
    """The path of the view, with the id as a placeholder."""
    build: Callable[[str], Any]

    @property
    def anchor(self) -> str:
        """The id of the part on the page: the name of its template."""
        return PurePosixPath(self.template).stem


class RelatedList(NamedTuple):
    """The first records of a list to which a record links."""

    name: str
    title: str
    """The listed type, and, except in its main list, how its records refer to the record."""
    cards: list[Card]
    total: int
    path: str

    @property
    def is_main(self) -> bool:
        """Whether it is the main list of a type, which is shown in full."""
        return self.name in RECORDS


PARTS: dict[str, tuple[Part, ...]] = {
    "negotiations": (
        Part(
            "Where everyone stands",
            "parts/matrix.html",
            "/matrix?negotiation={id}",
            lambda id: matrix.build(matrix.MatrixQuery().load({"negotiation": id})),
        ),
    ),
    "issues": (
        Part(
            "What each account says",
            "parts/accounts.html",
            "/issues/{id}/accounts",
            lambda id: accounts.of_issue(accounts.AccountsQuery().load({}), id),
        ),
        Part(
            "Where it stands",
            "parts/standing.html",
            "/issues/{id}/standing",
            lambda id: standing.of_issue(standing.StandingQuery().load({}), id),
        ),
    ),
    "proposals": (
        Part(
            "Where it stands",
            "parts/standing.html",
            "/proposals/{id}/standing",
            lambda id: standing.of_proposal(standing.StandingQuery().load({}), id),
        ),
    ),
    "events": (
        Part(
            "What each account says",
            "parts/accounts.html",
            "/events/{id}/accounts",
            lambda id: accounts.of_event(accounts.EventAccountsQuery().load({}), id),
        ),
    ),
    "sources": (
        Part(
            "Records by paragraph",
            "parts/coverage.html",
            "/coverage?source={id}",
            lambda id: coverage.build(coverage.CoverageQuery().load({"source": id})),
        ),
    ),
}
"""The views on the page of a record, by type."""
SHOWN_IN_PARTS = {
    "issues": {"events", "proposals", "positions", "statements", "questions"},
    "proposals": {"events", "positions", "questions"},
    "events": {"statements", "statements_about"},
    "sources": set(RECORDS),
    "parties": {"positions_principals"},
}
"""Lists that a page leaves out: its parts or other lists show their records."""
MAIN_FILTERS = {"parties": {"proposals": "proposed_by", "statements": "speaker"}}
"""Main lists with narrower filters than in other formats: what a party did, not what was said to it."""
TITLES = {
    ("parties", "parties"): "Parties that act for it",
    ("parties", "proposals"): "Proposals put forward",
    ("parties", "positions"): "Positions held",
    ("parties", "statements"): "Statements made",
    ("parties", "events_according_to"): "Events according to it",
    ("parties", "proposals_addressed_to"): "Proposals addressed to it",
    ("parties", "proposals_according_to"): "Proposals according to it",
    ("parties", "positions_according_to"): "Who holds what, according to it",
    ("parties", "positions_on_behalf_of"): "Positions taken on its behalf",
    ("parties", "statements_according_to"): "Statements according to it",
    ("parties", "statements_audience"): "Statements made to it",
    ("proposals", "positions_condition"): "Positions that make it a condition",
    ("negotiations", "events"): "Its events in order",
    ("proposals", "proposals"): "Related proposals",
    ("events", "events"): "Related events",
    ("events", "proposals"): "Proposals that came up, by account",
    ("events", "positions"): "Positions taken at it",
    ("statements", "statements"): "Statements that differ from it",
    ("statements", "positions"): "Positions with it as evidence",
}
"""Headings of lists that differ from the name of the listed type."""
PREVIEWS = {
    "sources": "/timeline.png?source={id}",
    "negotiations": "/matrix.png?negotiation={id}",
    "parties": "/timeline.png?party={id}",
    "issues": "/issues/{id}/accounts.png",
    "events": "/events/{id}/accounts.png",
}
"""The pictures that previews of a record's page show, by type."""
SHOWN_IN_HEADING = {"summary", "quote", "date", "attribution"}
"""The fields that stand above the others, of every type."""


def page_record(record: type[Record], id: str) -> Response:
    """Respond with the page of one record."""
    parse_query(record_query(record))
    data = parse_record(get_or_404(record.plural, id))
    bound_as(HTML)
    parts = [
        (part, part.path.replace("{id}", id), build_or_none(partial(part.build, id)))
        for part in PARTS.get(record.plural, ())
    ]
    are_shown = all(view is not None for _, _, view in parts)
    related = _related_lists(record, id, SHOWN_IN_PARTS.get(record.plural, set()) if are_shown else set())
    return render_page(
        "record.html",
        str(data[record.label]),
        kind=declared(words(singular(record.plural))),
        plural=record.plural,
        card=card_of(record, data),
        record=(record.plural, id),
        preview=_preview(record, data),
        summary=lead_of(record, data),
        facts=facts(record, data, leave_out=shown_in_heading(record)),
        parts=parts,
        related=related,
        sections=[
            *((part.anchor, declared(part.title)) for part, _, _ in parts),
            *((each.name, each.title) for each in related if each.is_main),
        ],
        history=f"/{record.plural}/{id}/history",
    )


def shown_in_heading(record: type[Record]) -> set[str]:
    """Return the fields that stand above the others."""
    return SHOWN_IN_HEADING | {lead_field(record), record.label, *badge_fields(record)}


def _preview(record: type[Record], data: dict[str, Any]) -> str:
    """Return the path of the preview picture of a record: its own, or that of its only negotiation."""
    if record.plural in PREVIEWS:
        return PREVIEWS[record.plural].format(id=data["id"])
    negotiations = data.get("negotiations", [])
    return f"/matrix.png?negotiation={negotiations[0]}" if len(negotiations) == 1 else TIMELINE_PREVIEW


def build_or_none(build: Callable[[], Any]) -> Any:
    """Return the data of a view that is a part of a page, or None if it is too large without a filter."""
    try:
        return build()
    except InvalidQuery:
        return None


def _related_lists(record: type[Record], id: str, hidden: set[str]) -> list[RelatedList]:
    lists = {name: place for name, place in record_lists(record).items() if name not in hidden}
    for name, filter in MAIN_FILTERS.get(record.plural, {}).items():
        lists = {other: place for other, place in lists.items() if place != (name, filter)} | {name: (name, filter)}
    found = [_related_list(record, name, plural, filter, id) for name, (plural, filter) in lists.items()]
    main = {related.name: related for related in found if related.is_main}
    return [
        related for related in found if related.total and not _is_repeated(related, main.get(lists[related.name][0]))
    ]


def _is_repeated(related: RelatedList, main: RelatedList | None) -> bool:
    """Return whether a list has the same records as the main list of its type, all of them shown."""
    if main is None or related is main:
        return False
    return related.cards == main.cards and related.total == main.total <= MAX_RELATED


def _related_list(record: type[Record], name: str, plural: str, filter: str, id: str) -> RelatedList:
    other = RECORDS.get(plural, Timeline)
    query = {filter: json.dumps([id]), "limit": MAX_RELATED}
    page = ListQuery(other, query, reading_order).page()
    title = TITLES.get((record.plural, name))
    return RelatedList(
        name,
        declared(title) if title else _default_title(name, plural, filter),
        [card_of(other, parse_record(row)) for row in page.rows],
        page.total,
        f"/{plural}?{filter}={id}",
    )


def _default_title(name: str, plural: str, filter: str) -> str:
    title = declared(words(plural))
    return title if name == plural else f"{title}: {declared(words(filter).lower())}"
