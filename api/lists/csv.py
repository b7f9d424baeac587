"""CSV (RFC 4180) and text tables of records."""

import csv
import io
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tabulate import tabulate
from wcwidth import wcswidth

from api.database import select
from api.http.urls import base_url
from api.lists.csv_columns import CsvColumn, csv_columns, format_value
from schemas import RECORDS
from schemas.record import Record

BATCH_SIZE = 200
"""Rows that are buffered, and whose labels are looked up together."""
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""Characters that make a spreadsheet treat a cell as a formula."""
MAX_WIDTH = 100
MIN_COLUMN_WIDTH = 8
GAP = 2


def csv_text(record: type[Record], rows: Iterator[sqlite3.Row], chosen: Sequence[str] | None) -> Iterator[str]:
    """Yield CSV of any number of records: a header and one row each, with the chosen columns or all."""
    columns = select_columns(record, chosen)
    yield _write_rows([[cell.name for cell in columns]])
    for batch in _batches(rows):
        yield _write_rows([map(escape_formula, row) for row in flatten(record, batch, columns)])


def table_text(record: type[Record], rows: Sequence[sqlite3.Row], chosen: Sequence[str] | None) -> str:
    """Return an aligned table, wrapped to 100 columns, with the chosen columns or the type's default ones."""
    columns = select_columns(record, chosen or record.brief)
    body = [[format_value(value) for value in row] for row in flatten(record, rows, columns)]
    lines = [[cell.name for cell in columns], *body]
    widths = fit_widths([max(map(display_width, column)) for column in zip(*lines, strict=True)])
    return tabulate(lines, tablefmt="plain", maxcolwidths=widths, break_on_hyphens=False, disable_numparse=True)


def select_columns(record: type[Record], chosen: Sequence[str] | None) -> list[CsvColumn]:
    """Return the columns with these names, or all."""
    return [csv_columns(record)[name] for name in chosen or csv_columns(record)]


def flatten(record: type[Record], rows: Sequence[sqlite3.Row], columns: Sequence[CsvColumn]) -> Iterator[list[Any]]:
    """Yield the values of each row; label columns replace ids by names."""
    base = base_url()
    held = [json.loads(row["record"]) | _extras(record, row, base) for row in rows]
    wanted: dict[str, set[str]] = defaultdict(set)
    for cell in columns:
        if cell.labels:
            wanted[cell.labels].update(id for item in held for id in _ids(cell.of(item)))
    labels = {plural: labels_of(plural, ids) for plural, ids in wanted.items()}
    for item in held:
        yield [_replace_ids(cell.of(item), labels[cell.labels]) if cell.labels else cell.of(item) for cell in columns]


def labels_of(plural: str, ids: Iterable[str]) -> dict[str, str]:
    """Return the labels of records by id."""
    label = RECORDS[plural].label
    statement = f'select id, "{label}" label from "{plural}" where id in (select value from json_each(:ids))'
    return {row["id"]: row["label"] for row in select(statement, {"ids": json.dumps(sorted(ids))})}


def escape_formula(value: Any) -> str:
    """Return a cell as text, with an apostrophe in front if a spreadsheet would take it for a formula."""
    cell = format_value(value)
    return f"'{cell}" if isinstance(value, str | list) and cell.startswith(FORMULA_PREFIXES) else cell


def display_width(cell: str) -> int:
    """Return the width of a text in terminal columns: 2 for an ideograph, 0 for a combining mark."""
    return max(0, wcswidth(cell))


def fit_widths(natural: Sequence[int]) -> list[int]:
    """Reduce column widths to fit the page, the widest first."""
    widths = list(natural)
    room = MAX_WIDTH - GAP * (len(widths) - 1)
    while sum(widths) > room and max(widths) > MIN_COLUMN_WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths


def _batches(rows: Iterator[sqlite3.Row]) -> Iterator[list[sqlite3.Row]]:
    while batch := list(islice(rows, BATCH_SIZE)):
        yield batch


def _write_rows(rows: Iterable[Iterable[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def _extras(record: type[Record], row: sqlite3.Row, base: str) -> dict[str, Any]:
    return {"revision": row["revision"], "url": base + record.path.format(plural=record.plural, id=row["id"])}


def _ids(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [id for id in values if id is not None]


def _replace_ids(value: Any, labels: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [labels[id] if id is not None else None for id in value]
    return labels[value] if value is not None else None
