"""The values of CSV columns, read for many records at once."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.database import select
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.csv_columns import CsvColumn
from schemas import RECORDS
from schemas.filter_sql import json_values
from schemas.record import Record

MAX_LABELS = 10_000
"""Number of labels of a type from which they are discarded before the next rows are read."""
ID = "{id}"

Path = tuple[str, ...]


class ColumnReader:
    """Reads the values of columns from rows. Labels are looked up for many rows at once."""

    def __init__(self, record: type[Record], columns: Sequence[CsvColumn]) -> None:
        self._columns = columns
        self._labels = {column.labels: Labels(column.labels) for column in columns if column.labels}
        self._url_parts = data_url(record.path.format(plural=record.plural, id=ID)).split(ID)

    def read(self, rows: Sequence[sqlite3.Row]) -> list[list[Any]]:
        """Return the values of each column in the order of the rows, labels in place of ids in label columns."""
        read: dict[Path, list[Any]] = {
            (): [parse_record(row) for row in rows],
            ("revision",): [row["revision"] for row in rows],
            ("url",): [row["id"].join(self._url_parts) for row in rows],
        }
        values = [_read_path(read, column.path) for column in self._columns]
        self._find_labels(values)
        return [self._translate(column, items) for column, items in zip(self._columns, values, strict=True)]

    def _find_labels(self, values: Iterable[list[Any]]) -> None:
        """Look up the labels of all ids that these values contain, with one statement for each type."""
        ids_by_type: dict[str, set[str]] = defaultdict(set)
        for column, items in zip(self._columns, values, strict=True):
            if column.labels:
                ids_by_type[column.labels].update(_ids(items))
        for plural, ids in ids_by_type.items():
            self._labels[plural].find(ids)

    def _translate(self, column: CsvColumn, values: list[Any]) -> list[Any]:
        if column.labels:
            return translate(values, self._labels[column.labels].by_id)
        return values if column.words is None else translate(values, column.words)


class Labels:
    """Labels of the records of a type by id. That of a purged record, to which revisions may refer, is its id."""

    def __init__(self, plural: str) -> None:
        self._plural, self.by_id = plural, dict[str, str]()

    def find(self, ids: set[str]) -> None:
        """Add the labels of these ids to `by_id`."""
        if len(self.by_id) > MAX_LABELS:
            self.by_id.clear()
        if unknown := sorted(ids - self.by_id.keys()):
            self.by_id |= select_labels(self._plural, unknown)


def select_labels(plural: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the labels of records by id; the id itself if there is no such record."""
    label = RECORDS[plural].label
    statement = f'select id, "{label}" label from "{plural}" where id in {json_values("ids")}'
    found = {row["id"]: row["label"] for row in select(statement, {"ids": json.dumps(ids)})}
    return dict(zip(ids, ids, strict=True)) | found


def translate(values: list[Any], words: Mapping[str, str]) -> list[Any]:
    """Replace each value, or each item of a list, by its words; None stays."""
    if not any(values):
        return values
    return [value and (words[value] if type(value) is str else translate(value, words)) for value in values]


def _read_path(read: dict[Path, list[Any]], path: Path) -> list[Any]:
    """Return the values at a path. `read` caches them by path: columns share most of their paths."""
    if path not in read:
        read[path] = _get_key(_read_path(read, path[:-1]), path[-1])
    return read[path]


def _get_key(values: list[Any], key: str) -> list[Any]:
    """Return the member `key` of each value, or of each item of a list; None stays."""
    if not any(values):
        return values
    return [value and (value[key] if type(value) is dict else _get_key(value, key)) for value in values]


def _ids(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if type(value) is str:
            yield value
        elif value:
            yield from _ids(value)
