"""Counts of what matches, by the values of a field."""

from collections.abc import Iterable
from typing import Any

from api.database import counts
from api.pages import Matching, one_by_one
from schemas.fields import Truth
from schemas.filters import AnyOf
from schemas.query import MOST_COUNTED, facets


def counted(matching: Matching, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """For each name, every value that occurs and how many of what matches has it, the most frequent first."""
    return {name: _counts(matching, name) for name in names}


def _counts(matching: Matching, name: str) -> list[dict[str, Any]]:
    field = facets(matching.record)[name]
    rows = counts(_statement(matching, field), matching.bound)
    truth = isinstance(field.item, Truth)
    return [{"value": bool(row["value"]) if truth else row["value"], "count": row["count"]} for row in rows]


def _statement(matching: Matching, field: AnyOf) -> str:
    value = str(field.operand).replace("{link}", "counted")
    values, tables = f"select {value} value", matching.tables(value, *matching.where)
    if field.link or matching.link:  # a record may have several rows in a list, and counts once
        values = f"select distinct {value} value, {matching.at}.id"
    if field.link and matching.where:
        tables += f' join "{field.link}" counted on counted.id = {matching.at}.id'
    elif field.link:
        order = ", ".join(one_by_one(matching.record, "counted"))
        values, tables = f"select distinct {value} value, {order}", f'from "{field.link}" counted'
    found = f"{values} {tables} where {matching.all_of(f'{value} is not null')}"
    return f"select value, count(*) count from ({found}) group by 1 order by 2 desc, 1 limit {MOST_COUNTED}"
