"""Issues with the smaller issues that are parts of them."""

import json
from collections.abc import Iterable
from typing import Any

from api.database import select
from api.openapi.json_schema import ID, TEXT, Json, object_of

TREE = """
with recursive tree(root, id) as (
    select value, value from json_each(:issues)
    union select tree.root, issues.id from issues join tree on issues.part_of = tree.id
)
"""
"""Each of some issues with itself and all its parts, the parts of parts included."""
ISSUE_TITLE: Json = object_of({"issue": ID, "title": TEXT}, "IssueTitle")
PARTS = f"{TREE} select id from issues where id in (select id from tree) order by key"


def with_parts(ids: Iterable[str]) -> list[str]:
    """Return some issues and their parts, the parts of parts included."""
    return [row["id"] for row in select(PARTS, {"issues": json.dumps(list(ids))})]


def issue_rows(ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return id, title and larger issue of some issues, in the order in which they were loaded."""
    statement = (
        "select id issue, title, part_of from issues where id in (select value from json_each(:ids)) order by key"
    )
    return [dict(row) for row in select(statement, {"ids": json.dumps(list(ids))})]
