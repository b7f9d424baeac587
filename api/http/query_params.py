"""Query parameters of a request, parsed and validated."""

import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, missing
from werkzeug.exceptions import NotFound

from api.database import select
from api.http.problems import InvalidQuery
from schemas.errors import FieldError, errors_from_marshmallow, json_pointer, nearest
from schemas.filters import AnyOf
from schemas.query_schema import NameList
from seed.storage.mapping import singular
from seed.validation import MAX_CANDIDATES

MAX_CACHED_SCHEMAS = 500
"""Number of reduced schemas that are cached."""
MAX_SUGGESTIONS = 3
"""Number of unknown ids in one query that get a suggestion; each suggestion compares thousands of ids."""


def parse_query(schema: Schema) -> dict[str, Any]:
    """Parse the query parameters. Raises InvalidQuery with every wrong parameter."""
    given = dict(request.args.lists())
    schema = with_only(schema, frozenset(given))
    lists = {name for name, field in schema.fields.items() if isinstance(field, AnyOf | NameList)}
    faults = [
        FieldError(json_pointer(name), "Is given more than once; it takes one value.")
        for name, values in given.items()
        if len(values) > 1 and name in schema.fields.keys() - lists
    ]
    try:
        query: dict[str, Any] = schema.load(
            {name: ",".join(values) if name in lists else values[0] for name, values in given.items()}
        )
    except ValidationError as error:
        faults += errors_from_marshmallow(error.messages)
        query = dict(error.valid_data or {})
    suggestions = iter(range(MAX_SUGGESTIONS))
    for name, value in query.items():
        faults += unknown_ids(schema.fields[name], name, value, suggestions)
    if faults:
        # Sorted by name, so that the order of parameters in the URL does not change the response.
        raise InvalidQuery(sorted(faults, key=attrgetter("pointer")))
    return query


@lru_cache(maxsize=MAX_CACHED_SCHEMAS)
def with_only(schema: Schema, given: frozenset[str]) -> Schema:
    """Return the schema reduced to the parameters present and those with defaults; loading all forty is slow.

    Unknown names keep the full schema, so that the error can list every valid one.
    """
    if not given <= schema.fields.keys():
        return schema
    kept = [
        name
        for name, field in schema.fields.items()
        if name in given or field.required or field.load_default is not missing
    ]
    return type(schema)(only=kept)


def unknown_ids(field: Any, name: str, value: Any, suggestions: Iterator[int]) -> list[FieldError]:
    """Return an error for each id in a filter that no record has, some of them with the nearest id."""
    if not isinstance(field, AnyOf) or field.to is None:
        return []
    missing = f'select value from json_each(:value) where value not in (select id from "{field.to}")'
    unknown = [id for (id,) in select(missing, {"value": value})]
    near = {id: nearest_id(field.to, id) for id, _ in zip(unknown, suggestions, strict=False)}
    return [
        FieldError(json_pointer(name), not_found_message(field.to, id), did_you_mean=near.get(id)) for id in unknown
    ]


def not_found_message(plural: str, id: str) -> str:
    """Return the message for an id that no record has."""
    return f"There is no {singular(plural)} {id!r}; /{plural} lists them."


def get_or_404(plural: str, id: str) -> sqlite3.Row:
    """Return the row of a record. Raises NotFound, with the nearest id, if there is none."""
    rows = select(f'select id, revision, record from "{plural}" where id = :id', {"id": id})
    if not rows:
        near = nearest_id(plural, id)
        raise NotFound(not_found_message(plural, id) + (f" Did you mean {near!r}?" if near else ""))
    return rows[0]


def nearest_id(plural: str, id: str) -> str | None:
    """Return the existing id that is most similar."""
    return nearest(id, (known for (known,) in select(f'select id from "{plural}" limit {MAX_CANDIDATES}')))
