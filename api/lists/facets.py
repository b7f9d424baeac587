"""Facets: counts of matching records by the values of a field."""

from collections.abc import Iterable
from typing import Any

from api.database import cached_rows
from api.lists.list_parameters import MAX_FACET_VALUES, facets
from api.lists.list_query import ListQuery, group_columns
from schemas.fields import StrictBoolean
from schemas.filters import AnyOf


def facet_counts(matching: ListQuery, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each field, every value and its number of matching records, the most frequent first."""
    return {name: _field_counts(matching, name) for name in names}


def _field_counts(matching: ListQuery, name: str) -> list[dict[str, Any]]:
    field = facets(matching.record)[name]
    rows = cached_rows(_statement(matching, field), matching.bound)
    truth = isinstance(field.item, StrictBoolean)
    return [{"value": bool(row["value"]) if truth else row["value"], "count": row["count"]} for row in rows]


def _statement(matching: ListQuery, field: AnyOf) -> str:
    value = str(field.operand).replace("{link}", "counted")
    values, tables = f"select {value} value", matching.from_clause(value, *matching.where)
    if field.link or matching.link:  # a record may have several rows in a list table but counts once
        values = f"select distinct {value} value, {matching.alias}.id"
    if field.link and matching.where:
        tables += f' join "{field.link}" counted on counted.id = {matching.alias}.id'
    elif field.link:
        order = ", ".join(group_columns(matching.record, "counted"))
        values, tables = f"select distinct {value} value, {order}", f'from "{field.link}" counted'
    found = f"{values} {tables} where {matching.where_clause(f'{value} is not null')}"
    return f"select value, count(*) count from ({found}) group by 1 order by 2 desc, 1 limit {MAX_FACET_VALUES}"
