"""Tables of the matrix: CSV rows, and text for a terminal with footnotes."""

from typing import Any

from api.lists.readable_date import readable_date
from api.lists.text_table import format_table
from api.views import Data, Query, Rows
from api.views.position import NOT_RECORDED
from api.views.text import INFERRED, hanging, has_several_sources, provenance

TITLE_WIDTH = 24
MIN_CELL_WIDTH = 23
GAP = 2
LONG_HEADER = (
    "row",
    "title",
    "party",
    "party_name",
    "stance",
    "label",
    "side",
    "explicit",
    "differs",
    "divided",
    "proposal",
    "proposal_title",
    "summary",
    "date",
    "date_earliest",
    "date_latest",
    "accounts",
    "attribution",
    "source",
    "paragraph",
    "position",
)
LEGEND = (
    "-  no position is recorded, which means neither assent nor neutrality.",
    "accounts differ in stance: two accounts give the same party no stance in common on the same proposal; in wording:"
    " they report the party on different proposals of the issue.",
    "divided: parties that act for one principal disagree. (inferred): the party or the stance is the editor's reading"
    " of the text.",
)


def csv_rows(matrix: Data, query: Query) -> Rows:
    """Return the matrix as rows: one per issue or proposal with a column per party, or one per position."""
    return _long_rows(matrix) if query["layout"] == "long" else _wide_rows(matrix)


def table_text(matrix: Data, query: Query) -> str:
    """Return the matrix as text, as many parties side by side as fit, with footnotes under each table."""
    width, parties = query["width"], matrix["parties"]
    count = max(1, (width - TITLE_WIDTH) // (MIN_CELL_WIDTH + GAP))
    groups = [parties[start : start + count] for start in range(0, len(parties), count)]
    with_source = has_several_sources(position for cell in matrix["cells"] for position in cell["positions"])
    names = {party["id"]: party["name"] for party in parties}
    tables = [_table(matrix, group, names, width, with_source) for group in groups]
    contrasts = [
        hanging(f"{' / '.join(contrast['attributions'])}: {contrast['note']}", width, f"{row['title']}: ", 4)
        for row in matrix["rows"]
        for contrast in row["contrasts"]
    ]
    scheduled = [
        f"{readable_date(event['date'])}  {event['title']} ({event['status']}, {event['attribution']})"
        for event in matrix["scheduled"]
    ]
    parts = [
        *tables,
        *(["\n".join(["In what the accounts differ, as noted by the editors:", *contrasts])] if contrasts else []),
        *(["\n".join(["Scheduled or planned:", *scheduled])] if scheduled else []),
        "\n".join(hanging(line, width, "", 3) for line in LEGEND),
    ]
    return "\n\n".join(parts)


def _long_rows(matrix: Data) -> Rows:
    rows = {row["id"]: row["title"] for row in matrix["rows"]}
    names = {party["id"]: party["name"] for party in matrix["parties"]}
    return [LONG_HEADER, *(line for cell in matrix["cells"] for line in _cell_rows(cell, rows, names))]


def _cell_rows(cell: Data, rows: dict[str, str], names: dict[str, str]) -> Rows:
    start = [cell["row"], rows[cell["row"]], cell["party"], names[cell["party"]]]
    if not cell["positions"]:
        return [[*start, NOT_RECORDED, *[None] * (len(LONG_HEADER) - len(start) - 1)]]
    between = ("stance", "label", "side", "explicit")
    after = ("summary", "date", "date_earliest", "date_latest", "accounts", "attribution")
    return [
        [
            *start,
            *(position[name] for name in between),
            cell["differs"],
            cell["divided"],
            position["proposal"],
            position["title"],
            *(position[name] for name in after),
            *([citation[name] for citation in position["citations"]] for name in ("source", "paragraph")),
            position["position"],
        ]
        for position in cell["positions"]
    ]


def _wide_rows(matrix: Data) -> Rows:
    parties = [party["id"] for party in matrix["parties"]]
    cells = _cells(matrix)
    return [
        [matrix["row_type"], "title", *parties],
        *(
            [row["id"], row["title"], *(_summary(cells[party, row["id"]]) for party in parties)]
            for row in matrix["rows"]
        ),
    ]


def _summary(cell: Data) -> str:
    """Return the stances of a cell, each with whose word it is."""
    words = [f"{position['label']} ({position['attribution']})" for position in cell["positions"]]
    return " | ".join([*dict.fromkeys(words), *_marks(cell)]) or NOT_RECORDED


def _marks(cell: Data) -> list[str]:
    differs = [f"accounts differ in {' and '.join(cell['differs'])}"] if cell["differs"] else []
    return differs + ["divided"] * cell["divided"]


def _table(matrix: Data, parties: list[dict[str, str]], names: dict[str, str], width: int, with_source: bool) -> str:
    cells, notes = _cells(matrix), list[str]()
    lines = [["", *(party["name"] for party in parties)]]
    for row in matrix["rows"]:
        shown = [cells[party["id"], row["id"]] for party in parties]
        lines.append([row["title"], *(_cell_text(cell, names, notes, width, with_source) for cell in shown)])
    cell_width = (width - TITLE_WIDTH) // len(parties) - GAP
    return "\n\n".join([format_table(lines, [TITLE_WIDTH, *[cell_width] * len(parties)]), "\n".join(notes)])


def _cell_text(cell: Data, names: dict[str, str], notes: list[str], width: int, with_source: bool) -> str:
    """Return the stances of a cell with the numbers of its footnotes, which are appended to `notes`."""
    lines = []
    for position in cell["positions"]:
        number = f"[{len(notes) + 1}] "
        lines.append(f"{position['label']}{'' if position['explicit'] else INFERRED} {number.strip()}")
        notes.append(hanging(f"{position['summary']} ({provenance(position, with_source=with_source)})", width, number))
    return "\n".join([*lines, *_marks(cell)]) or "-"


def _cells(matrix: Data) -> dict[tuple[str, str], dict[str, Any]]:
    return {(cell["party"], cell["row"]): cell for cell in matrix["cells"]}
