"""The standing of a proposal: every party's stand and its history, and the open conditions."""

import json
from collections import defaultdict
from typing import Any

from flask import Flask

from api.database import select
from api.http.query_params import get_or_404
from api.lists.formats import META_EXAMPLE, as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, View, add_view
from api.views.stance_queries import STAND_SCHEMA, select_positions, stand_json, stands_by_party
from api.views.stance_rules import RULES, derive_stand, group_by
from api.views.stand import Position
from schemas import Proposal
from schemas.filters import as_of
from schemas.query_schema import QuerySchema

STEP = object_of({"position": ID, "stance": ID, "since": nullable(ID), "accounts": array_of(ID), "explicit": BOOLEAN})
CONDITION = object_of(
    {
        "proposal": ID,
        "title": TEXT,
        "set_by": array_of(ID) | {"description": "The parties whose positions name it as a condition."},
        "standing": array_of(object_of({"party": ID, **STAND_SCHEMA})),
        "derived_from": array_of(ID) | {"description": "The positions that name it as a condition."},
    }
)
HISTORY = array_of(STEP) | {"description": "Every position of the party, in the order in which it came to stand."}
STAGE = nullable(TEXT) | {"description": "The stage according to its source; null if `as_of` is before that source."}
SCHEMA = object_of(
    {
        "proposal": ID,
        "title": TEXT,
        "stage": STAGE,
        "parties": array_of(object_of({"party": ID, **STAND_SCHEMA, "history": HISTORY})),
        "conditions": array_of(CONDITION)
        | {"description": "What is demanded in return for it, and where that stands."},
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
    """The day of the standing."""

    as_of = as_of()


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/proposals/{id}/standing",
        purpose="Where a proposal stands: every party's latest stand with its history, and the open conditions.",
        operation="getProposalStanding",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        query=StandingQuery(),
        path_values={"id": {"description": "The id of the proposal.", "schema": ID, "example": Proposal.example}},
    )
    add_view(app, view)


def build(query: Query, id: str) -> Data:
    """Return the standing of one proposal."""
    proposal = json.loads(get_or_404("proposals", id)["record"])
    positions = _positions_on(query, [id])
    return {
        "proposal": id,
        "title": proposal["title"],
        "stage": proposal["stage"] if is_published(query, id) else None,
        "parties": [
            {"party": party, **stand_json(derive_stand(own)), "history": [_step(position) for position in own]}
            for party, own in group_by(positions, lambda position: position.party).items()
        ],
        "conditions": open_conditions(query, id, positions),
        "rules": RULES,
        "meta": meta(query),
    }


def is_published(query: Query, id: str) -> bool:
    """Whether the source of a proposal existed on the day requested."""
    statement = (
        "select coalesce(date_latest, '') published from sources"
        " where id = (select bundle from proposals where id = :id)"
    )
    ((published,),) = select(statement, {"id": id})
    return str(published) <= (as_of_day(query) or str(published))


def open_conditions(query: Query, id: str, positions: list[Position]) -> list[dict[str, Any]]:
    """Return the proposals that are conditions for this one, by a position or by a relation, and where they stand.

    The number of statements does not depend on the number of conditions.
    """
    naming = positions_by_condition(positions)
    conditions = sorted({*naming, *_related_conditions(query, id)})
    titles = _titles(conditions)
    by_proposal = group_by(_positions_on(query, conditions), lambda position: position.proposal)
    return [
        {
            "proposal": condition,
            "title": titles[condition],
            "set_by": sorted({position.party for position in naming.get(condition, [])}),
            "standing": stands_by_party(by_proposal.get(condition, [])),
            "derived_from": [position.id for position in naming.get(condition, [])],
        }
        for condition in conditions
    ]


def positions_by_condition(positions: list[Position]) -> dict[str, list[Position]]:
    """Return the positions that name each condition."""
    naming: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        for condition in position.conditions:
            naming[condition].append(position)
    return naming


def _related_conditions(query: Query, id: str) -> list[str]:
    relation = {"proposal": id, "relation": "condition_for"}
    related = ListQuery(Proposal, {**query, "related_to": json.dumps([id])}).stream()
    return [row["id"] for row in related if relation in json.loads(row["record"])["relations"]]


def _titles(ids: list[str]) -> dict[str, str]:
    statement = "select id, title from proposals where id in (select value from json_each(:ids))"
    return {row["id"]: row["title"] for row in select(statement, {"ids": json.dumps(ids)})}


def _positions_on(query: Query, proposals: list[str]) -> list[Position]:
    return select_positions({**query, "proposal": json.dumps(proposals)}) if proposals else []


def _step(position: Position) -> dict[str, Any]:
    return {
        "position": position.id,
        "stance": position.stance,
        "since": position.stands_from,
        "accounts": list(position.accounts),
        "explicit": position.explicit,
    }
