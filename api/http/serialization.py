"""Serialization of responses from stored JSON. A body never depends on the clock, the worker or the machine."""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec.json
from flask import Response, request

from api.http.negotiation import best_media_type
from api.http.urls import base_url, with_known_at
from api.lists.related import record_lists
from schemas.record import Record
from seed.storage.stored_json import to_json
from seed.storage.timeline import entry_json

JSON = "application/json"
JSON_SUFFIX = ".json"
SERVED_COLUMNS = ("id", "revision", "record", "derived")
"""The columns from which a record is served."""
SERVED_SQL = "r.id, r.revision, cast(r.record as blob) record, cast(r.derived as blob) derived"
"""These columns of a table `r`. JSON is read as bytes: as text, it would be decoded to be encoded again."""
ENTRY_SQL = f"r.id, r.revision, cast({entry_json()} as blob) record, x'' derived"
"""These columns of an entry `r` of the timeline."""


def served_sql(record: type[Record]) -> str:
    """Return the columns from which a record `r` of a type is served."""
    return SERVED_SQL if record.stored else ENTRY_SQL


def dump_json(data: Any) -> bytes:
    """Serialize a response body: UTF-8, unescaped, indented by two spaces, with a final newline."""
    return pretty(msgspec.json.encode(data))


def pretty(text: bytes, indent: int = 2) -> bytes:
    """Indent JSON text for a response body. Raise msgspec.DecodeError if it is none: a record is damaged."""
    require_utf8(text)
    return msgspec.json.format(text, indent=indent) + b"\n"


def require_utf8(text: bytes) -> None:
    """Raise msgspec.DecodeError if JSON text is not UTF-8: msgspec does not decode the texts that it skips."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error


def join_ndjson(lines: Sequence[bytes]) -> bytes:
    """Return JSON objects as lines of NDJSON. Raise msgspec.DecodeError if one is none: its record is damaged.

    They are checked together, which takes a third of the time.
    """
    if b"\n" in b"".join(lines):
        raise msgspec.DecodeError("The record is not JSON of one line")
    text = b"\n".join([*lines, b""])
    require_utf8(text)
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
    """Return a JSON response.

    Raise NotAcceptable if the client does not accept JSON, unless the path has the suffix, which decides.
    """
    if not request.path.endswith(JSON_SUFFIX):
        best_media_type([JSON])
    return Response(body, headers=headers, content_type=JSON)


def record_json(
    row: sqlite3.Row, link_parts: Sequence[bytes], fields: Iterable[str] | None = None, included: bytes | None = None
) -> bytes:
    """Return one record as compact JSON with `revision`, `url` and `links`, reduced to `fields` if they are given.

    `included` is the compact JSON of embedded records.
    """
    links = row["id"].encode().join(link_parts)
    text = b'%b%b,"revision":%d,%b' % (row["record"][:-1], row["derived"], row["revision"], links)
    if fields is not None:
        values = _decode(text)
        text = msgspec.json.encode({name: values[name] for name in fields})
    return text if included is None else b'%b,"included":%b}' % (text[:-1], included)


def parse_record(row: sqlite3.Row) -> dict[str, Any]:
    """Return a record with its derived fields; its JSON may be text or bytes."""
    stored: Any = row["record"]
    return _decode(stored[:-1] + row["derived"] + stored[-1:])


def _decode(text: str | bytes) -> dict[str, Any]:
    """Parse the JSON of a record. Raise msgspec.DecodeError if it is damaged."""
    try:
        record: dict[str, Any] = msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
    return record


def link_parts(record: type[Record]) -> Sequence[bytes]:
    """Return the compact JSON of `url` and `links` that ends a record, split at every place of the id."""
    template = _link_template(record).replace("{base}", base_url())
    query = with_known_at("")
    return template.replace("{?}", query).replace("{&}", query.replace("?", "&")).encode().split(b"{id}")


@cache
def _link_template(record: type[Record]) -> str:
    links = {
        name: f"{{base}}/{plural}?{parameter}={{id}}{{&}}" for name, (plural, parameter) in record_lists(record).items()
    }
    url = "{base}" + record.path.replace("{plural}", record.plural) + "{?}"
    return to_json({"url": url, "links": links}).removeprefix("{")


def list_json(items: Iterable[bytes], envelope: dict[str, Any]) -> bytes:
    """Return a list as compact JSON: serialized records under `data`, and the envelope."""
    return b'{"data":%b,%b' % (json_array(items), msgspec.json.encode(envelope).removeprefix(b"{"))


def json_array(items: Iterable[bytes]) -> bytes:
    """Return a JSON array of serialized values."""
    return b"[%b]" % b",".join(items)
