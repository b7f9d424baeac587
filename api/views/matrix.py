"""The matrix: where every party stands on every issue or proposal, each cell explicit."""

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from flask import Flask
from marshmallow import fields, validate

from api.database import data_through, select
from api.http.problems import InvalidQuery
from api.http.serialization import parse_record
from api.lists.formats import as_of_day, meta
from api.lists.list_query import ListQuery
from api.openapi.json_schema import BOOLEAN, ID, META, TEXT, array_of, nullable, object_of
from api.openapi.view_schemas import DATE, DATE_BASIS, EVENT_ID, EVENT_STATUS, PARTY_ID, PROPOSAL_ID
from api.pages.pictures.matrix import draw_matrix
from api.pages.view_page import ViewPage
from api.views import Data, Query, View, add_view
from api.views.bounds import Bound
from api.views.contrasts import CONTRAST, contrasts_by_issue
from api.views.discussed import DISCUSSED, select_discussed
from api.views.issue_tree import ISSUE_TITLE, nest_parts, with_parts
from api.views.matrix_table import WHOLE_ROW_FILTERS, csv_rows, has_filtered_rows, matrix_outline, table_text
from api.views.position import Position, Variants
from api.views.selection import Selection, selection
from api.views.stance_queries import (
    CITATIONS,
    SELECTION,
    STANDING_SCHEMA,
    event_json,
    known_proposals,
    part_of_proposal,
    position_filters,
    select_names,
    select_party_names,
    select_positions,
    select_variants,
    standing_json,
)
from api.views.stance_rules import RULES, derive_standing, for_principal, group_by
from api.views.text import WidthQuery
from schemas import Proposal
from schemas.errors import FieldError
from schemas.event import TO_COME
from schemas.fields import VocabularyTerm
from schemas.filter_sql import json_values
from schemas.filters import AnyOf
from schemas.issue_links import ISSUE_LINKS
from schemas.position import INITIAL_STANCES
from schemas.vocabularies import PROPOSAL_KINDS

MAX_CELLS = Bound(data=20_000, page=1500, text=7500)
"""Maximum number of cells, and of proposals in them."""
MAX_OUTSIDE = Bound(data=15_000, page=15_000, text=7500)
"""Maximum number of events, and of proposals without a position, that stand in no cell; 15,000 take up to a second."""
PARTY = object_of(
    {
        "id": PARTY_ID,
        "name": TEXT,
        "private": BOOLEAN
        | {
            "description": "Whether it has only what the party did for itself, as a candidate does; what it did for its"
            " principal is in that column."
        },
        "capacity": nullable(ID) | {"description": "If it is private: the one capacity in which the party acted."},
    },
    "MatrixParty",
)
EVENT = object_of(
    {"event": EVENT_ID, "title": TEXT, "date": nullable(DATE), "date_basis": nullable(DATE_BASIS)}
    | {"status": EVENT_STATUS, "attribution": TEXT, "citations": CITATIONS},
    "MatrixEvent",
)
ROW = object_of(
    {
        "id": ID,
        "title": TEXT,
        "part_of": nullable(ID) | {"description": "The larger issue or proposal."},
        "proposals": array_of(object_of({"id": PROPOSAL_ID, "title": TEXT}, "ProposalTitle")),
        "without_position": array_of(
            object_of(
                {"proposal": PROPOSAL_ID, "title": TEXT, "attribution": TEXT, "citations": CITATIONS}, "ProposalWithout"
            )
        )
        | {"description": "Proposals on which nobody has a position, so that they stand in no cell of an issue."},
        "contrasts": array_of(CONTRAST),
        "events": array_of(EVENT)
        | {"description": "Events on the issue that concern no proposal, so that they stand in no cell."},
    },
    "MatrixRow",
)
SCHEMA = object_of(
    {
        "level": {"type": "string", "enum": ["principal", "party"]},
        "row_type": {"type": "string", "enum": ["issue", "proposal"]},
        "parties": array_of(PARTY),
        "rows": array_of(ROW),
        "left_out": array_of(ISSUE_TITLE)
        | {"description": "The issues without a row, since no proposal is recorded on them."},
        "cells": array_of(
            object_of({"party": PARTY_ID, "row": ID, **STANDING_SCHEMA, "discussed": DISCUSSED}, "MatrixCell")
        ),
        "scheduled": array_of(EVENT),
        "rules": {"type": "object", "additionalProperties": TEXT},
        "meta": META,
    },
    "Matrix",
)
Row = dict[str, Any]
EMPTY = derive_standing(())


