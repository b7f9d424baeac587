"""Records as CSV (RFC 4180)."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from api.database import select
from api.http.serialization import parse_record
from api.http.urls import data_url
from api.lists.batches import batches
from api.lists.csv_columns import CsvColumn, csv_columns, format_value, replace
from api.lists.csv_dialect import COMMA, write_rows
from schemas import RECORDS
from schemas.filter_sql import json_values
from schemas.record import Record

BATCH_SIZE = 200
"""Number of rows in memory at once. Their labels are looked up together."""
FORMULA_PREFIXES = (*"=+-@＝＋－＠﹢﹣﹦﹫", "\t", "\r")
"""First characters of cells that spreadsheets run as formulas; those in East Asia accept full-width ones, too."""


def escape_formula(value: Any) -> str:
    """Return the text of a cell, with an apostrophe in front if a spreadsheet would run it as a formula."""
    cell = format_value(value)
    return f"'{cell}" if isinstance(value, str | list) and cell.startswith(FORMULA_PREFIXES) else cell


def csv_text(
    record: type[Record],
    rows: Iterator[sqlite3.Row],
    names: Sequence[str] | None = None,
    *,
    format_cell: Callable[[Any], str] = escape_formula,
    separator: str = COMMA,
) -> Iterator[str]:
    """Yield the CSV of any number of records, piece by piece: a header and a row for each record.

    Pass `format_value` as `format_cell` for programs, which need the text without the apostrophe of `escape_formula`.
    """
    columns = select_columns(record, names)
    yield write_rows([[column.name for column in columns]], separator)
    for batch in batches(rows, BATCH_SIZE):
        yield write_rows([map(format_cell, row) for row in flatten(record, batch, columns)], separator)


def select_columns(record: type[Record], names: Sequence[str] | None) -> list[CsvColumn]:
    """Return the columns with these names, or all of them."""
    return [csv_columns(record)[name] for name in names or csv_columns(record)]


def flatten(record: type[Record], rows: Sequence[sqlite3.Row], columns: Sequence[CsvColumn]) -> Iterator[list[Any]]:
    """Yield the values of each row, with ids replaced by labels in label columns."""
    records = [parse_record(row) | _extras(record, row) for row in rows]
    ids_by_type: dict[str, set[str]] = defaultdict(set)
    for column in columns:
        if column.labels:
            ids_by_type[column.labels].update(id for item in records for id in _ids(column.of(item)))
    labels = {plural: select_labels(plural, ids) for plural, ids in ids_by_type.items()}
    for item in records:
        yield [
            replace(column.of(item), labels[column.labels]) if column.labels else column.of(item) for column in columns
        ]


def select_labels(plural: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the labels of records by id. The label of a purged record, to which revisions may refer, is its id."""
    label = RECORDS[plural].label
    statement = f'select id, "{label}" label from "{plural}" where id in {json_values("ids")}'
    wanted = sorted(ids)
    found = {row["id"]: row["label"] for row in select(statement, {"ids": json.dumps(wanted)})}
    return dict(zip(wanted, wanted, strict=True)) | found


def _extras(record: type[Record], row: sqlite3.Row) -> dict[str, Any]:
    return {"revision": row["revision"], "url": data_url(record.path.format(plural=record.plural, id=row["id"]))}


def _ids(value: Any) -> list[str]:
    if isinstance(value, list):
        return [id for item in value for id in _ids(item)]
    return [] if value is None else [value]
