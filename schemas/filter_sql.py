"""The SQL of a filter: what it may refer to, and what it returns.

A value reaches SQLite as one bound parameter, never as part of a statement; a list of values is bound as a JSON array.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class FilterContext:
    """The names that a condition may use in its SQL, and the value of its parameter."""

    parameter: str
    """The name of the bound parameter."""
    value: str
    """The value as it is bound."""
    record: str = "r"
    """The alias of the record's own table."""
    row: str = "r"
    """The alias of the table that the query reads first. It has the columns `id`, `day`, `starts` and `ends`."""
    item: str = "link"
    """The alias of the list table that the filter is about."""

    def equals_any(self, operand: str) -> str:
        """Return the SQL for "the operand is one of the values".

        One value is compared with `=`, so that SQLite can read the rows in the order of an index. The value null
        matches what is null.
        """
        values = json.loads(self.value)
        is_null = f"{operand} is null"
        if values == [None]:
            return is_null
        if len(values) == 1:
            return f"{operand} = (:{self.parameter} ->> 0)"
        is_one = f"{operand} in {json_values(self.parameter)}"
        return f"({is_one} or {is_null})" if None in values else is_one

    def has_item(self, table: str, column: str) -> str:
        """Return the SQL for "a row of the record's list table has one of the values"."""
        return f'{self.record}.id in (select id from "{table}" where {self.equals_any(column)})'


class Condition(NamedTuple):
    """The SQL of a condition, and whether it uses a column that only the record's own table has."""

    sql: str
    needs_record: bool


SqlCondition = Callable[[FilterContext], str]


def json_values(parameter: str) -> str:
    """Return the SQL of the values of a bound JSON array, as a subquery."""
    return f"(select value from json_each(:{parameter}))"