def _choice(default: str, other: str, description: str) -> fields.String:
    return fields.String(
        load_default=default,
        validate=validate.OneOf([default, other], error=f"Must be {default} or {other}."),
        metadata={"description": description, "example": other},
    )


MatrixQuery = WidthQuery.from_dict(
    {
        **position_filters(),
        "kind": AnyOf(VocabularyTerm(PROPOSAL_KINDS, "A kind."), description="Only proposals of any of these kinds."),
        "rows": _choice("issue", "proposal", "A row for each issue, or for each proposal."),
        "level": _choice(
            "principal",
            "party",
            "`party` lists each party; `principal` counts it for those on whose behalf it acts.",
        ),
        "layout": _choice(
            "wide", "long", "CSV and spreadsheet only. `wide`: a column per party. `long`: a row per position."
        ),
    },
    name="MatrixQuery",
)


def init_app(app: Flask) -> None:
    """Register the endpoint."""
    view = View(
        path="/matrix",
        purpose="Where every party stands on every issue: stances, dates and accounts, or `not_recorded`.",
        operation="getMatrix",
        page=ViewPage(
            "Where everyone stands",
            "Each party’s positions on each issue, with account and date.",
            "parts/matrix.html",
        ),
        build=build,
        schema=SCHEMA,
        query=MatrixQuery(),
        rows=csv_rows,
        text=table_text,
        outline=matrix_outline,
        picture=draw_matrix,
    )
    add_view(app, view)


def build(query: Query) -> Data:
    """Return the matrix of a query. An issue includes those that are part of it."""
    if "issue" in query:
        query = {**query, "issue": json.dumps(with_parts(json.loads(query["issue"])))}
    selected = select_positions(query)
    proposals = select_proposals(query)
    positions = [position for position in selected if position.proposal in proposals and position.accounts]
    titles = {id: proposal["title"] for id, proposal in proposals.items()}
    on_proposals = {position.proposal for position in positions}
    known = known_proposals(query)
    groups = group_rows(query, proposals, on_proposals, known)
    parties = select_parties(query, positions, proposals)
    _reject_large(len(parties) * len(groups), MAX_CELLS)
    rows = select_rows(query, groups, on_proposals)
    return {
        "level": query["level"],
        "row_type": query["rows"],
        "parties": [{"id": id, "name": name, **private_capacity(query, id, positions)} for id, name in parties.items()],
        "rows": rows,
        "left_out": issues_without_proposal(query, known),
        "cells": _with_discussed(
            query, derive_cells(query, list(parties), rows, positions, titles, select_variants(on_proposals))
        ),
        "scheduled": scheduled_events(query),
        "rules": RULES,
        "meta": meta(query),
    }


def select_proposals(query: Query) -> dict[str, dict[str, Any]]:
    """Return the proposals that match, by id."""
    criteria = _only(query, "negotiation", "issue", "kind")
    if "proposal" in query:
        criteria["id"] = query["proposal"]
    matching = ListQuery(Proposal, criteria)
    _reject_large(matching.total, MAX_CELLS)
    return {row["id"]: parse_record(row) for row in matching.stream()}


def group_rows(
    query: Query, proposals: dict[str, dict[str, Any]], with_positions: set[str], known: set[str] | None
) -> dict[str, list[dict[str, Any]]]:
    """Return the proposals of each row.

    These are the proposals with a position, and, unless the filters are narrower, all that were `known` by the day
    requested. If `known` is None, all are.
    """
    listed: Container[str] = with_positions
    if not has_filtered_rows(query):
        listed = proposals if known is None else known
    shown = {id: proposal for id, proposal in proposals.items() if id in listed}
    if query["rows"] == "proposal":
        return {id: [proposal] for id, proposal in shown.items()}
    pairs = group_by(((issue, each) for each in shown.values() for issue in each["issues"]), lambda pair: pair[0])
    selected = json.loads(query["issue"]) if "issue" in query else pairs
    return {issue: [each for _, each in pairs[issue]] for issue in pairs if issue in selected}


