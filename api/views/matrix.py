"""Parties by proposals: where everybody stands, every cell explicit."""

import json
from typing import Any

from flask import Flask
from marshmallow import fields, validate
from tabulate import tabulate

from api.database import data_through, select
from api.http.problems import InvalidQuery
from api.lists.formats import META_EXAMPLE, as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import ID, META, TEXT, array_of, nullable, object_of
from api.views import Data, Query, Rows, View, add_view
from api.views.stance_queries import STAND_SCHEMA, select_positions, stand_json
from api.views.stance_rules import NOT_RECORDED, RULES, Position, derive_stand, group_by
from schemas import Event, Proposal
from schemas.errors import FieldError
from schemas.fields import Reference, VocabularyTerm
from schemas.filters import AnyOf, as_of
from schemas.query_schema import QuerySchema
from schemas.vocabularies import PROPOSAL_KINDS

MAX_CELLS = 20_000
TITLE, CELL, CELLS_ACROSS = 36, 26, 3
"""How many characters of a table of 120 the titles take and each party takes, and how many parties stand beside."""

LEGEND = """-  nothing is recorded: neither assent nor neutrality
!  accounts disagree
%  parties that act for one principal differ, at one time or one after the other
[n]  the position it comes from, and whose word that is ("source" is the source in its own voice)"""

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
    """Which cells, as of when, and how they are laid out."""

    negotiation = AnyOf(
        Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
        "",
        description="The proposals of any of these negotiations.",
    )
    kind = AnyOf(VocabularyTerm(PROPOSAL_KINDS, "A kind."), "", description="The proposals of any of these kinds.")
    as_of = as_of()
    level = fields.String(
        load_default="principal",
        validate=validate.OneOf(["principal", "party"], error="Must be principal or party."),
        metadata={
            "description": "Each party by itself, or rolled up to the principal on whose behalf it acts.",
            "example": "party",
        },
    )
    layout = fields.String(
        load_default="wide",
        validate=validate.OneOf(["wide", "long"], error="Must be wide or long."),
        metadata={"description": "Of the CSV: a column a party, or a row a cell.", "example": "long"},
    )


