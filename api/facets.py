"""Counts of what matches, by the values of a field."""

from collections.abc import Iterable
from typing import Any

from api.database import select
from api.pages import Matching
from schemas.fields import Truth
from schemas.query import facets


def counted(matching: Matching, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """For each name, every value that occurs and how many of what matches has it, the most frequent first."""
    return {name: _counts(matching, name) for name in names}


def _counts(matching: Matching, name: str) -> list[dict[str, Any]]:
    field = facets(matching.record)[name]
    link = field.metadata["link"]
    join = f'join "{link}" link on link.id = r.id' if link else ""
    rows = select(
        f"select {field.operand} value, count(distinct r.id) count {matching.tables} {join} {matching.where}"
        f" and {field.operand} is not null group by 1 order by 2 desc, 1",
        matching.bound,
    )
    truth = isinstance(field.item, Truth)
    return [{"value": bool(row["value"]) if truth else row["value"], "count": row["count"]} for row in rows]
