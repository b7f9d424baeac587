"""Serialization of responses from stored JSON. A body never depends on the clock, the worker or the machine."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec.json
from flask import Response, current_app, g, request
from werkzeug.exceptions import BadRequest, NotAcceptable

from api.lists.related import record_lists
from schemas.record import Record

JSON = "application/json"
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def base_url() -> str:
    """Return the prefix of absolute links, without a trailing slash: as configured, or from the request."""
    if "base_url" not in g:
        g.base_url = str(current_app.extensions["settings"].base_url or _request_base_url()).rstrip("/")
    base: str = g.base_url
    return base


def _request_base_url() -> str:
    """Return scheme and host of the request. Raises BadRequest if the Host header is invalid."""
    if not HOST.fullmatch(request.host):
        raise BadRequest("The Host header must hold a host name or an address, and a port if need be.")
    return f"{request.scheme}://{request.host}"


def best_media_type(mimetypes: Sequence[str]) -> str:
    """Return the media type that the client prefers, the first by default. Raises NotAcceptable."""
    chosen: str | None = request.accept_mimetypes.best_match(mimetypes) if request.accept_mimetypes else mimetypes[0]
    if chosen is None:
        raise NotAcceptable(
            f"What is here can be had as {', '.join(mimetypes)}; name one of these in Accept, or leave it out."
        )
    return chosen


def dump_json(data: Any) -> bytes:
    """Serialize as served: UTF-8, unescaped, indented by two spaces, with a final newline."""
    return pretty(to_json(data))


def to_json(data: Any) -> str:
    """Serialize without white space, as stored and concatenated."""
    return msgspec.json.encode(data).decode()


def pretty(text: str) -> bytes:
    """Indent JSON text as served."""
    return msgspec.json.format(text.encode(), indent=2) + b"\n"


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response. Raises NotAcceptable if the client does not accept JSON."""
    best_media_type([JSON])
    return Response(body, headers=headers, content_type=JSON)


def record_json(
    row: sqlite3.Row, link_parts: Sequence[str], fields: Iterable[str] | None = None, included: str | None = None
) -> str:
    """Return one record as compact JSON: the stored record with `revision`, `url` and `links`, or only some `fields`.

    `included` is the compact JSON of embedded records.
    """
    stored: str = row["record"]
    text = f'{stored[:-1]},"revision":{row["revision"]},{row["id"].join(link_parts)}'
    if fields is not None:
        held = msgspec.json.decode(text)
        text = to_json({name: held[name] for name in fields})
    return text if included is None else f'{text[:-1]},"included":{included}}}'


def link_parts(record: type[Record]) -> Sequence[str]:
    """Return the compact JSON of `url` and `links` that ends a record, split where the id goes."""
    return _link_template(record).replace("{base}", base_url()).split("{id}")


@cache
def _link_template(record: type[Record]) -> str:
    links = {
        name: f"{{base}}/{plural}?{parameter}={{id}}" for name, (plural, parameter) in record_lists(record).items()
    }
    url = "{base}" + record.path.replace("{plural}", record.plural)
    return to_json({"url": url, "links": links}).removeprefix("{")


def list_json(items: Iterable[str], envelope: dict[str, Any]) -> str:
    """Return a list as compact JSON: serialized records under `data`, and the envelope."""
    return f'{{"data":{json_array(items)},{to_json(envelope).removeprefix("{")}'


def json_array(items: Iterable[str]) -> str:
    """Return a JSON array of serialized values."""
    return f"[{','.join(items)}]"