def init_app(app: Flask) -> None:
    """Add the matrix."""
    purpose = "Where every party stands on every proposal: stances, since when, on whose accounts, or not_recorded."
    view = View(
        path="/matrix",
        purpose=purpose,
        operation="getMatrix",
        build=build,
        schema=SCHEMA,
        example=EXAMPLE,
        query=MatrixQuery(),
        rows=rows,
        text=text_of,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """The matrix of a query."""
    about = {name: query[name] for name in ("negotiation", "as_of") if name in query}
    on_it = ListQuery(Proposal, about | {name: query[name] for name in ("kind",) if name in query})
    _reject_large(on_it.total)
    proposals = [{"id": row["id"], "title": json.loads(row["record"])["title"]} for row in on_it.stream()]
    on_table = {proposal["id"] for proposal in proposals}
    counted = [position for position in select_positions(about) if position.proposal in on_table]
    parties = _parties(query, counted)
    _reject_large(len(parties) * len(proposals))
    by_cell = group_by(counted, lambda position: (_row_of(query, position), position.proposal))
    return {
        "level": query["level"],
        "parties": parties,
        "proposals": proposals,
        "cells": [
            {"party": party["id"], "proposal": id, **stand_json(derive_stand(by_cell.get((party["id"], id), [])))}
            for party in parties
            for id in (proposal["id"] for proposal in proposals)
        ],
        "scheduled": scheduled(query),
        "rules": RULES,
        "meta": meta(query),
    }


def _reject_large(cells: int) -> None:
    """Refuse a matrix that nobody would read: BadQuery."""
    if cells > MAX_CELLS:
        raise InvalidQuery(
            [FieldError("/negotiation", f"The matrix would have over {MAX_CELLS} cells; ask for less of it.")]
        )


def scheduled(query: Query) -> list[dict[str, Any]]:
    """What is only scheduled or planned, where the day that is asked for lies beyond what the sources know."""
    if (as_of_day(query) or "") <= (data_through() or ""):
        return []
    coming = {"status": json.dumps(["scheduled", "planned"])}
    about = {"negotiation": query["negotiation"]} if "negotiation" in query else {}
    events = (json.loads(row["record"]) for row in ListQuery(Event, coming | about).stream())
    return [{"event": event["id"], **{name: event[name] for name in ("title", "date", "status")}} for event in events]


def rows(matrix: Data, query: Query) -> Rows:
    """The matrix as a table: a row a proposal and a column a party, or a row a cell."""
    if query["layout"] == "long":
        names = ["party", "proposal", *STAND_SCHEMA]
        return [names, *([_flat(cell[name]) for name in names] for cell in matrix["cells"])]
    parties = [party["id"] for party in matrix["parties"]]
    cells = {(cell["party"], cell["proposal"]): cell for cell in matrix["cells"]}
    return [
        ["proposal", "title", *parties],
        *(
            [one["id"], one["title"], *(_cell_summary(cells[party, one["id"]]) for party in parties)]
            for one in matrix["proposals"]
        ),
    ]


def text_of(matrix: Data) -> str:
    """The matrix for a terminal of 120 columns, as many parties at a time as fit, with a legend and footnotes."""
    notes: list[str] = []
    parties = matrix["parties"]
    parts = [
        _table(matrix, parties[start : start + CELLS_ACROSS], notes) for start in range(0, len(parties), CELLS_ACROSS)
    ]
    coming = [f"{event['date'] or 'no date'}  {event['title']} ({event['status']})" for event in matrix["scheduled"]]
    if coming:
        parts.append("\n".join(["Only scheduled or planned:", *coming]))
    return "\n\n".join([*parts, LEGEND, "\n".join(notes)])


def _table(matrix: Data, parties: list[dict[str, str]], notes: list[str]) -> str:
    cells = {(cell["party"], cell["proposal"]): cell for cell in matrix["cells"]}
    lines = [["", *(party["name"] for party in parties)]]
    for proposal in matrix["proposals"]:
        held = (_cell_with_notes(cells[party["id"], proposal["id"]], notes) for party in parties)
        lines.append([proposal["title"], *held])
    widths = [TITLE, *[CELL] * len(parties)]
    return tabulate(lines, tablefmt="plain", maxcolwidths=widths, disable_numparse=True)


def _row_of(query: Query, position: Position) -> str:
    return position.holder if query["level"] == "principal" else position.party


def _parties(query: Query, counted: list[Position]) -> list[dict[str, str]]:
    """Those who hold a position, and the principals of the negotiations, by name."""
    where = "id in (select value from json_each(:negotiation))" if "negotiation" in query else "true"
    found = select(
        "select id, name from parties where id in (select value from json_each(:held))"
        f" or id in (select party from negotiations_parties where {where}) order by name, id",
        {"held": json.dumps([_row_of(query, one) for one in counted]), "negotiation": query.get("negotiation")},
    )
    return [dict(row) for row in found]


def _flat(value: Any) -> Any:
    """A value of a cell as it stands in a table, accounts by their names."""
    if isinstance(value, list):
        return [item["account"] if isinstance(item, dict) else item for item in value]
    return value


def _cell_summary(cell: dict[str, Any]) -> str:
    marks = ("!" if cell["conflict"] else "") + ("%" if cell["divided"] else "")
    return " | ".join(cell["stances"]) + (f" {marks}" if marks else "")


def _cell_with_notes(cell: dict[str, Any], notes: list[str]) -> str:
    """A cell in a few words, with the numbers of its footnotes, which are added to the notes."""
    if cell["stances"] == [NOT_RECORDED]:
        return "-"
    first = len(notes) + 1
    for position in cell["derived_from"]:
        accounts = (account["account"] for account in cell["accounts"] if position in account["positions"])
        notes.append(f"[{len(notes) + 1}] {position}: {', '.join(accounts)}")
    numbers = ",".join(str(number) for number in range(first, len(notes) + 1))
    return f"{_cell_summary(cell).replace(' | ', ', ')} [{numbers}]"
