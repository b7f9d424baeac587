"""The bytes of an answer: finished records, joined. Nothing in them depends on the clock, the worker or the machine."""

import json
import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import BadRequest

from schemas.query import linked_from
from schemas.record import Record

HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url() -> str:
    """What absolute links begin with: as configured, or as the client addressed us; without a slash at the end."""
    if current_app.config["BASE_URL"]:
        return str(current_app.config["BASE_URL"]).rstrip("/")
    if not HOST.fullmatch(request.host):
        raise BadRequest("The Host header must hold a host name or an address, and a port if need be.")
    return f"{request.scheme}://{request.host}"


def dumps(data: Any) -> str:
    """JSON as it is served: UTF-8, unescaped, indented by two spaces."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def json_response(text: str, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON, which ends in a newline."""
    return Response(text + "\n", headers=headers, content_type="application/json")


def record_text(record: type[Record], row: sqlite3.Row, fields: Iterable[str] | None = None) -> str:
    """One record: what is stored, its revision, its address and its links; or only the fields that are asked for."""
    tail = served_extras(record, base_url()).replace("{id}", row["id"]).replace('"{revision}"', str(row["revision"]))
    text: str = row["record"].removesuffix("\n}") + "," + tail.removeprefix("{")
    if fields is None:
        return text
    held = json.loads(text)
    return dumps({name: held[name] for name in fields})


@lru_cache(maxsize=1000)
def served_extras(record: type[Record], base: str) -> str:
    """What every record of a type is served with beside its own fields, with places left for its id and revision."""
    links = {name: f"{base}/{plural}?{filter}={{id}}" for name, (plural, filter) in linked_from(record).items()}
    return dumps({"revision": "{revision}", "url": f"{base}/{record.plural}/{{id}}", "links": links})


def list_text(items: Iterable[str], envelope: dict[str, Any]) -> str:
    """A list: finished records under `data`, one level in, and what is said about them."""
    data = ",\n".join(items).replace("\n", "\n    ")
    return '{\n  "data": [' + (f"\n    {data}\n  " if data else "") + "],\n" + dumps(envelope).removeprefix("{\n")
