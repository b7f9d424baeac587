"""Serialization of responses from stored JSON. A body never depends on the clock, the worker or the machine."""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec.json
from flask import Response

from api.http.negotiation import best_media_type
from api.http.urls import base_url, with_known_at
from api.lists.related import record_lists
from schemas.record import Record
from seed.storage.timeline import entry_json

JSON = "application/json"
SERVED_COLUMNS = ("id", "revision", "record", "derived")
"""The columns from which a record is served."""
SERVED_SQL = ", ".join(f"r.{name}" for name in SERVED_COLUMNS)
"""These columns of a table `r`."""
ENTRY_SQL = f"r.id, r.revision, {entry_json()} record, '' derived"
"""These columns of an entry `r` of the timeline."""


def served_sql(record: type[Record]) -> str:
    """Return the columns from which a record `r` of a type is served."""
    return SERVED_SQL if record.stored else ENTRY_SQL


def dump_json(data: Any) -> bytes:
    """Serialize a response body: UTF-8, unescaped, indented by two spaces, with a final newline."""
    return pretty(to_json(data))


def to_json(data: Any) -> str:
    """Serialize without white space: the form that is stored, and from which bodies are concatenated."""
    return msgspec.json.encode(data).decode()


def pretty(text: str, indent: int = 2) -> bytes:
    """Indent JSON text for a response body."""
    return msgspec.json.format(text.encode(), indent=indent) + b"\n"


def join_ndjson(lines: Sequence[bytes]) -> bytes:
    """Return JSON objects as lines of NDJSON. Raise msgspec.DecodeError if one is none: its record is damaged.

    They are checked together, which takes a third of the time.
    """
    if b"\n" in b"".join(lines):
        raise msgspec.DecodeError("The record is not JSON of one line")
    text = b"\n".join([*lines, b""])
    try:
        text.decode()  # msgspec does not decode the texts that it skips
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
    if len(_NDJSON_LINES.decode_lines(text)) != len(lines):
        raise msgspec.DecodeError("The record is not one JSON object")
    return text


class _Object(msgspec.Struct, frozen=True):
    """Any object: its content is checked, but not stored."""


class _NdjsonLine(msgspec.Struct):
    """What every line is: an object, which in downloads of all types has the record as another object."""

    record: _Object = _Object()


_NDJSON_LINES = msgspec.json.Decoder(_NdjsonLine)


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response. Raise NotAcceptable if the client does not accept JSON."""
    best_media_type([JSON])
    return Response(body, headers=headers, content_type=JSON)


def record_json(
    row: sqlite3.Row, link_parts: Sequence[str], fields: Iterable[str] | None = None, included: str | None = None
) -> str:
    """Return one record as compact JSON with `revision`, `url` and `links`, reduced to `fields` if they are given.

    `included` is the compact JSON of embedded records.
    """
    stored: str = row["record"]
    text = f'{stored[:-1]}{row["derived"]},"revision":{row["revision"]},{row["id"].join(link_parts)}'
    if fields is not None:
        values = msgspec.json.decode(text)
        text = to_json({name: values[name] for name in fields})
    return text if included is None else f'{text[:-1]},"included":{included}}}'


def parse_record(row: sqlite3.Row) -> dict[str, Any]:
    """Return a record with its derived fields."""
    record: dict[str, Any] = msgspec.json.decode(f"{row['record'][:-1]}{row['derived']}}}")
    return record


def link_parts(record: type[Record]) -> Sequence[str]:
    """Return the compact JSON of `url` and `links` that ends a record, split at every place of the id."""
    template = _link_template(record).replace("{base}", base_url())
    query = with_known_at("")
    return template.replace("{?}", query).replace("{&}", query.replace("?", "&")).split("{id}")


@cache
def _link_template(record: type[Record]) -> str:
    links = {
        name: f"{{base}}/{plural}?{parameter}={{id}}{{&}}" for name, (plural, parameter) in record_lists(record).items()
    }
    url = "{base}" + record.path.replace("{plural}", record.plural) + "{?}"
    return to_json({"url": url, "links": links}).removeprefix("{")


def list_json(items: Iterable[str], envelope: dict[str, Any]) -> str:
    """Return a list as compact JSON: serialized records under `data`, and the envelope."""
    return f'{{"data":{json_array(items)},{to_json(envelope).removeprefix("{")}'


def json_array(items: Iterable[str]) -> str:
    """Return a JSON array of serialized values."""
    return f"[{','.join(items)}]"
