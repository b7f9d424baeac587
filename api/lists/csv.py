"""Records as flat rows: CSV to be computed with (RFC 4180), and a table to be read in a terminal."""

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
from api.http.serialization import base_url
from api.lists.csv_columns import CsvColumn, csv_columns, format_value
from schemas import RECORDS
from schemas.record import Record

BATCH_SIZE = 200
"""How many rows are held at once, and have their labels looked up together."""
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
MAX_WIDTH = 100
MIN_COLUMN_WIDTH = 8
GAP = 2


def csv_text(record: type[Record], rows: Iterator[sqlite3.Row], chosen: Sequence[str] | None) -> Iterator[str]:
    """CSV of any number of records: a header, then a row each, of the chosen columns or of all."""
    columns = select_columns(record, chosen)
    yield _write_rows([[cell.name for cell in columns]])
    for batch in _batches(rows):
        yield _write_rows([map(escape_formula, row) for row in flatten(record, batch, columns)])


def table_text(record: type[Record], rows: Sequence[sqlite3.Row], chosen: Sequence[str] | None) -> str:
    """An aligned table, wrapped to a width of 100 characters, of the chosen columns or of those that tell most."""
    columns = select_columns(record, chosen or record.brief)
    body = [[format_value(value) for value in row] for row in flatten(record, rows, columns)]
    lines = [[cell.name for cell in columns], *body]
    widths = fit_widths([max(map(display_width, column)) for column in zip(*lines, strict=True)])
    return tabulate(lines, tablefmt="plain", maxcolwidths=widths, break_on_hyphens=False, disable_numparse=True)


def select_columns(record: type[Record], chosen: Sequence[str] | None) -> list[CsvColumn]:
    """The columns by name, or all of them."""
    return [csv_columns(record)[name] for name in chosen or csv_columns(record)]


def flatten(record: type[Record], rows: Sequence[sqlite3.Row], columns: Sequence[CsvColumn]) -> Iterator[list[Any]]:
    """The values of each row, with references replaced by labels where a column asks for that."""
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
    """What the records with these ids are called."""
    label = RECORDS[plural].label
    statement = f'select id, "{label}" label from "{plural}" where id in (select value from json_each(:ids))'
    return {row["id"]: row["label"] for row in select(statement, {"ids": json.dumps(sorted(ids))})}


def escape_formula(value: Any) -> str:
    """A cell that no spreadsheet runs: text that looks like a formula has an apostrophe put before it."""
    cell = format_value(value)
    return f"'{cell}" if isinstance(value, str | list) and cell.startswith(FORMULA_PREFIXES) else cell


def display_width(cell: str) -> int:
    """How many columns of a terminal a text takes: an ideograph takes two, a combining mark none."""
    return max(0, wcswidth(cell))


def fit_widths(natural: Sequence[int]) -> list[int]:
    """Widths for columns that fit the page, taken from the widest first."""
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
