"""The matrix: where every party stands on every proposal, each cell explicit."""

import json
from typing import Any

from flask import Flask
from marshmallow import fields, validate

from api.database import data_through, select
from api.http.problems import InvalidQuery
from api.lists.formats import META_EXAMPLE, as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, View, add_view
from api.views.matrix_table import csv_rows, table_text
from api.views.stance_queries import STAND_SCHEMA, select_positions, stand_json
from api.views.stance_rules import RULES, derive_stand, group_by
from api.views.stand import Position
from schemas import Event, Proposal
from schemas.errors import FieldError
from schemas.fields import Reference, VocabularyTerm
from schemas.filters import AnyOf, as_of
from schemas.query_schema import QuerySchema
from schemas.vocabularies import PROPOSAL_KINDS

MAX_CELLS = 20_000
SCHEMA = object_of(
    {
        "level": {"type": "string", "enum": ["principal", "party"]},
        "parties": array_of(object_of({"id": ID, "name": TEXT})),
        "proposals": array_of(object_of({"id": ID, "title": TEXT})),
        "cells": array_of(object_of({"party": ID, "proposal": ID, **STAND_SCHEMA})),
        "scheduled": array_of(object_of({"event": ID, "title": TEXT, "date": nullable(ID), "status": ID})),
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    }
)
EXAMPLE: Data = {
    "level": "principal",
    "parties": [],
    "proposals": [],
    "cells": [],
    "scheduled": [],
    "rules": RULES,
    "meta": META_EXAMPLE,
}


class MatrixQuery(QuerySchema):
    """Which proposals, on which day, and in which layout."""

    negotiation = AnyOf(
        Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
        description="Only proposals of any of these negotiations.",
    )
    kind = AnyOf(VocabularyTerm(PROPOSAL_KINDS, "A kind."), description="Only proposals of any of these kinds.")
    as_of = as_of()
    level = fields.String(
        load_default="principal",
        validate=validate.OneOf(["principal", "party"], error="Must be principal or party."),
        metadata={
            "description": "`party` lists each party; `principal` counts it for the principal on whose behalf it acts.",
            "example": "party",
        },
    )
    layout = fields.String(
        load_default="wide",
        validate=validate.OneOf(["wide", "long"], error="Must be wide or long."),
        metadata={"description": "CSV only. `wide`: a column per party. `long`: a row per cell.", "example": "long"},
    )


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/matrix",
        purpose="Where every party stands on every proposal: stances, dates and accounts, or `not_recorded`.",
        operation="getMatrix",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        query=MatrixQuery(),
        rows=csv_rows,
        text=table_text,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """Return the matrix of a query."""
    proposals = select_proposals(query)
    ids = {proposal["id"] for proposal in proposals}
    positions = [
        position for position in select_positions(_only(query, "negotiation", "as_of")) if position.proposal in ids
    ]
    parties = select_parties(query, positions)
    _reject_large(len(parties) * len(proposals))
    return {
        "level": query["level"],
        "parties": parties,
        "proposals": proposals,
        "cells": derive_cells(query, parties, proposals, positions),
        "scheduled": scheduled_events(query),
        "rules": RULES,
        "meta": meta(query),
    }


def select_proposals(query: Query) -> list[dict[str, str]]:
    """Return id and title of the proposals that match."""
    matching = ListQuery(Proposal, _only(query, "negotiation", "as_of", "kind"))
    _reject_large(matching.total)
    return [{"id": row["id"], "title": json.loads(row["record"])["title"]} for row in matching.stream()]


def select_parties(query: Query, positions: list[Position]) -> list[dict[str, str]]:
    """Return the parties that hold a position and the principals of the negotiations, by name."""
    where = "id in (select value from json_each(:negotiation))" if "negotiation" in query else "true"
    rows = select(
        "select id, name from parties where id in (select value from json_each(:holders))"
        f" or id in (select party from negotiations_parties where {where}) order by name, id",
        {
            "holders": json.dumps([_holder(query, position) for position in positions]),
            "negotiation": query.get("negotiation"),
        },
    )
    return [dict(row) for row in rows]


def derive_cells(
    query: Query, parties: list[dict[str, str]], proposals: list[dict[str, str]], positions: list[Position]
) -> list[Data]:
    """Return a cell for every party and proposal."""
    by_cell = group_by(positions, lambda position: (_holder(query, position), position.proposal))
    return [
        {"party": party, "proposal": proposal, **stand_json(derive_stand(by_cell.get((party, proposal), [])))}
        for party in (party["id"] for party in parties)
        for proposal in (proposal["id"] for proposal in proposals)
    ]


def scheduled_events(query: Query) -> list[dict[str, Any]]:
    """Return scheduled and planned events if the day requested is after the latest source; otherwise none."""
    if (as_of_day(query) or "") <= (data_through() or ""):
        return []
    status = {"status": json.dumps(["scheduled", "planned"])}
    rows = ListQuery(Event, status | _only(query, "negotiation")).stream()
    events = (json.loads(row["record"]) for row in rows)
    return [{"event": event["id"], **{name: event[name] for name in ("title", "date", "status")}} for event in events]


def _only(query: Query, *names: str) -> dict[str, Any]:
    return {name: query[name] for name in names if name in query}


def _holder(query: Query, position: Position) -> str:
    return position.holder if query["level"] == "principal" else position.party


def _reject_large(cells: int) -> None:
    """Raise InvalidQuery if the matrix would be too large to read."""
    if cells > MAX_CELLS:
        detail = f"The matrix would have more than {MAX_CELLS} cells. Narrow it with `negotiation` or `kind`."
        raise InvalidQuery([FieldError("/negotiation", detail)])
