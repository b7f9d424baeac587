"""Query parameters of a request, parsed and validated.

Why not webargs: it loads all forty fields of a list's query; here only those in the request are loaded.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

from flask import current_app, request
from marshmallow import Schema, ValidationError, missing
from werkzeug.exceptions import BadRequest, NotFound

from api.database import connection, current_revision, select
from api.http.problems import InvalidQuery, RetiredRecord
from api.http.serialization import SERVED_SQL
from api.http.urls import public_path
from api.known_at import came_later, find_purged, read_as_known_at
from api.party_names import party_names
from schemas import RECORDS
from schemas.errors import MAX_CANDIDATES, FieldError, errors_from_marshmallow, json_pointer, nearest
from schemas.fields import ACCOUNTS_VIEW, MAX_CODE_LENGTH
from schemas.filters import RANGES, AnyOf, FullText
from schemas.full_text import fts_query
from schemas.named_ids import ids_by_name, without_article
from schemas.query_schema import KNOWN_AT, NameList
from schemas.timeline import Timeline
from seed.storage.mapping import singular
from seed.storage.references import ACCOUNT_TYPES
from seed.storage.retired_ids import RetiredId, find_retired

MAX_PARAMETERS = 200
"""Maximum number of parameters in a query, each repetition included."""
MAX_CACHED_SCHEMAS = 200
"""Number of reduced schemas that are cached; each takes about 17 kB."""
MAX_SUGGESTIONS = 3
"""Number of unknown ids in one query that get a suggestion; each suggestion compares thousands of ids."""
TABLES = (*RECORDS, ACCOUNTS_VIEW, Timeline.plural)
"""The tables whose ids a filter may take."""
MAX_CACHED_NAMES = 2 * len(TABLES)
"""Number of dictionaries of names that are cached: those of each type, in two revisions. Most types have none."""

_FIRST_DAY = ("from", "date_from", "start_date", "start", "after")
_LAST_DAY = ("to", "date_to", "end_date", "end", "before")
NAMES_ELSEWHERE = {
    "cursor": ("page", "offset", "skip", "start"),
    "limit": ("per_page", "page_size", "pagesize", "size", "count", "top"),
    "q": ("query", "search", "text", "keyword"),
    "since": _FIRST_DAY,
    "recorded_since": _FIRST_DAY,
    "sort": ("order", "order_by", "orderby", "sort_by", "sortby"),
    "until": _LAST_DAY,
    "recorded_until": _LAST_DAY,
    "on": ("date", "day"),
    "kind": ("type",),
    "status": ("state",),
    "country": ("state",),
}
"""Names that other APIs have for a parameter. If one is a name of several, its value decides."""
SUFFIX = re.compile(r"\.[a-z]+\Z")
"""The end of a path that selects a format."""
ADVICE = {
    "cursor": "Follow `page.next` of the response, which has a `cursor`.",
    "sort": "Use `sort`, as in sort=-date; the hyphen reverses the order.",
}

Values = Mapping[str, list[str]]


def parse_query(schema: Schema) -> dict[str, Any]:
    """Parse the query parameters. Raise InvalidQuery with every wrong parameter, BadRequest if there are too many.

    With `known_at`, the rest of the request reads that revision.
    """
    values = dict(request.args.lists())
    if sum(map(len, values.values())) > MAX_PARAMETERS:
        raise BadRequest(f"The query has more than {MAX_PARAMETERS} parameters. Use fewer.")
    errors = [
        *format_errors(schema, values),
        *other_name_errors(schema, values),
        *known_at_errors(schema, values),
        *form_errors(schema, values),
    ]
    if len(values.get(KNOWN_AT, ())) == 1 and KNOWN_AT in schema.fields:
        read_as_known_at(values[KNOWN_AT][0])
    invalid = {error.pointer for error in errors}
    query, value_errors = load(schema, {name: v for name, v in values.items() if json_pointer(name) not in invalid})
    errors += [error for error in value_errors if error.pointer not in invalid]
    errors += [*unknown_ids(schema, query), *reversed_ranges(query)]
    if errors:
        # Sorted by name, so that the order of parameters in the URL does not change the response.
        raise InvalidQuery(sorted(errors, key=attrgetter("pointer")))
    query.pop(KNOWN_AT, None)  # from here on, everything is read as it was
    return {**query, **full_text(schema, query)}


def full_text(schema: Schema, query: Mapping[str, Any]) -> dict[str, str]:
    """Return the FTS5 queries for the texts in a query, which also find the other names of parties."""
    return {
        name: fts_query(text, party_names())
        for name, text in query.items()
        if isinstance(schema.fields[name], FullText)
    }


def load(schema: Schema, values: Values) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the valid parameters of a query and the errors in the others."""
    schema = with_only(schema, values)
    texts = {name: ",".join(texts) for name, texts in values.items()}
    try:
        return dict(schema.load(texts)), []
    except ValidationError as error:
        return dict(error.valid_data or {}), list(errors_from_marshmallow(error.messages))


