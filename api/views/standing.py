"""Where a proposal stands: who holds what on it, how that came about, and which conditions are open."""

import json
import sqlite3
from typing import Any

from flask import Flask

from api.database import select
from api.http.query_params import get_or_404
from api.lists.formats import META_EXAMPLE, as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, View, add_view
from api.views.stance_queries import STAND_SCHEMA, select_positions, stand_json
from api.views.stance_rules import RULES, Position, derive_stand, group_by
from schemas import Proposal
from schemas.filters import as_of
from schemas.query_schema import QuerySchema

STEP = object_of({"position": ID, "stance": ID, "since": nullable(ID), "accounts": array_of(ID), "explicit": BOOLEAN})
CONDITION = object_of(
    {
        "proposal": ID,
        "title": TEXT,
        "set_by": array_of(ID),
        "standing": array_of(object_of({"party": ID, **STAND_SCHEMA})),
        "derived_from": array_of(ID),
    }
)
SCHEMA = object_of(
    {
        "proposal": ID,
        "title": TEXT,
        "stage": nullable(TEXT) | {"description": "As its source has it; null as of a day before that source."},
        "parties": array_of(object_of({"party": ID, **STAND_SCHEMA, "history": array_of(STEP)})),
        "conditions": array_of(CONDITION),
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    }
)
EXAMPLE: Data = {
    "proposal": Proposal.example,
    "title": "A halt",
    "stage": None,
    "parties": [],
    "conditions": [],
    "rules": RULES,
    "meta": META_EXAMPLE,
}


class StandingQuery(QuerySchema):
    """As of when."""

    as_of = as_of()


def init_app(app: Flask) -> None:
    """Add the standing of a proposal."""
    view = View(
        path="/proposals/{id}/standing",
        purpose="Where a proposal stands: every party's latest stand and how it came to it, and what is open.",
        operation="getProposalStanding",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        query=StandingQuery(),
        path_values={"id": {"description": "The id of the proposal.", "schema": ID, "example": Proposal.example}},
    )
    add_view(app, view)


def build(query: Query, id: str) -> Data:
    """The standing of one proposal."""
    proposal = json.loads(get_or_404("proposals", id)["record"])
    counted = select_positions({**query, "proposal": json.dumps([id])})
    return {
        "proposal": id,
        "title": proposal["title"],
        "stage": proposal["stage"] if is_known(query, id) else None,
        "parties": [
            {"party": party, **stand_json(derive_stand(held)), "history": [_step(position) for position in held]}
            for party, held in group_by(counted, lambda position: position.party).items()
        ],
        "conditions": conditions_of(query, id, counted),
        "rules": RULES,
        "meta": meta(query),
    }


def is_known(query: Query, id: str) -> bool:
    """Whether the source that tells of a proposal was there at the day that is asked for."""
    statement = (
        "select coalesce(date_latest, '') told_on from sources where id = (select bundle from proposals where id = :id)"
    )
    ((told_on,),) = select(statement, {"id": id})
    return str(told_on) <= (as_of_day(query) or str(told_on))


def conditions_of(query: Query, id: str, counted: list[Position]) -> list[dict[str, Any]]:
    """What has been made a condition for a proposal, by a stand on it or by a relation to it, and where that stands."""
    by_stand: dict[str, list[Position]] = positions_by_condition(counted)
    related = ListQuery(Proposal, {**query, "related_to": json.dumps([id])}).stream()
    condition_for = {"proposal": id, "relation": "condition_for"}
    return [
        {
            "proposal": condition,
            "title": json.loads(get_or_404("proposals", condition)["record"])["title"],
            "set_by": sorted({position.party for position in by_stand.get(condition, [])}),
            "standing": _standing(query, condition),
            "derived_from": [position.id for position in by_stand.get(condition, [])],
        }
        for condition in sorted({*by_stand, *(row["id"] for row in related if condition_for in _relations(row))})
    ]


def positions_by_condition(counted: list[Position]) -> dict[str, list[Position]]:
    """The positions by each condition that they name."""
    pairs = [(condition, position) for position in counted for condition in position.conditions]
    return {condition: [pair[1] for pair in held] for condition, held in group_by(pairs, lambda pair: pair[0]).items()}


def _relations(row: sqlite3.Row) -> list[dict[str, str]]:
    relations: list[dict[str, str]] = json.loads(row["record"])["relations"]
    return relations


def _standing(query: Query, proposal: str) -> list[dict[str, Any]]:
    held = group_by(select_positions({**query, "proposal": json.dumps([proposal])}), lambda position: position.party)
    return [{"party": party, **stand_json(derive_stand(positions_held))} for party, positions_held in held.items()]


def _step(position: Position) -> dict[str, Any]:
    return {
        "position": position.id,
        "stance": position.stance,
        "since": position.stands_from,
        "accounts": list(position.accounts),
        "explicit": position.explicit,
    }
