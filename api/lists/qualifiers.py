"""In which capacity and on which conditions a position is taken: without them, a stance misleads."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from api.database import select
from api.lists.conditions import POSITIONS, condition_titles, conditions_in_words
from api.lists.entry_details import with_detail
from api.lists.readable_date import Translate
from api.openapi.json_schema import Json, array_of, nullable
from api.openapi.view_schemas import CAPACITY, PARTY_ID
from schemas.vocabularies import CAPACITIES

FOR_ITSELF = "for itself"
"""What is said of what a party did for itself if no one capacity is recorded."""
ACTING: Json = {
    "on_behalf_of": nullable(array_of(PARTY_ID))
    | {"description": "On whose behalf the party acts; null for its principal, `[]` for itself."},
    "capacity": nullable(CAPACITY),
}
"""For whom a party acts in a position, and in which capacity."""


def capacity_in_words(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return in which capacity a party acts for itself in a position, or for whom else; "" if for its principal."""
    acting = record.get("acting", record)
    if names := acting.get("on_behalf_of_names"):
        return translate("for {names}").format(names=", ".join(names))
    if acting.get("capacity"):
        return translate(CAPACITIES.terms[acting["capacity"]].label)
    return translate(FOR_ITSELF) if acting.get("on_behalf_of") == [] else ""


def qualifiers_in_words(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return capacity and conditions of a position, to follow its attribution; "" without both."""
    capacity = capacity_in_words(record, translate)
    return (f"; {capacity}" if capacity else "") + conditions_in_words(record, translate)


def with_qualifiers(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries of the timeline with capacity and conditions of each position, nested ones included."""
    entries = with_detail(entries, POSITIONS, "condition_titles", condition_titles, [])
    return with_detail(entries, POSITIONS, "acting", _acting_for_themselves, {})


def _acting_for_themselves(positions: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the fields `ACTING` by position, for positions in which the party acts for itself."""
    rows = select(
        "select id, capacity from positions where id in (select value from json_each(:ids))"
        " and record -> '$.on_behalf_of' = '[]'",
        {"ids": json.dumps(sorted(set(positions)))},
    )
    return {row["id"]: {"on_behalf_of": [], "capacity": row["capacity"]} for row in rows}
