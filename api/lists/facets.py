"""Facets: how many of the matching records have each value of a field."""

import json
from collections.abc import Iterable
from typing import Any

from api.database import cached_rows
from api.lists.filters import facets
from api.lists.list_parameters import MAX_FACET_VALUES
from api.lists.list_query import ListQuery, group_columns
from schemas.fields import StrictBoolean, VocabularyTerm
from schemas.filters import ColumnFilter


def facet_counts(query: ListQuery, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each name, the values of that field and how many matching records have each, most frequent first."""
    return {name: _value_counts(query, name, facets(query.record)[name]) for name in names}


def _value_counts(query: ListQuery, name: str, facet: ColumnFilter) -> list[dict[str, Any]]:
    if isinstance(facet.item, VocabularyTerm) and query.many is not None:
        return _term_counts(query, name, facet.item.vocabulary.terms)
    convert = bool if isinstance(facet.item, StrictBoolean) else lambda value: value
    rows = cached_rows(_count_sql(query, facet), query.bound)
    return [{"value": convert(row["value"]), "count": row["count"]} for row in rows]


def _term_counts(query: ListQuery, name: str, terms: Iterable[str]) -> list[dict[str, Any]]:
    """Count many records with each term by the bitmaps of both: SQL would read each record again for each facet."""
    matches = query.many or 0
    counts = {
        term: (matches & ListQuery(query.record, {name: json.dumps([term])}).filtered).bit_count() for term in terms
    }
    return [
        {"value": term, "count": counts[term]}
        for term in sorted(counts, key=lambda one: (-counts[one], one))
        if counts[term]
    ]


def _count_sql(query: ListQuery, facet: ColumnFilter) -> str:
    value = facet.operand(item="counted")
    where = query.where_clause(f"{value} is not null")
    return (
        f"select value, count(*) count from ({_values_sql(query, facet, value)} where {where})"
        f" group by 1 order by 2 desc, 1 limit {MAX_FACET_VALUES}"
    )


def _values_sql(query: ListQuery, facet: ColumnFilter, value: str) -> str:
    """Return SELECT and FROM of one row for each record and value. A record with several equal items counts once."""
    tables = query.from_clause(needs_record=facet.table is None)
    if facet.table and not query.conditions:
        order = ", ".join(group_columns(query.record, "counted"))
        return f'select distinct {value} value, {order} from "{facet.table}" counted'
    if facet.table:
        tables += f' join "{facet.table}" counted on counted.id = {query.alias}.id'
    if facet.table or query.link:
        return f"select distinct {value} value, {query.alias}.id {tables}"
    return f"select {value} value {tables}"
