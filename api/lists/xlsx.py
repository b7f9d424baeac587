"""Tables as spreadsheets (Office Open XML, ECMA-376), written by XlsxWriter."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.exceptions import BadRequest

from api.lists.csv_columns import format_value
from schemas.record import DAY_FIELDS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIX = ".xlsx"
MAX_ROWS = 2000
"""Maximum number of rows: the file is built before its first byte is sent, and a row takes about half a millisecond."""
MAX_CELL_LENGTH = 32_767
"""Maximum length of a cell (Excel specifications and limits)."""
MAX_NAME_LENGTH = 31
"""Maximum length of the name of a sheet."""
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
"""The characters that the name of a sheet must not have."""
CREATED = datetime(1980, 1, 1, tzinfo=UTC)
"""The time of creation in every file, so that the same content is the same bytes."""
FIRST_DATE = date(1900, 3, 1)
"""The first day that every spreadsheet program counts alike."""
WIDTHS = {"id": 28, "title": 50, "summary": 60, "quote": 60, "url": 40}
WIDTH = 18
"""The width of other columns, in characters."""
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


def require_few(count: int) -> None:
    """Raise BadRequest if there are more rows than a spreadsheet may have here."""
    if count > MAX_ROWS:
        raise BadRequest(f"There are {count} rows; a spreadsheet has at most {MAX_ROWS}. Add a filter, or use .csv.")


def spreadsheet_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], notes: Mapping[str, str]
) -> Response:
    """Respond with a spreadsheet: typed cells below a header that stays in sight and filters.

    `name` is that of its sheet. `notes` explains columns by name, in a note on the header.
    """
    # Imported for the first spreadsheet: at the start of the server, it would take 13 of 500 milliseconds.
    from xlsxwriter import Workbook

    file = io.BytesIO()
    workbook = Workbook(file, OPTIONS)
    workbook.set_properties({"created": CREATED})
    sheet = workbook.add_worksheet(NOT_IN_NAMES.sub(" ", name)[:MAX_NAME_LENGTH])
    bold = workbook.add_format({"bold": True})
    for place, column in enumerate(header):
        sheet.set_column(place, place, WIDTHS.get(column, WIDTH))
        sheet.write_string(0, place, column, bold)
        if column in notes:
            sheet.write_comment(0, place, notes[column])
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            _write_cell(sheet, last, place, header[place], value)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(header) - 1)
    close_workbook(workbook)
    return Response(file.getvalue(), content_type=XLSX)


def close_workbook(workbook: "Workbook") -> None:
    """Write the file. This must not be interrupted: Python would report the unfinished archive in the log."""
    workbook.close()


def _write_cell(sheet: "Worksheet", row: int, place: int, name: str, value: Any) -> None:
    """Write a value with its type. Text is text, also if it looks like a number or a formula."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value)
    elif name in DAY_FIELDS and (day := date.fromisoformat(value)) >= FIRST_DATE:
        sheet.write_datetime(row, place, day)
    elif name == "url":
        sheet.write_url(row, place, value)
    elif text := format_value(value):
        sheet.write_string(row, place, _shorten(text))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_CELL_LENGTH else f"{text[: MAX_CELL_LENGTH - 1]}…"
