"""The positions that count at a day, as the rules of derivation see them, and how a stand is told."""

import json
from collections.abc import Mapping
from typing import Any

from api.database import select
from api.lists.list_query import filter_conditions
from api.openapi.json_schema import BOOLEAN, ID, array_of, nullable, object_of
from api.views.stance_rules import SOURCE, UNATTRIBUTED, Account, Position, Stand
from schemas import Position as PositionRecord
from schemas.filters import STANDS_FROM

ACCOUNT = object_of(
    {"account": ID, "stances": array_of(ID), "since": nullable(ID), "explicit": BOOLEAN, "positions": array_of(ID)}
)
STAND_SCHEMA = {
    "stances": array_of(ID) | {"description": "What the party holds; `not_recorded` alone where nothing is."},
    "since": nullable(ID) | {"description": "The day from which the oldest of it has stood."},
    "accounts": array_of(ACCOUNT),
    "conditions": array_of(ID) | {"description": "The proposals that it is conditional on."},
    "conflict": {**BOOLEAN, "description": "Whether accounts of one party disagree."},
    "divided": {**BOOLEAN, "description": "Whether those who act for one principal disagree."},
    "derived_from": array_of(ID) | {"description": "The positions that it is derived from."},
}


def select_positions(query: Mapping[str, Any]) -> list[Position]:
    """The positions that match a query of their list, in the order in which they came to stand."""
    bound = {name: value for name, value in query.items() if isinstance(value, str)}
    where = " and ".join(filter_conditions(PositionRecord, bound)) or "true"
    rows = select(
        "select r.id, r.party, r.proposal, r.stance, r.explicit, r.record, parties.principal,"
        f" {STANDS_FROM} stands_from"
        f" from positions r join parties on parties.id = r.party where {where} order by stands_from, r.id",
        bound,
    )
    return [_position(dict(row)) for row in rows]


def stand_json(stand: Stand) -> dict[str, Any]:
    """A stand as it is served."""
    return {
        "stances": stand.stances,
        "since": stand.since,
        "accounts": [_account_json(account) for account in stand.accounts],
        "conditions": stand.conditions,
        "conflict": stand.conflict,
        "divided": stand.divided,
        "derived_from": [position.id for position in stand.positions],
    }


def accounts_for(voice: str, according_to: list[str], own: str = SOURCE) -> tuple[str, ...]:
    """Whose word a record is: the parties named, nobody named, or else `own`."""
    if voice == UNATTRIBUTED:
        return (UNATTRIBUTED,)
    return tuple(according_to) or (own,)


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
