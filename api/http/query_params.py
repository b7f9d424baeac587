"""What a request asks for: its parameters, read and checked."""

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
"""How many schemas are kept for the parameters that are given together."""
MAX_SUGGESTIONS = 3
"""How many ids that do not exist get such a suggestion, of those in one query: each costs a look at all those ids."""


def parse_query(schema: Schema) -> dict[str, Any]:
    """The parameters of the request as the schema reads them; BadQuery names every one that is wrong."""
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
        # By name: the same question has the same answer, in whatever order it is asked.
        raise InvalidQuery(sorted(faults, key=attrgetter("pointer")))
    return query


@lru_cache(maxsize=MAX_CACHED_SCHEMAS)
def with_only(schema: Schema, given: frozenset[str]) -> Schema:
    """The schema with no more than what is given and what is never left out, as most of forty parameters take no part.

    Where something is given that there is not, it is left whole, to tell what there is.
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
    """The values of a filter by id that are no record's id, with the nearest that is while there are suggestions."""
    if not isinstance(field, AnyOf) or field.to is None:
        return []
    missing = f'select value from json_each(:value) where value not in (select id from "{field.to}")'
    unknown = [id for (id,) in select(missing, {"value": value})]
    near = {id: nearest_id(field.to, id) for id, _ in zip(unknown, suggestions, strict=False)}
    return [
        FieldError(json_pointer(name), not_found_message(field.to, id), did_you_mean=near.get(id)) for id in unknown
    ]


def not_found_message(plural: str, id: str) -> str:
    """That there is no such record, and where those are that there are."""
    return f"There is no {singular(plural)} {id!r}; /{plural} lists them."


def get_or_404(plural: str, id: str) -> sqlite3.Row:
    """The row of one record by its id; NotFound, with the nearest id, where there is none."""
    rows = select(f'select id, revision, record from "{plural}" where id = :id', {"id": id})
    if not rows:
        near = nearest_id(plural, id)
        raise NotFound(not_found_message(plural, id) + (f" Did you mean {near!r}?" if near else ""))
    return rows[0]


def nearest_id(plural: str, id: str) -> str | None:
    """The id that looks most like one that does not exist."""
    return nearest(id, (known for (known,) in select(f'select id from "{plural}" limit {MAX_CANDIDATES}')))
