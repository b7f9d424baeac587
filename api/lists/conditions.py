"""The conditions of positions: a stance such as `accepts_conditionally` misleads without them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from sqlite3 import Row
from typing import Any

from api.database import select
from api.http.serialization import parse_record
from api.lists.readable_date import Translate
from api.openapi.json_schema import TEXT, Json, array_of
from api.openapi.view_schemas import PROPOSAL_ID

POSITIONS = "positions"
CONDITIONS: Json = {
    "conditions": array_of(PROPOSAL_ID) | {"description": "The proposals on which it is conditional."},
    "condition_titles": array_of(TEXT),
}
TITLES = (
    "(select json_group_array(title) from (select p.title from positions_conditions c join proposals p"
    " on p.id = c.proposal where c.id = r.id order by c.ordinal))"
)
"""SQL of a JSON array with the titles of the conditions of a position `r`."""


def titles_sql(plural: str) -> str:
    """Return the SQL of a JSON array with the titles of the conditions of a record `r`, which only positions have."""
    return TITLES if plural == POSITIONS else "'[]'"


def parse_with_conditions(row: Row) -> dict[str, Any]:
    """Return the record of a row that has the titles of its conditions in the column `titles`."""
    return parse_record(row) | {"condition_titles": json.loads(row["titles"])}


def conditions_in_words(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return the conditions of a position in words, to follow its attribution; "" without conditions."""
    titles = record.get("condition_titles")
    return f"; {list_conditions(titles, translate)}" if titles else ""


def list_conditions(titles: Sequence[str], translate: Translate = str) -> str:
    """Return the titles of some conditions in words."""
    heading = translate("condition:") if len(titles) == 1 else translate("conditions:")
    return f"{heading} {', '.join(f'“{title}”' for title in titles)}"


def condition_titles(positions: Iterable[str]) -> dict[str, list[str]]:
    """Return the titles of the conditions by position, for positions that have conditions."""
    rows = select(
        f"select r.id, {TITLES} titles from positions r where r.id in (select value from json_each(:ids))"
        " and exists (select 1 from positions_conditions c where c.id = r.id)",
        {"ids": json.dumps(sorted(set(positions)))},
    )
    return {row["id"]: json.loads(row["titles"]) for row in rows}
