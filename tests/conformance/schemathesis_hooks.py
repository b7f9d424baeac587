"""What OpenAPI cannot say of a query, told to schemathesis: only queries that should be answered are changed.

- An id in a query must be some record's: well-formed ids that no record has are replaced by ids from the live API.
- A cursor is opaque, and bound to its filter and sort: it is replaced by the one that the first page of the same query
  hands out.
- `fields` trims the keys of a record, all of which its schema requires: it is left out where the answer is held
  against that schema. Lists in other formats keep it.
- `q` must hold a word, in whatever script; and `since` of the changes no revision that is yet to come.
- `sort` takes `id` or `-id`, never both; and no common year has a 29th of February.
"""

import re
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import httpx
import schemathesis
from marshmallow import Schema
from schemathesis.core.parameters import ParameterLocation

from api import create_app
from api.openapi.routes import Endpoint
from schemas.filters import AnyOf

Query = dict[str, Any]
WORD = re.compile(r"\w")
LEAP_DAY = re.compile(r"(?<=-02-)29$")
ASKING = httpx.Client(timeout=10)


@schemathesis.hook  # type: ignore[untyped-decorator]
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Make a query that only breaks a rule beyond OpenAPI keep it; leave those alone that are meant to be refused."""
    base, path = str(case.operation.base_url).rstrip("/"), case.operation.path
    if trims(path, case.query or {}):
        case.query = {name: value for name, value in case.query.items() if name != "fields"}
    info = case.meta.components.get(ParameterLocation.QUERY) if case.meta else None
    if not case.query or (info and info.mode.is_negative):
        return
    query = {name: texts(value) for name, value in case.query.items()}
    references = ids_in(path)
    for name, values in query.items():
        if name in references:
            query[name] = [known(base, references[name], value) for value in values]
    query = {name: [LEAP_DAY.sub("28", value) for value in values] for name, values in query.items()}
    if "sort" in query:
        each = [value for values in query["sort"] for value in values.split(",")]
        query["sort"] = list({value.removeprefix("-"): value for value in each}.values())
    if path == "/changes":
        query.pop("since", None)
    if not WORD.search("".join(query.get("q", ["word"]))):
        del query["q"]
    wants_cursor = query.pop("cursor", None)
    case.query = {name: ",".join(values) for name, values in query.items()}
    if wants_cursor:
        case.query |= first_cursor(base + path, case.query)


def trims(path: str, query: dict[str, Any]) -> bool:
    """Whether the records of an answer in JSON will lack keys, because `fields` is there and sound."""
    if "." in path or "fields" not in query:
        return False
    return "fields" not in queries()[path].validate({"fields": ",".join(texts(query["fields"]))})


def texts(value: Any) -> list[str]:
    """The values of a parameter, which may have been joined already."""
    return list(map(str, value)) if isinstance(value, list) else [str(value)]


def ids_in(path: str) -> dict[str, str]:
    """The parameters of an endpoint that take ids, each with the type of record that they are ids of."""
    query = queries()[path]
    return {name: field.to for name, field in query.fields.items() if isinstance(field, AnyOf) and field.to}


@cache
def queries() -> dict[str, Schema]:
    """What can be asked of every endpoint, as it is declared: OpenAPI does not say which ids are meant."""
    with TemporaryDirectory() as folder:
        endpoints: list[Endpoint] = create_app(database=f"{folder}/readout.db").extensions["endpoints"]
    return {endpoint.path: endpoint.query for endpoint in endpoints}


def known(base: str, plural: str, text: str) -> str:
    """Ids of records that exist, always the same ones for the same ids that were made up; `null` stays as it is."""
    ids = ids_of(base, plural)
    return ",".join(id if id == "null" else ids[crc32(id.encode()) % len(ids)] for id in text.split(","))


@cache
def ids_of(base: str, plural: str) -> list[str]:
    """Every id of a type, asked of the API itself."""
    answer = ASKING.get(f"{base}/{plural}", params={"fields": "id", "limit": 500})
    return [record["id"] for record in answer.json()["data"]]


def first_cursor(url: str, query: dict[str, str]) -> dict[str, str]:
    """The cursor that the first page of this query leads on with; nothing where it has no second page."""
    asked = {name: value for name, value in query.items() if name != "limit"}
    link = ASKING.get(url, params={**asked, "limit": "1"}).links.get("next")
    return {"cursor": parse_qs(urlsplit(link["url"]).query)["cursor"][0]} if link else {}