def with_only(schema: Schema, values: Values) -> Schema:
    """Return the schema reduced to the parameters present and those with defaults; loading all forty is slow.

    Unknown names keep the full schema, so that the error can list every valid one. They are not cached: a client may
    send any number of them.
    """
    names = frozenset(values)
    return _reduced_schema(schema, names) if names <= schema.fields.keys() else schema


@lru_cache(maxsize=MAX_CACHED_SCHEMAS)
def _reduced_schema(schema: Schema, names: frozenset[str]) -> Schema:
    return type(schema)(
        only=[
            name
            for name, field in schema.fields.items()
            if name in names or field.required or field.load_default is not missing
        ]
    )


def form_errors(schema: Schema, values: Values) -> Iterator[FieldError]:
    """Yield an error for each repeated single-valued parameter, and for each list with spaces around its commas."""
    for name, texts in values.items():
        if isinstance(schema.fields.get(name), AnyOf | NameList):
            items = ",".join(texts).split(",")
            if any(item != item.strip() for item in items):
                example = ",".join(item.strip() for item in items)
                yield FieldError(json_pointer(name), f"Remove the spaces around the values: {name}={example}")
        elif len(texts) > 1 and name in schema.fields:
            yield FieldError(json_pointer(name), "Repeated. This parameter takes a single value.")


def format_errors(schema: Schema, values: Values) -> Iterator[FieldError]:
    """Yield an error with the path to use if the query has `format`, which other APIs have and this one does not."""
    if "format" in values and "format" not in schema.fields:
        hint = format_hint(values["format"][0].lower())
        yield FieldError(json_pointer("format"), f"Unknown parameter. {hint}")


def format_hint(name: str) -> str:
    """Return the sentence on how to request a format: the path with its suffix, or with all suffixes of the route."""
    path, suffixes = public_path(SUFFIX.sub("", request.path)), suffixes_of_route()
    if f".{name}" in suffixes:
        return f"Use {path}.{name}."
    return f"The formats are {path}{', '.join(suffixes)}." if suffixes else "Set Accept."


def suffixes_of_route() -> list[str]:
    """Return the suffixes that select a format of what is at the requested path."""
    stem = SUFFIX.sub("", str(request.url_rule))
    ends = (rule.rule.removeprefix(stem) for rule in current_app.url_map.iter_rules() if rule.rule.startswith(stem))
    return sorted(end for end in ends if SUFFIX.fullmatch(end))


def other_name_errors(schema: Schema, values: Values) -> Iterator[FieldError]:
    """Yield an error for each name that other APIs have for a parameter of the endpoint."""
    for other, texts in values.items():
        name = None if other in schema.fields else parameter_for(schema, other, texts)
        if name is not None:
            advice = ADVICE.get(name, f"Use `{name}`.")
            yield FieldError(json_pointer(other), f"Unknown parameter. {advice}", did_you_mean=name)


def parameter_for(schema: Schema, other: str, texts: list[str]) -> str | None:
    """Return the parameter that a name of another API means, or None: the first that takes the value, or the first."""
    names = [name for name, others in NAMES_ELSEWHERE.items() if other in others and name in schema.fields]
    return next((name for name in names if takes(schema, name, texts)), next(iter(names), None))


def takes(schema: Schema, name: str, texts: list[str]) -> bool:
    """Return whether a parameter takes a value, at least in another form. A cursor stands for the number of a page."""
    if name == "cursor":
        return all(text.isdecimal() for text in texts)
    _, errors = load(schema, {name: texts})
    return all(error.did_you_mean for error in errors if error.pointer == json_pointer(name))


def known_at_errors(schema: Schema, values: Values) -> Iterator[FieldError]:
    """Yield an error if the query has `known_at` and the endpoint does not read data."""
    if KNOWN_AT in values and KNOWN_AT not in schema.fields:
        yield FieldError(json_pointer(KNOWN_AT), "Unknown parameter. Only endpoints that read data take it.")


