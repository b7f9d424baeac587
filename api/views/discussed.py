"""Statements of a party on an issue or a proposal on which it has no position: it was not silent."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from api.database import select
from api.http.serialization import parse_record
from api.openapi.json_schema import TEXT, Json, array_of, nullable, object_of
from api.openapi.view_schemas import DATE, DATE_BASIS, STATEMENT_ID
from api.views.selection import selection
from schemas.filter_sql import json_values

MAX_IN_CELL = 3
"""Maximum number of statements of one party on one row."""
MAX_STATEMENTS = 5000
"""Maximum number of statements that are read for one matrix, the earliest first."""
DISCUSSED: Json = array_of(
    object_of(
        {
            "statement": STATEMENT_ID,
            "summary": TEXT,
            "date": nullable(DATE),
            "date_basis": nullable(DATE_BASIS),
            "attribution": TEXT,
        }
        | {"citations": array_of({"$ref": "#/components/schemas/Citation"})},
        "Discussion",
    )
) | {"description": f"Without a position: up to {MAX_IN_CELL} statements of the party on it."}
HOLDERS = {"party": "p.id", "principal": "coalesce(p.principal, p.id)"}
"""For each level of the matrix, SQL for the party in whose column the words of a speaker `p` appear."""
SHOWN = {
    "issue": "join proposals_issues i on i.id = q.proposal and +i.issue = l.issue where e.statement = r.id",
    "proposal": "where e.statement = r.id and q.proposal = l.proposal",
}
"""For each kind of row, the end of a SELECT of the positions `q` on it that have a statement `r` as evidence.

They may be positions of another party: a spokesman states the position of those he speaks for.
"""
Places = Mapping[tuple[str, str], list[dict[str, Any]]]
"""By row and party."""


def select_discussed(query: Mapping[str, Any], places: Collection[tuple[str, str]]) -> Places:
    """Return by row and party the first statements of the party on the row that are evidence of no position."""
    row, holder = query["rows"], HOLDERS[query["level"]]
    matches, bound = selection("statements", query, ("as_of", "negotiation"))
    rows = select(
        f"select l.{row} row, {holder} party, r.record, r.derived from statements_{row}s l"
        " join statements r on r.id = l.id join statements_speakers s on s.id = r.id join parties p on p.id = s.party"
        f" where l.{row} in {json_values('rows')} and {holder} in {json_values('parties')} and {matches}"
        f" and not exists (select 1 from positions_statements e join positions q on q.id = e.id {SHOWN[row]})"
        f" order by r.day is null, r.day, r.key, s.ordinal limit {MAX_STATEMENTS}",
        {**bound, **{name: json.dumps(sorted(set(ids))) for name, ids in _ids(places).items()}},
    )
    found = defaultdict[tuple[str, str], dict[str, dict[str, Any]]](dict)
    for each in rows:
        place = each["row"], each["party"]
        if place in places and len(found[place]) < MAX_IN_CELL:
            record = parse_record(each)
            names = ("summary", "date", "date_basis", "attribution", "citations")
            found[place][record["id"]] = {"statement": record["id"], **{name: record[name] for name in names}}
    return {place: list(statements.values()) for place, statements in found.items()}


def select_speakers(statements: Iterable[str], principals: Collection[str]) -> list[dict[str, str]]:
    """Return the speakers of some statements who neither are nor act for one of `principals`, by name."""
    rows = select(
        "select distinct p.id party, p.name from statements_speakers s join parties p on p.id = s.party"
        f" where s.id in {json_values('ids')} and coalesce(p.principal, p.id) not in {json_values('principals')}"
        " order by p.name_sort, p.id",
        {"ids": json.dumps(list(statements)), "principals": json.dumps(sorted(principals))},
    )
    return [dict(row) for row in rows]


def _ids(places: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    return {"rows": [row for row, _ in places], "parties": [party for _, party in places]}
