"""Export: the database back as YAML bundles, without default values."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec.json
import yaml
from marshmallow import fields

from schemas import RECORDS
from seed.storage.tables import OWN_JSON

WIDTH = 120
MAX_INLINE_KEYS = 2
"""Number of keys up to which an object in a list is written on one line."""


def export_bundles(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield the id of each source and its bundle as YAML."""
    for (source,) in connection.execute("select id from sources order by key").fetchall():
        yield source, to_yaml(read_document(connection, source))


def read_document(connection: sqlite3.Connection, source: str) -> dict[str, list[dict[str, Any]]]:
    """Return the bundle of a source as people write it, without default values; empty if there is no such source."""
    bundle = {plural: _read_records(connection, plural, source) for plural in RECORDS}
    return {plural: records for plural, records in bundle.items() if records}


def to_yaml(data: dict[str, Any] | list[dict[str, Any]]) -> str:
    """Return a bundle, or a list of records, as YAML."""
    return str(
        yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False)
    )


def _read_records(connection: sqlite3.Connection, plural: str, source: str) -> list[dict[str, Any]]:
    stored = connection.execute(f'select {OWN_JSON} from "{plural}" where bundle = ? order by key', [source])
    written = RECORDS[plural].written()
    return [_without_defaults(written, msgspec.json.decode(record, type=dict[str, Any])) for (record,) in stored]


def _without_defaults(written: dict[str, fields.Field[Any]], data: dict[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name, field in written.items() if field.required or data[name] != _default(field)}


def _default(field: fields.Field[Any]) -> Any:
    return field.load_default() if callable(field.load_default) else field.load_default


class _Layout(yaml.representer.SafeRepresenter):
    """The layout of a bundle: no aliases, and short lists on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        short = all(isinstance(item, str) or len(item) <= MAX_INLINE_KEYS for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=short)


_Dumper = type("_Dumper", (_Layout, getattr(yaml, "CSafeDumper", yaml.SafeDumper)), {})
