"""Rules of queries that OpenAPI cannot express. Only queries that should succeed are changed.

- An id in a query must belong to a record: well-formed unknown ids are replaced by ids from the live API, or left out
  if it has none.
- A cursor is opaque and bound to its filter and sort: it is replaced by the cursor of the query's first page.
- `q` must contain a word in some script, and no operator without one.
- `since` of /changes must not be a future revision, and `known_at` must be an existing revision.
- `/compare` takes different accounts.
- `sort` takes `id` or `-id`, not both; and 29 February exists only in leap years.
"""

import re
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import httpx
import schemathesis
from marshmallow import Schema, ValidationError
from schemathesis.core.parameters import ParameterLocation

from api import create_app
from api.http.methods import WRITE_METHODS
from api.openapi.routes import Endpoint
from schemas.filters import RANGES, AnyOf
from schemas.full_text import fts_query

Query = dict[str, Any]
LEAP_DAY = re.compile(r"(?<=-02-)29$")
CLIENT = httpx.Client(timeout=10)


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Change a query that only breaks a rule that OpenAPI cannot express; leave negative tests and writes alone."""
    base, path = str(case.operation.base_url).rstrip("/"), case.operation.path
    info = case.meta.components.get(ParameterLocation.QUERY) if case.meta else None
    is_read = path in queries() and case.method.upper() not in WRITE_METHODS
    if not case.query or not is_read or (info and info.mode.is_negative):
        return
    query = {name: texts(value) for name, value in case.query.items()}
    references = ids_in(path)
    query = {name: values for name, values in query.items() if name not in references or ids_of(base, references[name])}
    for name, values in query.items():
        if name in references:
            query[name] = [known(base, references[name], value) for value in values]
    if path.startswith("/compare") and "accounts" in query:
        given = [id for values in query["accounts"] for id in values.split(",")]
        query["accounts"] = list(dict.fromkeys([*given, *ids_of(base, "parties")]))[: max(2, len(set(given)))]
    query = {name: [LEAP_DAY.sub("28", value) for value in values] for name, values in query.items()}
    if "sort" in query:
        each = [value for values in query["sort"] for value in values.split(",")]
        query["sort"] = list({value.removeprefix("-"): value for value in each}.values())
    for first, last in RANGES:
        if first in query and last in query:
            del query[last]
    if "known_at" in query:
        query["known_at"] = [latest_revision(base)]
    if path == "/changes":
        query.pop("since", None)
    if "q" in query and not is_search_query(query["q"]):
        del query["q"]
    wants_cursor = query.pop("cursor", None)
    case.query = {name: ",".join(values) for name, values in query.items()}
    if wants_cursor:
        case.query |= first_cursor(base + path, case.query)


def is_search_query(values: list[str]) -> bool:
    """Return whether the server can translate a `q`."""
    try:
        return bool(fts_query(",".join(values)))
    except ValidationError:
        return False


def texts(value: Any) -> list[str]:
    """Return the values of a parameter, which may already be joined."""
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def ids_in(path: str) -> dict[str, str]:
    """Return the parameters of an endpoint that take ids, with the type of record."""
    query = queries()[path]
    return {name: field.to for name, field in query.fields.items() if isinstance(field, AnyOf) and field.to}


@cache
def queries() -> dict[str, Schema]:
    """Return the declared query of every endpoint to read; OpenAPI does not say which ids are meant."""
    with TemporaryDirectory() as folder:
        endpoints: list[Endpoint] = create_app(database=f"{folder}/readout.db").extensions["endpoints"]
    return {endpoint.path: endpoint.query for endpoint in endpoints}


def known(base: str, plural: str, text: str) -> str:
    """Replace unknown ids by ids of records, deterministically; `null` stays."""
    ids = ids_of(base, plural)
    return ",".join(id if id == "null" else ids[crc32(id.encode()) % len(ids)] for id in text.split(","))


@cache
def ids_of(base: str, plural: str) -> list[str]:
    """Return all ids of a type, fetched from the API."""
    if plural == "accounts":
        return ids_of(base, "parties") + ids_of(base, "sources")
    response = CLIENT.get(f"{base}/{plural}", params={"fields": "id", "limit": 500})
    return [record["id"] for record in response.json()["data"]]


def latest_revision(base: str) -> str:
    """Return the number of the latest revision."""
    return str(CLIENT.get(f"{base}/changes", params={"limit": "1"}).json()["meta"]["revision"])


def first_cursor(url: str, query: dict[str, str]) -> dict[str, str]:
    """Return the cursor of the first page of this query, or nothing if there is one page."""
    requests = {name: value for name, value in query.items() if name != "limit"}
    link = CLIENT.get(url, params={**requests, "limit": "1"}).links.get("next")
    return {"cursor": parse_qs(urlsplit(link["url"]).query)["cursor"][0]} if link else {}
