"""The noun for a record in a view: its type, or the kind of a proposal that may not have been proposed ("war aim")."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from api.database import select
from api.lists.entry_details import with_detail
from schemas.proposal import NOT_PUT_FORWARD
from schemas.vocabularies import PROPOSAL_KINDS
from seed.storage.mapping import singular

PROPOSALS = "proposals"


def record_noun(record: Mapping[str, Any]) -> str:
    """Return the noun for a record with `type` and, for a proposal, `kind`, such as "war aim"."""
    if record["type"] == PROPOSALS and record["kind"] in NOT_PUT_FORWARD:
        return PROPOSAL_KINDS.terms[record["kind"]].label
    return singular(record["type"])


def with_kinds(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries of the timeline with the `kind` of each proposal, nested ones included."""
    return with_detail(entries, PROPOSALS, "kind", _kinds, None)


def _kinds(proposals: list[str]) -> dict[str, str]:
    rows = select(
        "select id, kind from proposals where id in (select value from json_each(:ids))",
        {"ids": json.dumps(proposals)},
    )
    return {row["id"]: row["kind"] for row in rows}
