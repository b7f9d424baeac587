"""Records as a table of aligned text, for a terminal."""

import sqlite3
from collections.abc import Sequence

from tabulate import tabulate
from wcwidth import wcswidth

from api.lists.csv import flatten, select_columns
from api.lists.csv_columns import format_value
from schemas.record import Record

MAX_WIDTH = 100
MIN_COLUMN_WIDTH = 8
GAP = 2


def table_text(record: type[Record], rows: Sequence[sqlite3.Row], names: Sequence[str] | None) -> str:
    """Return a table of the named columns, or of the type's brief ones, wrapped to a width of 100 characters."""
    columns = select_columns(record, names or record.brief)
    body = [[format_value(value) for value in row] for row in flatten(record, rows, columns)]
    lines = [[column.name for column in columns], *body]
    widths = fit_widths([max(map(display_width, cells)) for cells in zip(*lines, strict=True)])
    return tabulate(lines, tablefmt="plain", maxcolwidths=widths, break_on_hyphens=False, disable_numparse=True)


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: an ideograph takes two, a combining mark none."""
    return max(0, wcswidth(text))


def fit_widths(natural: Sequence[int]) -> list[int]:
    """Reduce the widths of columns, the widest first, until they fit the page or are at their minimum."""
    widths = list(natural)
    room = MAX_WIDTH - GAP * (len(widths) - 1)
    while sum(widths) > room and max(widths) > MIN_COLUMN_WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths
