"""The bytes of an answer: finished records, joined. Nothing in them depends on the clock, the worker or the machine."""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from flask import Response, current_app, g, request
from werkzeug.exceptions import BadRequest, NotAcceptable

from schemas.record import Record
from schemas.related import lists

JSON = "application/json"
HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

COMPACT = (",", ":")


def base_url() -> str:
    """What absolute links begin with: as configured, or as the client addressed us; without a slash at the end."""
    if "base_url" not in g:
        g.base_url = str(current_app.config["BASE_URL"] or _asked_at()).rstrip("/")
    base: str = g.base_url
    return base


def _asked_at() -> str:
    """The address at which the client asked; BadRequest where it gives none that could be."""
    if not HOST.fullmatch(request.host):
        raise BadRequest("The Host header must hold a host name or an address, and a port if need be.")
    return f"{request.scheme}://{request.host}"


def preferred(mimetypes: Sequence[str]) -> str:
    """The one of these media types that the client likes best, the first where it does not care; or NotAcceptable."""
    chosen: str | None = request.accept_mimetypes.best_match(mimetypes) if request.accept_mimetypes else mimetypes[0]
    if chosen is None:
        raise NotAcceptable(
            f"What is here can be had as {', '.join(mimetypes)}; name one of these in Accept, or leave it out."
        )
    return chosen


def dumps(data: Any) -> str:
    """JSON as it is served: UTF-8, unescaped, indented by two spaces."""
    return json.dumps(data, ensure_ascii=False, indent=2)


def json_response(text: str, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON, which ends in a newline; NotAcceptable where the client will not have JSON."""
    preferred([JSON])
    return Response(text + "\n", headers=headers, content_type=JSON)


def record_text(
    record: type[Record], row: sqlite3.Row, fields: Iterable[str] | None = None, included: str | None = None
) -> str:
    """One record: what is stored, its revision, its address and its links; or only the fields that are asked for.

    `included` is the JSON of the related records to embed.
    """
    stored = row["record"] if record.stored else dumps(json.loads(row["record"]))
    text: str = stored.removesuffix("\n}") + "," + extras_text(record, row).removeprefix("{")
    if fields is not None:
        held = json.loads(text)
        text = dumps({name: held[name] for name in fields})
    if included is not None:
        text = text.removesuffix("\n}") + ',\n  "included": ' + indented(included) + "\n}"
    return text


def record_line(record: type[Record], row: sqlite3.Row, fields: Iterable[str] | None = None) -> str:
    """One record on one line, or only the fields that are asked for; the row holds its JSON without white space."""
    line: str = row["record"].removesuffix("}") + "," + extras_text(record, row, indent=None).removeprefix("{")
    if fields is not None:
        held = json.loads(line)
        line = json.dumps({name: held[name] for name in fields}, ensure_ascii=False, separators=COMPACT)
    return line + "\n"


def extras_text(record: type[Record], row: sqlite3.Row, indent: int | None = 2) -> str:
    """What a record is served with beside its own fields: its revision, its address and its links."""
    extras = served_extras(record, base_url(), indent)
    return extras.replace("{id}", row["id"]).replace('"{revision}"', str(row["revision"]))


@lru_cache(maxsize=1000)
def served_extras(record: type[Record], base: str, indent: int | None) -> str:
    """The extras of every record of a type, with places left for its id and revision."""
    links = {name: f"{base}/{plural}?{parameter}={{id}}" for name, (plural, parameter) in lists(record).items()}
    extras = {"revision": "{revision}", "url": base + record.path.replace("{plural}", record.plural), "links": links}
    return json.dumps(extras, indent=indent, separators=None if indent else COMPACT)


def list_text(items: Iterable[str], envelope: dict[str, Any]) -> str:
    """A list: finished records under `data`, one level in, and what is said about them."""
    return '{\n  "data": ' + indented(array(items)) + ",\n" + dumps(envelope).removeprefix("{\n")


def array(items: Iterable[str]) -> str:
    """A JSON array of finished values."""
    held = indented(",\n".join(items))
    return f"[\n  {held}\n]" if held else "[]"


def indented(text: str) -> str:
    """Finished JSON one level in. A line end in it is always one of layout, never one of data."""
    return text.replace("\n", "\n  ")
