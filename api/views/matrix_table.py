"""Tables of the matrix: CSV rows, and text for a terminal with footnotes."""

from typing import Any

from api.lists.text_table import format_table
from api.views import Data, Query, Rows
from api.views.stance_queries import STAND_SCHEMA
from api.views.stand import NOT_RECORDED

TITLE_WIDTH = 36
CELL_WIDTH = 26
PARTIES_PER_TABLE = 3
"""Titles and three parties fit into 120 columns."""
LEGEND = """-  no position is recorded: neither assent nor neutrality
!  accounts disagree
%  parties that act for one principal disagree
[n]  the position and whose account it is ("source": the source in its own voice);
     inferred: the party or the stance is the editor's reading of the text"""


def csv_rows(matrix: Data, query: Query) -> Rows:
    """Return the matrix as rows: one per proposal with a column per party, or one per cell."""
    return _long_rows(matrix) if query["layout"] == "long" else _wide_rows(matrix)


def table_text(matrix: Data) -> str:
    """Return the matrix as text of at most 120 columns, with a legend and footnotes."""
    notes: list[str] = []
    parties = matrix["parties"]
    parts = [
        _table(matrix, parties[start : start + PARTIES_PER_TABLE], notes)
        for start in range(0, len(parties), PARTIES_PER_TABLE)
    ]
    scheduled = [f"{event['date'] or 'no date'}  {event['title']} ({event['status']})" for event in matrix["scheduled"]]
    if scheduled:
        parts.append("\n".join(["Scheduled or planned:", *scheduled]))
    return "\n\n".join([*parts, LEGEND, "\n".join(notes)])


def _long_rows(matrix: Data) -> Rows:
    names = ["party", "proposal", *STAND_SCHEMA]
    return [names, *([_csv_value(cell[name]) for name in names] for cell in matrix["cells"])]


def _wide_rows(matrix: Data) -> Rows:
    parties = [party["id"] for party in matrix["parties"]]
    cells = _cells(matrix)
    return [
        ["proposal", "title", *parties],
        *(
            [proposal["id"], proposal["title"], *(_summary(cells[party, proposal["id"]]) for party in parties)]
            for proposal in matrix["proposals"]
        ),
    ]


def _table(matrix: Data, parties: list[dict[str, str]], notes: list[str]) -> str:
    cells = _cells(matrix)
    lines = [["", *(party["name"] for party in parties)]]
    for proposal in matrix["proposals"]:
        row = (_summary_with_notes(cells[party["id"], proposal["id"]], notes) for party in parties)
        lines.append([proposal["title"], *row])
    widths = [TITLE_WIDTH, *[CELL_WIDTH] * len(parties)]
    return format_table(lines, widths)


def _cells(matrix: Data) -> dict[tuple[str, str], dict[str, Any]]:
    return {(cell["party"], cell["proposal"]): cell for cell in matrix["cells"]}


def _csv_value(value: Any) -> Any:
    """Return a property of a cell, accounts by their names."""
    if isinstance(value, list):
        return [item["account"] if isinstance(item, dict) else item for item in value]
    return value


def _summary(cell: dict[str, Any]) -> str:
    """Return the stances of a cell and the marks of the legend."""
    marks = ("!" if cell["conflict"] else "") + ("%" if cell["divided"] else "")
    return " | ".join(cell["stances"]) + (f" {marks}" if marks else "")


def _summary_with_notes(cell: dict[str, Any], notes: list[str]) -> str:
    """Return the summary of a cell with the numbers of its footnotes, which are appended to `notes`."""
    if cell["stances"] == [NOT_RECORDED]:
        return "-"
    first = len(notes) + 1
    for position in cell["derived_from"]:
        accounts = [account for account in cell["accounts"] if position in account["positions"]]
        inferred = "" if all(account["explicit"] for account in accounts) else ", inferred by the editor"
        names = ", ".join(account["account"] for account in accounts)
        notes.append(f"[{len(notes) + 1}] {position}: {names}{inferred}")
    numbers = ",".join(str(number) for number in range(first, len(notes) + 1))
    return f"{_summary(cell).replace(' | ', ', ')} [{numbers}]"
