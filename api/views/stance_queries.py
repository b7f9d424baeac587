"""Positions read from the database for the stance rules, and stands as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from api.database import select
from api.lists.list_query import filter_conditions
from api.openapi.json_schema import BOOLEAN, ID, array_of, nullable, object_of
from api.views.stance_rules import derive_stand, group_by
from api.views.stand import SOURCE, UNATTRIBUTED, Account, Position, Stand
from schemas import Position as PositionRecord
from schemas.filters import stands_from

ACCOUNT = object_of(
    {
        "account": ID | {"description": "A party, `source`, the id of a source, or `unattributed`."},
        "stances": array_of(ID),
        "since": nullable(ID) | {"description": "The day since which it stands."},
        "explicit": BOOLEAN | {"description": "Whether the source states every position; false if one is inferred."},
        "positions": array_of(ID),
    }
)
STAND_SCHEMA = {
    "stances": array_of(ID) | {"description": "The current stances; `not_recorded` alone if there are none."},
    "since": nullable(ID) | {"description": "The day since which the oldest of them stands."},
    "accounts": array_of(ACCOUNT),
    "conditions": array_of(ID) | {"description": "The proposals on which it is conditional."},
    "conflict": {**BOOLEAN, "description": "Whether accounts of the same party disagree."},
    "divided": {**BOOLEAN, "description": "Whether parties that act for one principal disagree."},
    "derived_from": array_of(ID) | {"description": "The positions from which it is derived."},
}


def select_positions(query: Mapping[str, Any]) -> list[Position]:
    """Return the positions that match a query of /positions, in the order in which they came to stand."""
    bound = {name: value for name, value in query.items() if isinstance(value, str)}
    where = " and ".join(filter_conditions(PositionRecord, bound)) or "true"
    rows = select(
        "select r.id, r.party, r.proposal, r.stance, r.explicit, r.record, parties.principal,"
        f" {stands_from()} stands_from"
        f" from positions r join parties on parties.id = r.party where {where} order by stands_from, r.id",
        bound,
    )
    return [_position(dict(row)) for row in rows]


def stands_by_party(positions: list[Position]) -> list[dict[str, Any]]:
    """Return the stand of each party on one proposal as JSON."""
    by_party = group_by(positions, lambda position: position.party)
    return [{"party": party, **stand_json(derive_stand(own))} for party, own in by_party.items()]


def stand_json(stand: Stand) -> dict[str, Any]:
    """Return a stand as served."""
    return {
        "stances": stand.stances,
        "since": stand.since,
        "accounts": [_account_json(account) for account in stand.accounts],
        "conditions": stand.conditions,
        "conflict": stand.conflict,
        "divided": stand.divided,
        "derived_from": [position.id for position in stand.positions],
    }


def accounts_for(voice: str, according_to: list[str], default: str = SOURCE) -> tuple[str, ...]:
    """Return who reports a record: `unattributed`, the parties named, or `default`."""
    if voice == UNATTRIBUTED:
        return (UNATTRIBUTED,)
    return tuple(according_to) or (default,)


def _account_json(account: Account) -> dict[str, Any]:
    return {
        "account": account.account,
        "stances": account.stances,
        "since": account.since,
        "explicit": all(position.explicit for position in account.positions),
        "positions": [position.id for position in account.positions],
    }


def _position(row: dict[str, Any]) -> Position:
    record = json.loads(row.pop("record"))
    return Position(
        **{**row, "explicit": bool(row["explicit"])},
        accounts=accounts_for(record["voice"], record["according_to"]),
        source=record["citations"][0]["source"],
        conditions=tuple(record["conditions"]),
    )
