"""Issues with the smaller issues that are parts of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from api.database import select
from api.openapi.json_schema import TEXT, Json, object_of
from api.openapi.view_schemas import ISSUE_ID

TREE = """
with recursive tree(root, id) as (
    select value, value from json_each(:issues)
    union select tree.root, issues.id from issues join tree on issues.part_of = tree.id
)
"""
"""Each of some issues with itself and all its parts, the parts of parts included."""
ISSUE_TITLE: Json = object_of({"issue": ISSUE_ID, "title": TEXT}, "IssueTitle")
PARTS = f"{TREE} select id from issues where id in (select id from tree) order by key"


def with_parts(ids: Iterable[str]) -> list[str]:
    """Return some issues and their parts, the parts of parts included."""
    return [row["id"] for row in select(PARTS, {"issues": json.dumps(list(ids))})]


def issue_rows(ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return id, title and larger issue of some issues as they were loaded, but each part below its whole."""
    statement = (
        "select id issue, title, part_of from issues where id in (select value from json_each(:ids)) order by key"
    )
    return nest_parts([dict(row) for row in select(statement, {"ids": json.dumps(list(ids))})], "issue")


def nest_parts(rows: Sequence[dict[str, Any]], id: str = "id") -> list[dict[str, Any]]:
    """Return rows in their order, except that each `part_of` another follows it."""
    shown = {row[id] for row in rows}
    parts = defaultdict[str | None, list[dict[str, Any]]](list)
    for row in reversed(rows):
        parts[row["part_of"] if row["part_of"] in shown else None].append(row)
    ordered, waiting = list[dict[str, Any]](), parts[None]
    while waiting:
        ordered.append(waiting.pop())
        waiting += parts[ordered[-1][id]]
    return ordered
