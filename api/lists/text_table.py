"""Aligned text of a bounded width, for a terminal.

Why not tabulate: it wraps and measures every character in Python, which takes 0.8 s for a page of 500 events.
"""

import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from wcwidth import wcswidth, wcwidth

from api.http.printable import printable
from api.lists.csv import flatten, select_columns
from api.lists.csv_columns import format_value
from schemas.characters import JOINERS
from schemas.record import Record

MAX_WIDTH = 100
MIN_COLUMN_WIDTH = 8
GAP = "  "

Line = Sequence[str]


def records_text(record: type[Record], rows: Sequence[sqlite3.Row], names: Sequence[str] | None) -> str:
    """Return records as a table of the named columns, or of the type's brief ones.

    If the columns do not fit next to each other, each record is a block with a line for each column.
    """
    columns = select_columns(record, names or record.brief)
    header = [column.name for column in columns]
    body = [[safe_text(format_value(value)) for value in row] for row in flatten(record, rows, columns)]
    widths = fit_widths([max(map(display_width, cells)) for cells in zip(header, *body, strict=True)])
    if _total_width(widths) <= MAX_WIDTH:
        return format_table([header, *body], widths)
    name_width = max(map(display_width, header))
    block_widths = (name_width, MAX_WIDTH - name_width - len(GAP))
    blocks = (format_table(list(zip(header, cells, strict=True)), block_widths) for cells in body)
    return "\n\n".join(blocks) or format_table([["columns", ", ".join(header)]], block_widths)


def format_table(lines: Sequence[Line], max_widths: Sequence[int]) -> str:
    """Return lines of cells as text. Cells are escaped, wrapped to their column's width, and may have line breaks."""
    wrapped = [[_wrap_cell(cell, width) for cell, width in zip(line, max_widths, strict=True)] for line in lines]
    widths = [max(display_width(row) for cell in column for row in cell) for column in zip(*wrapped, strict=True)]
    return "\n".join(row.rstrip() for line in wrapped for row in _format_line(line, widths))


def fit_widths(natural: Sequence[int]) -> list[int]:
    """Limit the widths of columns so that they fit the page: all to one width, but none to less than the minimum."""
    widest = max(natural, default=0)
    while widest > MIN_COLUMN_WIDTH and _total_width([min(width, widest) for width in natural]) > MAX_WIDTH:
        widest -= 1
    return [min(width, widest) for width in natural]


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: an ideograph takes two, a combining mark none."""
    return max(0, wcswidth(text))


def safe_text(text: str) -> str:
    """Escape control, bidirectional and other invisible characters, except spaces and the joiners of some scripts."""
    if text.isprintable():
        return text
    return "".join(_safe_character(character) for character in text)


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most this width, between words or, if a word is longer, within it."""
    lines, start = [], 0
    while (end := _fitting_end(text, start, width)) < len(text):
        space = text.rfind(" ", start, end + 1)
        lines.append(text[start : space if space > start else end])
        start = space + 1 if space > start else end
    return [*lines, text[start:]]


def _wrap_cell(cell: str, width: int) -> list[str]:
    return [row for line in cell.split("\n") for row in wrap(safe_text(line), width)]


def _format_line(cells: Sequence[list[str]], widths: Sequence[int]) -> Iterator[str]:
    """Yield the rows of a line of wrapped cells."""
    for parts in zip_longest(*cells, fillvalue=""):
        yield GAP.join(part + " " * (width - display_width(part)) for part, width in zip(parts, widths, strict=True))


def _fitting_end(text: str, start: int, width: int) -> int:
    """Return the end of the longest piece of a text from `start` on that fits a width, and has at least a character."""
    end = start + width
    while end > start + 1 and (excess := display_width(text[start:end]) - width) > 0:
        end -= (excess + 1) // 2
    while end < len(text) and wcwidth(text[end]) == 0:
        end += 1
    return end


def _safe_character(character: str) -> str:
    if character in JOINERS:
        return character
    return " " if unicodedata.category(character) == "Zs" else printable(character)


def _total_width(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)