def reversed_ranges(query: Mapping[str, Any]) -> Iterator[FieldError]:
    """Yield an error for each date range that ends before it begins."""
    for first, last in RANGES:
        if first in query and last in query and json.loads(query[last])[1] < json.loads(query[first])[0]:
            yield FieldError(json_pointer(last), f"Ends before `{first}` begins. Write a later day, or swap the two.")


def unknown_ids(schema: Schema, query: Mapping[str, Any]) -> list[FieldError]:
    """Return an error for each id in a filter that no record has, the first of them with the nearest id."""
    unknown = [
        (name, field.to, id)
        for name, value in query.items()
        if isinstance(field := schema.fields[name], AnyOf) and field.to is not None
        for (id,) in select(
            f'select value from json_each(:value) where value not in (select id from "{field.to}")', {"value": value}
        )
    ]
    return [
        unknown_id(name, plural, id, suggests=place < MAX_SUGGESTIONS)
        for place, (name, plural, id) in enumerate(unknown)
    ]


def unknown_id(name: str, plural: str, id: str, *, suggests: bool) -> FieldError:
    """Return the error for an id in a filter that no record has: what became of its record, or the nearest id."""
    if suggests and (retired := find_retired_of(plural, id)):
        return FieldError(json_pointer(name), str(retired), did_you_mean=retired.successor)
    near = nearest_id(plural, id) if suggests else None
    return FieldError(json_pointer(name), not_found_message(plural, id), did_you_mean=near)


def find_retired_of(plural: str, id: str) -> RetiredId | None:
    """Return what became of a record that is no longer there, or None. An account may have been a party or a source."""
    plurals = _types_with_ids(plural)
    retired = (one for each in plurals for one in find_retired(connection(), each, [id]).values())
    purged = (one for each in plurals if (one := find_purged(each, id)))
    return next(chain(retired, purged), None)


def not_found_message(plural: str, id: str) -> str:
    """Return the message for an id that no record has."""
    plurals = _types_with_ids(plural)
    lists = " and ".join(public_path(f"/{each}") for each in plurals)
    later = "".join(came_later(each, id) for each in plurals)
    return f"There is no {singular(plural)} {id!r}.{later} See {lists} for all of them."


def get_or_404(plural: str, id: str) -> sqlite3.Row:
    """Return the row of a record.

    Raise RetiredRecord if it was withdrawn, renamed or merged, and NotFound, with the nearest id, if there never was
    one.
    """
    rows = select(f'select {SERVED_SQL} from "{plural}" r where r.id = :id', {"id": id})
    if not rows:
        if retired := find_retired_of(plural, id):
            raise RetiredRecord(retired)
        near = nearest_id(plural, id)
        raise NotFound(not_found_message(plural, id) + (f" Did you mean {near!r}?" if near else ""))
    return rows[0]


def nearest_id(plural: str, id: str) -> str | None:
    """Return the id of the record with that name, or the most similar id, or None; None if it is too long to be valid.

    What follows a dot is no part of an id but the suffix of a format.
    """
    if len(id) > MAX_CODE_LENGTH:
        return None
    stem = id.partition(".")[0]
    by_name = _ids_by_name(current_revision().key, plural)
    ids = (row["id"] for row in select(f'select id from "{plural}" limit {MAX_CANDIDATES}'))
    return by_name.get(without_article(stem.lower())) or nearest(stem, ids)


@lru_cache(maxsize=MAX_CACHED_NAMES)
def _ids_by_name(key: str, plural: str) -> dict[str, str]:
    """Return the ids of some records of a type, or of some accounts, by each of their names in the form of an id."""
    return ids_by_name(chain.from_iterable(map(_names, _types_with_ids(plural))))


def _types_with_ids(plural: str) -> tuple[str, ...]:
    """Return the types that have the ids of a table: of the accounts, both parties and sources."""
    return ACCOUNT_TYPES if plural == ACCOUNTS_VIEW else (plural,)


def _names(plural: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of some records of a type with aliases, and their names."""
    if plural in RECORDS and "aliases" in RECORDS[plural].declared():  # entries of the timeline are no records
        columns = f"id, \"{RECORDS[plural].label}\" name, json_extract(record, '$.aliases') aliases"
        for row in select(f'select {columns} from "{plural}" limit {MAX_CANDIDATES}'):
            yield row["id"], [row["name"], *json.loads(row["aliases"] or "[]")]