def select_rows(query: Query, groups: dict[str, list[dict[str, Any]]], with_positions: set[str]) -> list[Row]:
    """Return the rows: one for each issue or proposal, with parts below the whole.

    Raise InvalidQuery if too much stands outside the cells, before events are decoded, which takes a second for 30,000.
    """
    if query["rows"] == "proposal":
        return nest_parts(
            [_row(id, own[0]["title"], part_of_proposal(own[0], groups), own, {id}) for id, own in groups.items()]
        )
    _reject_large(_count_outside(query, groups, with_positions, MAX_OUTSIDE.now()), MAX_OUTSIDE)
    contrasts, events = contrasts_by_issue(query, groups), events_by_issue(query, groups)
    issues = select(
        "select id, title, part_of from issues where id in (select value from json_each(:ids)) order by key",
        {"ids": json.dumps(list(groups))},
    )
    return nest_parts(
        [
            _row(id, title, part_of, groups[id], with_positions, contrasts[id], events[id])
            for id, title, part_of in issues
        ]
    )


def _with_discussed(query: Query, cells: list[Data]) -> list[Data]:
    """Return the cells; those without a position have the statements of the party on the row as `discussed`.

    If a filter leaves positions out, `discussed` is empty: a cell may have positions that are not shown.
    """
    narrowing = query.keys() & ({*SELECTION, "kind"} - WHOLE_ROW_FILTERS)
    empty = {(cell["row"], cell["party"]) for cell in cells if not cell["positions"]}
    found = {} if narrowing else select_discussed(query, empty)
    return [{**cell, "discussed": found.get((cell["row"], cell["party"]), [])} for cell in cells]


def _count_outside(query: Query, groups: dict[str, list[dict[str, Any]]], with_positions: set[str], most: int) -> int:
    """Return how many events and proposals without a position stand in no cell, or a number above `most`."""
    without = sum(proposal["id"] not in with_positions for own in groups.values() for proposal in own)
    found, bound = _events_on(query, groups)
    ((events,),) = select(f"select count(*) from (select 1 {found} limit {most + 1})", bound)
    return without + int(events)


def events_by_issue(query: Query, issues: Iterable[str]) -> Mapping[str, list[Data]]:
    """Return the events on each of some issues that concern no proposal and match the filters, by date."""
    found, bound = _events_on(query, issues)
    rows = select(f"select l.issue, r.record, r.derived {found} order by r.day is null, r.day, r.id", bound)
    events = defaultdict[str, list[Data]](list)
    for row in rows:
        events[row["issue"]].append(event_json(parse_record(row)))
    return events


def _events_on(query: Query, issues: Iterable[str]) -> Selection:
    """Return SQL that follows the columns of a SELECT: the events `r` on issues `l.issue` that concern no proposal."""
    matches, bound = selection("events", query, [name for name in SELECTION if name != "issue"])
    sql = (
        "from events_issues l join events r on r.id = l.id where l.issue in (select value from json_each(:issues))"
        f" and not exists (select 1 from events_proposals p where p.id = r.id) and {matches}"
    )
    return Selection(sql, {**bound, "issues": json.dumps(list(issues))})


def select_parties(query: Query, positions: list[Position], proposals: Mapping[str, Data]) -> dict[str, str]:
    """Return the holders of positions and the principals of the negotiations, those with most positions first.

    The negotiations are the requested ones, or else those of the proposals.
    """
    holders = {holder for position in positions for holder in _holders(query, position)}
    if not has_filtered_rows(query):
        shown = {negotiation for proposal in proposals.values() for negotiation in proposal["negotiations"]}
        bound = {"negotiation": json.dumps(sorted(shown))} | _only(query, "negotiation")
        rows = select(f"select party from negotiations_parties where id in {json_values('negotiation')}", bound)
        holders |= {party for (party,) in rows}
    counts = Counter(holder for position in positions for holder in _holders(query, position))
    return dict(sorted(select_party_names(holders).items(), key=lambda party: -counts[party[0]]))


def issues_without_proposal(query: Query, known: set[str] | None) -> list[Data]:
    """Return the issues that a query selects and that have no proposal.

    Only the proposals `known` by the day requested count, or all if that is None.
    """
    if query["rows"] == "proposal":
        return []
    bound = _only(query, "issue", "negotiation")
    counts = "true"
    if known is not None:
        counts, bound["known"] = f"p.id in {json_values('known')}", json.dumps(sorted(known))
    conditions = [f"not exists (select 1 from proposals_issues p where p.issue = i.id and {counts})"]
    if "issue" in query:
        conditions.append(f"i.id in {json_values('issue')}")
    if "negotiation" in query:
        conditions.append(
            f"i.id in (select id from issues_negotiations where negotiation in {json_values('negotiation')})"
        )
    statement = f"select i.id issue, i.title from issues i where {' and '.join(conditions)} order by i.key"
    return [dict(row) for row in select(statement, bound)]


