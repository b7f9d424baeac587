"""The front page: each negotiation with its matrix, its latest events, what is scheduled and what is open."""

import json
from typing import Any, NamedTuple

from flask import Response

from api.http.serialization import parse_record
from api.lists.list_query import ListQuery
from api.pages.cards import Card, card_of
from api.pages.messages import declared, gettext
from api.pages.page import render_page
from api.pages.record_page import build_or_none
from api.views import matrix
from api.views.bounds import bound_as_page
from schemas import Event, Negotiation, Question
from schemas.event import TO_COME
from schemas.record import Record

MAX_NEGOTIATIONS = 50
"""The most negotiations that are listed; a link leads to the others."""
MAX_IN_FULL = 3
"""The most negotiations that are shown with their matrix, events and questions."""
MAX_ENTRIES = 5
PAST = ("occurred", "ongoing")


class Dossier(NamedTuple):
    """A negotiation as it is shown in full."""

    card: Card
    summary: str
    path: str
    matrix: dict[str, Any] | None
    events: list[Card]
    to_come: list[Card]
    questions: list[Card]


def page_front(about: str) -> Response:
    """Respond with the front page."""
    bound_as_page()
    page = ListQuery(Negotiation, {"limit": MAX_NEGOTIATIONS, "sort": [Negotiation.label]}).page()
    negotiations = [parse_record(row) for row in page.rows]
    in_full = negotiations if len(negotiations) <= MAX_IN_FULL else []
    return render_page(
        "front.html",
        gettext("Negotiations as data"),
        about=declared(about),
        negotiation=in_full[0]["id"] if in_full else None,
        dossiers=[_dossier(data) for data in in_full],
        negotiations=[card_of(Negotiation, data) for data in negotiations if data not in in_full],
        total=page.total,
    )


def _dossier(data: dict[str, Any]) -> Dossier:
    id, here = data["id"], json.dumps([data["id"]])
    return Dossier(
        card=card_of(Negotiation, data),
        summary=data["summary"],
        path=f"/negotiations/{id}",
        matrix=build_or_none(lambda: matrix.build(matrix.MatrixQuery().load({"negotiation": id}))),
        events=_first(Event, {"negotiation": here, "status": json.dumps(PAST), "sort": ["-date"]}),
        to_come=_first(Event, {"negotiation": here, "status": json.dumps(TO_COME), "sort": ["date"]}),
        questions=_first(Question, {"negotiation": here, "status": json.dumps(["open"])}),
    )


def _first(record: type[Record], query: dict[str, Any]) -> list[Card]:
    rows = ListQuery(record, {**query, "limit": MAX_ENTRIES}).page().rows
    return [card_of(record, parse_record(row)) for row in rows]
