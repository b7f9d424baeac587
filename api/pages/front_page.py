"""The front page: each negotiation with its matrix, its latest events, what is scheduled and what is open."""

import json
from typing import Any, NamedTuple

from flask import Response

from api.http.media_types import HTML
from api.http.serialization import parse_record
from api.lists.list_query import ListQuery
from api.lists.reading_order import timeline_order
from api.pages.cards import Card, card_of
from api.pages.messages import declared, gettext
from api.pages.page import TIMELINE_PREVIEW, render_page
from api.pages.record_page import build_or_none
from api.views import matrix
from api.views.bounds import bound_as
from schemas import Event, Negotiation, Question
from schemas.event import HAPPENED, TO_COME
from schemas.record import Record

MAX_NEGOTIATIONS = 50
"""Maximum number of negotiations that are listed; a link leads to the others."""
MAX_IN_FULL = 3
"""Maximum number of negotiations that are shown with their matrix, events and questions."""
MAX_ENTRIES = 5
MAX_LATEST = 12
"""Maximum number of latest events: five and the others of the same day, so that all accounts of an event are there."""


class Dossier(NamedTuple):
    """A negotiation as it is shown in full."""

    card: Card
    summary: str
    path: str
    only: str
    """The query that selects its records in lists and views."""
    matrix: dict[str, Any] | None
    events: list[Card]
    more_events: int
    """The number of earlier events."""
    to_come: list[Card]
    questions: list[Card]


class Brief(NamedTuple):
    """Summary of one of many negotiations: its latest event, the next one, and the number of open questions."""

    card: Card
    path: str
    only: str
    latest: Card | None
    next: Card | None
    questions: int


def page_front(about: str) -> Response:
    """Respond with the front page."""
    bound_as(HTML)
    page = ListQuery(Negotiation, {"limit": MAX_NEGOTIATIONS, "sort": [Negotiation.label]}).page()
    negotiations = [parse_record(row) for row in page.rows]
    in_full = negotiations if len(negotiations) <= MAX_IN_FULL else []
    return render_page(
        "front.html",
        gettext("Negotiations as data"),
        about=declared(about),
        preview=f"/matrix.png?negotiation={in_full[0]['id']}" if in_full else TIMELINE_PREVIEW,
        dossiers=[_dossier(data) for data in in_full],
        briefs=[_brief(data) for data in negotiations if data not in in_full],
        total=page.total,
    )


def _dossier(data: dict[str, Any]) -> Dossier:
    id = data["id"]
    events, more_events = _latest_days(id)
    return Dossier(
        card=card_of(Negotiation, data),
        summary=data["summary"],
        path=f"/negotiations/{id}",
        only=f"negotiation={id}",
        matrix=build_or_none(lambda: matrix.build(matrix.MatrixQuery().load({"negotiation": id}))),
        events=events,
        more_events=more_events,
        to_come=_first(_next(id)),
        questions=_first(_open_questions(id)),
    )


def _brief(data: dict[str, Any]) -> Brief:
    id = data["id"]
    return Brief(
        card=card_of(Negotiation, data),
        path=f"/negotiations/{id}",
        only=f"negotiation={id}",
        latest=next(iter(_first(_latest(id, 1))), None),
        next=next(iter(_first(_next(id, 1))), None),
        questions=_open_questions(id).total,
    )


def _latest_days(id: str) -> tuple[list[Card], int]:
    """Return the latest events, up to MAX_LATEST if they are of one day, and the number of earlier ones."""
    page = _latest(id, MAX_LATEST).page()
    events = [parse_record(row) for row in page.rows]
    days = [event["date_earliest"] or event["date_latest"] for event in events]
    shown = [event for place, event in enumerate(events) if place < MAX_ENTRIES or days[place] == days[MAX_ENTRIES - 1]]
    return [card_of(Event, event) for event in shown], page.total - len(shown)


def _latest(id: str, limit: int) -> ListQuery:
    query = {"negotiation": json.dumps([id]), "status": json.dumps(HAPPENED), "limit": limit}
    return ListQuery(Event, query, lambda record, query, row: timeline_order(row, descending=True))


def _next(id: str, limit: int = MAX_ENTRIES) -> ListQuery:
    return _of_negotiation(Event, id, status=json.dumps(TO_COME), sort=["date"], limit=limit)


def _open_questions(id: str) -> ListQuery:
    return _of_negotiation(Question, id, status=json.dumps(["open"]), limit=MAX_ENTRIES)


def _of_negotiation(record: type[Record], id: str, **query: Any) -> ListQuery:
    return ListQuery(record, {"negotiation": json.dumps([id]), **query})


def _first(matches: ListQuery) -> list[Card]:
    return [card_of(matches.record, parse_record(row)) for row in matches.page().rows]
