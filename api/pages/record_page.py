"""The page of a record: what it says, the views about it, and the records that refer to it."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from flask import Response

from api.http.problems import InvalidQuery
from api.http.query_params import get_or_404, parse_query
from api.http.serialization import parse_record
from api.lists.list_parameters import record_query
from api.lists.list_query import ListQuery
from api.lists.related import record_lists
from api.pages.cards import Card, badge_fields, card_of
from api.pages.messages import declared
from api.pages.page import render_page
from api.pages.values import facts, words
from api.views import accounts, coverage, matrix, standing
from api.views.bounds import bound_as_page
from schemas import RECORDS, Negotiation
from schemas.record import Record
from schemas.timeline import Timeline
from seed.storage.mapping import default_sort, singular

MAX_RELATED = 12
"""The most related records of one list on a page; a link leads to the others."""


class Part(NamedTuple):
    """A view as a part of the page of a record."""

    title: str
    template: str
    path: str
    """The path of the view, with the id as a placeholder."""
    build: Callable[[str], Any]


class RelatedList(NamedTuple):
    """The first records of a list to which a record links."""

    title: str
    filter: str
    """How its records refer to the record, in words; empty for the main list of a type."""
    cards: list[Card]
    total: int
    path: str


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
            "Where it stands",
            "parts/standing.html",
            "/issues/{id}/standing",
            lambda id: standing.of_issue(standing.StandingQuery().load({}), id),
        ),
        Part(
            "What each account says",
            "parts/accounts.html",
            "/issues/{id}/accounts",
            lambda id: accounts.of_issue(accounts.AccountsQuery().load({}), id),
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
            "What each paragraph gave rise to",
            "parts/coverage.html",
            "/coverage?source={id}",
            lambda id: coverage.build(coverage.CoverageQuery().load({"source": id})),
        ),
    ),
}
"""The views on the page of a record, by type."""
SHOWN_IN_PARTS = {
    "issues": {"events", "proposals", "positions", "statements"},
    "proposals": {"events", "positions", "questions"},
    "events": {"statements", "statements_about"},
    "sources": set(RECORDS),
}
"""The lists that a page leaves out if its parts show these records."""

SHOWN_ABOVE = {"summary", "quote", "date", "attribution"}
"""The fields that stand above the others."""
LEADS = {"questions": "note"}
"""The field below the heading by type, if it is not the summary: of a question, what the sources say on it."""


def page_record(record: type[Record], id: str) -> Response:
    """Respond with the page of one record."""
    parse_query(record_query(record))
    data = parse_record(get_or_404(record.plural, id))
    bound_as_page()
    parts = [
        (part, part.path.replace("{id}", id), build_or_none(partial(part.build, id)))
        for part in PARTS.get(record.plural, ())
    ]
    lead = LEADS.get(record.plural, "summary")
    are_shown = all(view is not None for _, _, view in parts)
    return render_page(
        "record.html",
        str(data[record.label]),
        kind=declared(words(singular(record.plural))),
        plural=record.plural,
        card=card_of(record, data),
        negotiation=_negotiation(record, data),
        summary=data.get(lead) if record.label != lead else None,
        facts=facts(record, data, leave_out=SHOWN_ABOVE | {lead, record.label, *badge_fields(record)}),
        parts=parts,
        related=_related(record, id, SHOWN_IN_PARTS.get(record.plural, set()) if are_shown else set()),
        history=f"/{record.plural}/{id}/history",
    )


def _negotiation(record: type[Record], data: dict[str, Any]) -> str | None:
    """Return the negotiation of a record, None if it names none or several."""
    named = [data["id"]] if record is Negotiation else data.get("negotiations", [])
    return named[0] if len(named) == 1 else None


def build_or_none(build: Callable[[], Any]) -> Any:
    """Return the data of a view that is a part of a page, or None if it is too large without a filter."""
    try:
        return build()
    except InvalidQuery:
        return None


def _related(record: type[Record], id: str, hidden: set[str]) -> list[RelatedList]:
    lists = {name: place for name, place in record_lists(record).items() if name not in hidden}
    found = [_related_list(name, plural, filter, id) for name, (plural, filter) in lists.items()]
    main = {related.title: related for related in found if not related.filter}
    return [related for related in found if related.total and not _is_repeated(related, main.get(related.title))]


def _is_repeated(related: RelatedList, main: RelatedList | None) -> bool:
    """Return whether a list has the same records as the main list of its type, all of them shown."""
    if main is None or related is main:
        return False
    return related.cards == main.cards and related.total == main.total <= MAX_RELATED


def _related_list(name: str, plural: str, filter: str, id: str) -> RelatedList:
    other = RECORDS.get(plural, Timeline)
    query = {filter: json.dumps([id]), "limit": MAX_RELATED, "sort": [default_sort(other)]}
    page = ListQuery(other, query).page()
    return RelatedList(
        declared(words(plural)),
        "" if name == plural else declared(words(filter).lower()),
        [card_of(other, parse_record(row)) for row in page.rows],
        page.total,
        f"/{plural}?{filter}={id}",
    )