def private_capacity(query: Query, party: str, positions: list[Position]) -> Data:
    """Return whether a party took all positions in its column for itself, and their capacity if it is the same."""
    own = [position for position in positions if party in position.principals]
    private = query["level"] == "principal" and bool(own) and all(one.record["on_behalf_of"] == [] for one in own)
    capacities = {position.record["capacity"] for position in own}
    return {"private": private, "capacity": capacities.pop() if private and len(capacities) == 1 else None}


def derive_cells(
    query: Query,
    parties: list[str],
    rows: list[Row],
    positions: list[Position],
    titles: dict[str, str],
    variants: Variants,
) -> list[Data]:
    """Return a cell for every party and row."""
    names = select_names(positions)
    rows_of = defaultdict[str, list[tuple[str, int]]](list)
    for row in rows:
        for place, proposal in enumerate(row["proposals"]):
            rows_of[proposal["id"]].append((row["id"], place))
    by_cell = defaultdict[tuple[str, str], list[tuple[tuple[str, bool, int], Position]]](list)
    for position in positions:
        for holder, (row_id, place) in product(_holders(query, position), rows_of[position.proposal]):
            by_cell[holder, row_id].append(((*_time_of(position), place), _in_column(query, position, holder)))
    cells = []
    for party, row in product(parties, rows):
        own = sorted(by_cell.get((party, row["id"]), ()), key=lambda placed: placed[0])
        standing = derive_standing([position for _, position in own], variants) if own else EMPTY
        cells.append({"party": party, "row": row["id"], **standing_json(standing, titles, names)})
    return cells


def _in_column(query: Query, position: Position, holder: str) -> Position:
    """Return a position as it counts in the column of a holder: for that principal, and no other."""
    return for_principal(position, holder) if query["level"] == "principal" else position


def _time_of(position: Position) -> tuple[str, bool]:
    """Return the sort key of a position in a cell: on one day, a proposal comes before the reactions to it."""
    day = position.record["date_earliest"] or position.record["date_latest"] or "~"
    return day, position.stance not in INITIAL_STANCES


def scheduled_events(query: Query) -> list[dict[str, Any]]:
    """Return the events to come that match, if the day requested is after the latest source: none of a past date."""
    day = as_of_day(query) or ""
    if day <= (data_through() or ""):
        return []
    matches, bound = selection("events", query, [name for name in SELECTION if name not in ("issue", "as_of")])
    if "issue" in query:
        matches += f" and r.id in (select id from ({ISSUE_LINKS['events']}) where issue in {json_values('issue')})"
    rows = select(
        f"select r.record, r.derived from events r where r.status in {json_values('statuses')} and {matches}"
        " and coalesce(r.date_latest, '~') > :by order by r.day is null, r.day, r.id",
        bound | _only(query, "issue") | {"statuses": json.dumps(TO_COME), "by": day},
    )
    return [event_json(parse_record(row)) for row in rows]


def _row(
    id: str,
    title: str,
    part_of: str | None,
    proposals: list[dict[str, Any]],
    with_positions: set[str],
    contrasts: Sequence[Data] = (),
    events: Sequence[Data] = (),
) -> Row:
    listed = [{"id": proposal["id"], "title": proposal["title"]} for proposal in proposals]
    without = [
        {"proposal": proposal["id"], **{name: proposal[name] for name in ("title", "attribution", "citations")}}
        for proposal in proposals
        if proposal["id"] not in with_positions
    ]
    notes = {"without_position": without, "contrasts": list(contrasts), "events": list(events)}
    return {"id": id, "title": title, "part_of": part_of, "proposals": listed, **notes}


def _only(query: Query, *names: str) -> dict[str, Any]:
    return {name: query[name] for name in names if name in query}


def _holders(query: Query, position: Position) -> tuple[str, ...]:
    return position.principals if query["level"] == "principal" else (position.party,)


def _reject_large(items: int, bound: Bound) -> None:
    """Raise InvalidQuery if the matrix would be too large to read."""
    most = bound.now()
    if items > most:
        detail = (
            f"More than {most} cells, proposals or events for a matrix. Filter by `negotiation`, `issue` or `kind`."
        )
        raise InvalidQuery([FieldError("/negotiation", detail)])
