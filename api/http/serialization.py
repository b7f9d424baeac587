"""The bytes of an answer: finished records, joined. Nothing in them depends on the clock, the worker or the machine."""

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
    """What absolute links begin with: as configured, or as the client addressed us; without a slash at the end."""
    if "base_url" not in g:
        g.base_url = str(current_app.extensions["settings"].base_url or _request_base_url()).rstrip("/")
    base: str = g.base_url
    return base


def _request_base_url() -> str:
    """The address at which the client asked; BadRequest where it gives none that could be."""
    if not HOST.fullmatch(request.host):
        raise BadRequest("The Host header must hold a host name or an address, and a port if need be.")
    return f"{request.scheme}://{request.host}"


def best_media_type(mimetypes: Sequence[str]) -> str:
    """The one of these media types that the client likes best, the first where it does not care; or NotAcceptable."""
    chosen: str | None = request.accept_mimetypes.best_match(mimetypes) if request.accept_mimetypes else mimetypes[0]
    if chosen is None:
        raise NotAcceptable(
            f"What is here can be had as {', '.join(mimetypes)}; name one of these in Accept, or leave it out."
        )
    return chosen


def dump_json(data: Any) -> bytes:
    """JSON as it is served: UTF-8, unescaped, indented by two spaces, with a newline at the end."""
    return pretty(to_json(data))


def to_json(data: Any) -> str:
    """JSON without white space, as it is stored and joined."""
    return msgspec.json.encode(data).decode()


def pretty(text: str) -> bytes:
    """JSON text as it is served."""
    return msgspec.json.format(text.encode(), indent=2) + b"\n"


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON; NotAcceptable where the client will not have JSON."""
    best_media_type([JSON])
    return Response(body, headers=headers, content_type=JSON)


def record_json(
    row: sqlite3.Row, link_parts: Sequence[str], fields: Iterable[str] | None = None, included: str | None = None
) -> str:
    """One record, compact: what is stored and the extras of its type; or only the fields asked for.

    `included` is the compact JSON of the related records to embed.
    """
    stored: str = row["record"]
    text = f'{stored[:-1]},"revision":{row["revision"]},{row["id"].join(link_parts)}'
    if fields is not None:
        held = msgspec.json.decode(text)
        text = to_json({name: held[name] for name in fields})
    return text if included is None else f'{text[:-1]},"included":{included}}}'


def link_parts(record: type[Record]) -> Sequence[str]:
    """The address and the links that end a record of a type, compact: the pieces between which its id stands."""
    return _link_template(record).replace("{base}", base_url()).split("{id}")


@cache
def _link_template(record: type[Record]) -> str:
    links = {
        name: f"{{base}}/{plural}?{parameter}={{id}}" for name, (plural, parameter) in record_lists(record).items()
    }
    url = "{base}" + record.path.replace("{plural}", record.plural)
    return to_json({"url": url, "links": links}).removeprefix("{")


def list_json(items: Iterable[str], envelope: dict[str, Any]) -> str:
    """A list, compact: finished records under `data`, and what is said about them."""
    return f'{{"data":{json_array(items)},{to_json(envelope).removeprefix("{")}'


def json_array(items: Iterable[str]) -> str:
    """A JSON array of finished values."""
    return f"[{','.join(items)}]"
