"""Aligned text of a bounded width, for a terminal.

Why not tabulate: it wraps and measures every character in Python, which takes 0.8 s for a page of 500 events.
"""

import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from wcwidth import wcswidth, wcwidth

from api.http.printable import printable
from api.lists.csv import flatten, select_columns
from api.lists.csv_columns import LABEL_SUFFIX, CsvColumn, format_value
from api.lists.readable_date import MARK, readable_date
from schemas.characters import JOINERS
from schemas.fields import EdtfDate, VocabularyTerm
from schemas.record import Record
from schemas.vocabularies import STATED

MIN_COLUMN_WIDTH = 16
MAX_WORD_WIDTH = 40
GAP = "  "
PARAGRAPH, SOURCE = "citations_paragraph", "citations_source"
DATE, BASIS = "date", "date_basis"
PRINCIPAL, PRINCIPAL_BASIS = "principal_label", "principal_basis"
HEADINGS = {PARAGRAPH: "¶", SOURCE: "source"}
"""Headings of columns whose names are not for people."""

Line = Sequence[str]


def records_text(record: type[Record], rows: Sequence[sqlite3.Row], names: Sequence[str] | None, width: int) -> str:
    """Return records as a table of the named columns, or of the type's brief ones that are not empty.

    If the columns do not fit next to each other without breaking a word, or if the type has long texts, each record is
    a block with a line for each column.
    """
    columns = select_columns(record, names or _brief(record))
    body = [_cells(columns, values) for values in flatten(record, rows, columns)]
    if names is None:
        columns, body = _with_marks(columns, body, BASIS)
        columns, body = _with_marks(columns, body, PRINCIPAL_BASIS)
        columns, body = _without_useless(columns, body)
    header = [column.name if names else _heading(column) for column in columns]
    widths = fit_widths([[*cells] for cells in zip(header, *body, strict=True)], width)
    if widths and not (record.has_long_texts and names is None):
        return format_table([header, *body], widths)
    name_width = max(map(display_width, header))
    block_widths = (name_width, width - name_width - len(GAP))
    blocks = (format_table(list(zip(header, cells, strict=True)), block_widths) for cells in body)
    return "\n\n".join(blocks) or format_table([["columns", ", ".join(header)]], block_widths)


def _brief(record: type[Record]) -> list[str]:
    """Return the names of the brief columns, the source after the paragraph, and a basis after its field."""
    more = {PARAGRAPH: (SOURCE,), DATE: (BASIS,), PRINCIPAL: (PRINCIPAL_BASIS,)}
    return [name for brief in record.brief for name in (brief, *more.get(brief, ()))]


def _with_marks(columns: list[CsvColumn], body: list[list[str]], basis: str) -> tuple[list[CsvColumn], list[list[str]]]:
    """Return the table without basis columns; the value before each is marked unless the source gives it."""
    names = [column.name for column in columns]
    if basis not in names:
        return columns, body
    place = names.index(basis)
    marked = [[*row[: place - 1], row[place - 1] + _mark(basis, row[place]), *row[place + 1 :]] for row in body]
    return [*columns[:place], *columns[place + 1 :]], marked


def _mark(basis: str, value: str) -> str:
    """Return the mark for the basis of a date or a principal; "" if the source gives it."""
    if value in ("", STATED):
        return ""
    return MARK if basis == BASIS else f" ({value})"


def _cells(columns: Sequence[CsvColumn], values: Sequence[Any]) -> list[str]:
    """Return the values of a row as text, terms in words."""
    return [safe_text(_cell(column, value)) for column, value in zip(columns, values, strict=True)]


def _cell(column: CsvColumn, value: Any) -> str:
    if isinstance(value, list):
        cells = list(dict.fromkeys(_cell(column, item) for item in value))
        return ("; " if any(", " in cell for cell in cells) else ", ").join(cells)
    if isinstance(column.field, VocabularyTerm) and value is not None:
        return column.field.vocabulary.terms[value].label
    if isinstance(column.field, EdtfDate):
        return readable_date(value)
    return format_value(value)


def _without_useless(columns: list[CsvColumn], body: list[list[str]]) -> tuple[list[CsvColumn], list[list[str]]]:
    """Return the columns that are not empty, and the column of sources only if there are several."""
    shown = [
        index
        for index, column in enumerate(columns)
        if not body
        or (len({row[index] for row in body}) > 1 if column.name == SOURCE else any(row[index] for row in body))
    ]
    return [columns[index] for index in shown], [[row[index] for index in shown] for row in body]


def _heading(column: CsvColumn) -> str:
    """Return the heading of a column for people."""
    return HEADINGS.get(column.name) or column.name.removesuffix(LABEL_SUFFIX).replace("_", " ")


def format_table(lines: Sequence[Line], max_widths: Sequence[int]) -> str:
    """Return lines of cells as text. Cells are escaped, wrapped to their column's width, and may have line breaks."""
    wrapped = [[_wrap_cell(cell, width) for cell, width in zip(line, max_widths, strict=True)] for line in lines]
    widths = [max(display_width(row) for cell in column for row in cell) for column in zip(*wrapped, strict=True)]
    return "\n".join(row.rstrip() for line in wrapped for row in _format_line(line, widths))


def fit_widths(columns: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return widths of columns that fit a page: all limited to one width, but none to less than its longest word.

    Returns None if they do not fit even so. A word of more than MAX_WORD_WIDTH may be broken.
    """
    natural = [max(map(display_width, cells)) for cells in columns]
    least = [
        min(max(map(display_width, " ".join(cells).split()), default=0), MAX_WORD_WIDTH, total)
        for cells, total in zip(columns, natural, strict=True)
    ]
    for limit in range(max([MIN_COLUMN_WIDTH, *natural]), MIN_COLUMN_WIDTH - 1, -1):
        widths = [max(low, min(total, limit)) for low, total in zip(least, natural, strict=True)]
        if _total_width(widths) <= width:
            return widths
    return None


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
