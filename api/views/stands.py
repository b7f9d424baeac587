"""The positions that count at a day, as the rules of derivation see them, and how a stand is told."""

import json
from collections.abc import Mapping
from typing import Any

from api.database import select
from api.derivation import SOURCE, UNATTRIBUTED, Account, Position, Stand
from api.pages import conditions
from schemas import Position as PositionRecord
from schemas.filters import STANDS_FROM
from schemas.shapes import ID, TRUTH, list_of, object_of, or_null

ACCOUNT = object_of(
    {"account": ID, "stances": list_of(ID), "since": or_null(ID), "explicit": TRUTH, "positions": list_of(ID)}
)
STAND = {
    "stances": list_of(ID) | {"description": "What the party holds; `not_recorded` alone where nothing is."},
    "since": or_null(ID) | {"description": "The day from which the oldest of it has stood."},
    "accounts": list_of(ACCOUNT),
    "conditions": list_of(ID) | {"description": "The proposals that it is conditional on."},
    "conflict": {**TRUTH, "description": "Whether accounts of one party disagree."},
    "divided": {**TRUTH, "description": "Whether those who act for one principal disagree."},
    "derived_from": list_of(ID) | {"description": "The positions that it is derived from."},
}


def positions(query: Mapping[str, Any]) -> list[Position]:
    """The positions that match a query of their list, in the order in which they came to stand."""
    bound = {name: value for name, value in query.items() if isinstance(value, str)}
    where = " and ".join(conditions(PositionRecord, bound)) or "true"
    rows = select(
        "select r.id, r.party, r.proposal, r.stance, r.explicit, r.record, parties.principal,"
        f" {STANDS_FROM} stands_from"
        f" from positions r join parties on parties.id = r.party where {where} order by stands_from, r.id",
        bound,
    )
    return [_position(dict(row)) for row in rows]


def told(stand: Stand) -> dict[str, Any]:
    """A stand as it is served."""
    return {
        "stances": stand.stances,
        "since": stand.since,
        "accounts": [_account_told(account) for account in stand.accounts],
        "conditions": stand.conditions,
        "conflict": stand.conflict,
        "divided": stand.divided,
        "derived_from": [position.id for position in stand.positions],
    }


def accounts_of(voice: str, according_to: list[str], own: str = SOURCE) -> tuple[str, ...]:
    """Whose word a record is: the parties named, nobody named, or else `own`."""
    if voice == UNATTRIBUTED:
        return (UNATTRIBUTED,)
    return tuple(according_to) or (own,)


def _account_told(account: Account) -> dict[str, Any]:
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
        accounts=accounts_of(record["voice"], record["according_to"]),
        source=record["citations"][0]["source"],
        conditions=tuple(record["conditions"]),
    )
