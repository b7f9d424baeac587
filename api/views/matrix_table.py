"""Tables of the matrix: CSV rows, and text for a terminal with footnotes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from textwrap import shorten
from typing import Any

from api.http.urls import with_known_at
from api.lists.conditions import list_conditions
from api.lists.qualifiers import capacity_in_words
from api.lists.readable_date import Translate, marked_date
from api.lists.text_table import format_table, safe_text
from api.source_labels import by_source, source_label
from api.views import Data, Query, Rows
from api.views.accounts_table import contrast_text
from api.views.contrasts import accounts_differ, any_differ
from api.views.position import DIFFER, NOT_RECORDED
from api.views.position_columns import COLUMNS, discussed_cells, position_cells
from api.views.stance_queries import SELECTION
from api.views.text import differs_in_words, event_text, event_words, hanging, place_in_words, provenance
from schemas.derived import INFERRED
from schemas.fields import UNATTRIBUTED

TITLE_WIDTH = 24
MIN_CELL_WIDTH = 23
GAP = 2
MAX_PROPOSAL = 48
"""Maximum length of the title of a proposal in a cell of text, of a picture, or of a small matrix."""
MAX_SHORT_TITLE = 68
"""Maximum length of the title of a proposal in a cell of a page."""
MIN_CLAUSE = 10
"""The fewest characters before a comma at which a title is cut."""
BRACKET = re.compile(r"\([^()]*(\)|$)")
UNFINISHED = re.compile(r"(\s+(\d+|an?|and|by|for|from|in|of|on|or|that|the|to|with))+$")
"""Words at the end of a cut title that mean nothing without the next one."""
CUT = " …"
PART = "– "
"""Prefix of the title of a row that is part of a row above it."""
DISCUSSED = "spoke of it, no position"
"""The note in a cell without positions if the party spoke of the matter."""
LONG_CELL = ["row", "row_title", "party", "party_name", "capacity"]
LONG_HEADER = [*LONG_CELL, "differs", "divided", "held_by", "held_by_name", *COLUMNS]
NOTED = "Accounts differ, at the title of a row: the editors noted a difference between two accounts; both may be true."
"""The meaning of “accounts differ” at the title of a row. The difference need not be on a position in a cell."""
LEGEND = (
    "-  no position is recorded there, or none that matches the filters, which means neither assent nor neutrality."
    " “spoke of it, no position”: the party, or someone acting for it, said something on it. An issue that is part of"
    " another has a row of its own, with “–”.",
    DIFFER,
    "divided: parties that act for one principal disagree. (inferred): the party, the stance or the proposal is"
    " inferred, by the editor or by whoever gives the account.",
)
WHOLE_ROW_FILTERS = {"negotiation", "issue", "as_of"}
"""The filters that keep all positions of a row; `as_of` leaves out only those of a later day."""
ROW_FILTERS = {*WHOLE_ROW_FILTERS, "proposal"}
"""The filters that select rows. With any other filter, only rows with positions are shown."""
NOTED_IN_OUTLINE = "Difference noted by the editors (both may be true)"
PRIVATE_LEGEND = "{capacity}: what a party did for itself. What it did for another is in the other’s column."
LEFT_OUT = "Without a row, since no proposal is recorded there:"
LEFT_OUT_BY_THEN = "Without a row, since no proposal is recorded there by that day:"
FILTERED_ROWS = "Only rows with a position that matches the filters are shown."
IN_NO_CELL = "Proposals without a position{by_then}, and events that concern no proposal, which stand in no cell:"
NOTHING = "no position is recorded, or none that matches the filters."
ABSENCE = "Where no position is recorded, that means neither assent nor neutrality."
FURTHER = "A further table has only the rows with a position of its parties."


def csv_rows(matrix: Data, query: Query) -> Rows:
    """Return the matrix as rows: one per issue or proposal with a column per party, or one per position."""
    return _long_rows(matrix) if query["layout"] == "long" else _wide_rows(matrix)


def table_text(matrix: Data, query: Query) -> str:
    """Return the matrix as text, as many parties side by side as fit, with footnotes under each table."""
    width, parties = query["width"], matrix["parties"]
    count = max(1, (width - TITLE_WIDTH) // (MIN_CELL_WIDTH + GAP))
    groups = [parties[start : start + count] for start in range(0, len(parties), count)]
    contrasts = [
        hanging(contrast_text(contrast), width, f"{row['title']}: ", 4)
        for row in matrix["rows"]
        for contrast in row["contrasts"]
    ]
    in_no_cell = [
        hanging(f"{row['title']}: {words}", width, "", 4) for row in matrix["rows"] for words in _in_no_cell(row)
    ]
    scheduled = [event_text(event, width) for event in matrix["scheduled"]]
    left_out = ", ".join(issue["title"] for issue in matrix["left_out"])
    heading = IN_NO_CELL.format(by_then=" by that day" if matrix["meta"]["as_of"] else "")
    parts = [
        *(_tables(matrix, groups, width) or [NOTHING.capitalize()]),
        *([hanging(f"{left_out_note(matrix)} {left_out}.", width, "", 4)] if left_out else []),
        *(["\n".join(["In what the accounts differ, as noted by the editors:", *contrasts])] if contrasts else []),
        *(["\n".join([hanging(heading, width), *in_no_cell])] if in_no_cell else []),
        *(["\n".join(["Scheduled or planned:", *scheduled])] if scheduled else []),
        "\n".join(hanging(line, width, "", 3) for line in _legend(matrix, query, len(groups))),
    ]
    return "\n\n".join(parts)


def _tables(matrix: Data, groups: list[list[Data]], width: int) -> list[str]:
    """Return the table of each group of parties, followed by its footnotes, which are numbered throughout."""
    tables, first = list[str](), 1
    for group in groups:
        table, notes = _table(matrix, group, first, width)
        tables += [table, "\n".join(notes)] if notes else [table]
        first += len(notes)
    return tables


def _legend(matrix: Data, query: Query, table_count: int) -> list[str]:
    """Return the lines that explain the tables."""
    capacities = dict.fromkeys(capacity(party) for party in matrix["parties"] if party["private"])
    differ = any_differ(matrix["rows"])
    return [
        *[FILTERED_ROWS] * has_filtered_rows(query),
        *LEGEND,
        *[NOTED] * differ,
        *[FURTHER] * (table_count > 1),
        *(PRIVATE_LEGEND.format(capacity=words.capitalize()) for words in capacities),
    ]


def matrix_outline(matrix: Data, query: Query) -> str:
    """Return the matrix as an outline: under each row its positions, and the parties without one."""
    cells, lines, parts = cells_by_place(matrix), [ABSENCE], parts_of_rows(matrix)
    for row in matrix["rows"]:
        lines.append(PART * (row["id"] in parts) + row["title"])
        silent = []
        for party in matrix["parties"]:
            cell, name = cells[row["id"], party["id"]], column_heading(party)
            silent += [] if cell["positions"] or cell["discussed"] else [name]
            lines += [f"  {name}: {_with_place(one, party, row['title'])}" for one in cell["positions"]]
            lines += [f"  {name}: {mark}" for mark in _marks(cell)]
            lines += [f"  {name}: {DISCUSSED}: {_footnote(one)}" for one in cell["discussed"]]
        lines += [f"  No position recorded: {', '.join(silent)}"] if silent else []
        lines += [f"  {NOTED_IN_OUTLINE}: {contrast_text(one)}" for one in row["contrasts"]]
        lines += [f"  {words}" for words in _in_no_cell(row)]
    lines += [] if matrix["rows"] else [NOTHING.capitalize()]
    lines += [FILTERED_ROWS] if has_filtered_rows(query) else []
    left_out = ", ".join(issue["title"] for issue in matrix["left_out"])
    lines += [f"{left_out_note(matrix)} {left_out}"] if left_out else []
    lines += [event_text(event, query["width"]) for event in matrix["scheduled"]]
    return "\n".join(map(safe_text, lines))


def left_out_note(matrix: Data) -> str:
    """Return why some issues have no row."""
    return LEFT_OUT_BY_THEN if matrix["meta"]["as_of"] else LEFT_OUT


def has_filtered_rows(query: Query) -> bool:
    """Return whether a filter leaves out the rows without a position that matches."""
    return bool(query.keys() & (set(SELECTION) - ROW_FILTERS))


def _in_no_cell(row: Data) -> list[str]:
    """Return in words the proposals of a row without a position, and the events that concern none."""
    proposals = [f"proposal: {one['title']} ({place_in_words(one, [])})" for one in row["without_position"]]
    return proposals + [f"event: {event_words(one)}" for one in row["events"]]


def parts_of_rows(matrix: Data) -> set[str]:
    """Return the rows that are part of another row, below which they stand."""
    shown = {row["id"] for row in matrix["rows"]}
    return {row["id"] for row in matrix["rows"] if row["part_of"] in shown}


def _with_place(position: Data, column: Data, row: str) -> str:
    """Return the stance of a position in a column, its attribution, date and citations, and its path."""
    on = f": {position['title']}" if position["title"] != row else ""
    place = provenance(position)
    return f"{_stance_of_holder(position, column)}{on} ({place}) {with_known_at('/positions/' + position['position'])}"


def _long_rows(matrix: Data) -> Rows:
    rows = {row["id"]: row["title"] for row in matrix["rows"]}
    parties = {party["id"]: party for party in matrix["parties"]}
    cells = matrix["cells"]
    return [LONG_HEADER, *(line for cell in cells for line in _cell_rows(cell, rows, parties[cell["party"]]))]


def _cell_rows(cell: Data, rows: dict[str, str], party: Data) -> Rows:
    start = [cell["row"], rows[cell["row"]], party["id"], party["name"]]
    common = capacity(party) if party["private"] else None
    if cell["discussed"]:
        return [[*start, common, *[None] * 4, *discussed_cells(one, DISCUSSED)] for one in cell["discussed"]]
    if not cell["positions"]:
        return [[*start, common, *[None] * 4, NOT_RECORDED, *[None] * (len(COLUMNS) - 1)]]
    marks = [cell["differs"], cell["divided"]]
    return [
        [*start, capacity_in_words(one) or None, *marks, one["party"], one["party_name"], *position_cells(one)]
        for one in cell["positions"]
    ]


def _wide_rows(matrix: Data) -> Rows:
    parties = [party["id"] for party in matrix["parties"]]
    cells = cells_by_place(with_distinct_sources(matrix))
    return [
        [matrix["row_type"], "title", *map(_column_id, matrix["parties"])],
        *(
            [row["id"], row["title"], *(_summary(cells[row["id"], party], row) for party in parties)]
            for row in matrix["rows"]
        ),
    ]


def _column_id(party: Data) -> str:
    """Return the id of a party, and the capacity if its column has only positions that it took for itself."""
    return f"{party['id']} ({capacity(party)})" if party["private"] else str(party["id"])


def _summary(cell: Data, row: Data) -> str:
    """Return the stances of a cell with their attributions, or the notes on statements without a position."""
    words = dict.fromkeys(_stance([position], cell["column"], row) for position in cell["positions"])
    words |= dict.fromkeys(discussed_in_words(one) for one in cell["discussed"])
    return " | ".join([*words, *_marks(cell)]) or NOT_RECORDED


def with_distinct_sources(matrix: Data) -> Data:
    """Return a matrix for cells without citations: attributions that several sources share have the labels of each."""
    shared = _shared_names(matrix)
    cells = [
        {**cell, "positions": [_with_source(one) if one["attribution"] in shared else one for one in cell["positions"]]}
        for cell in matrix["cells"]
    ]
    return {**matrix, "cells": cells}


def _shared_names(matrix: Data) -> set[str]:
    """Return the attributions under which several sources report, such as two articles of unknown publishers."""
    sources = defaultdict[str, set[str]](set)
    for position in chain.from_iterable(cell["positions"] for cell in matrix["cells"]):
        cited = {citation["source"] for citation in position["citations"]}
        if not cited.union([UNATTRIBUTED]).isdisjoint(position["accounts"]):
            sources[position["attribution"]] |= cited
    return {attribution for attribution, cited in sources.items() if len(cited) > 1}


def _with_source(position: Data) -> Data:
    """Return a position with the labels of its sources in the attribution."""
    labels = ", ".join(source_label(source) for source, _ in by_source(position["citations"]))
    attribution = position["attribution"].removesuffix(INFERRED)
    return {**position, "attribution": f"{attribution}: {labels}"}


def _stance(positions: Sequence[Data], column: Data, row: Data, most: int | None = None) -> str:
    """Return the common stance of some positions with their attributions and the date.

    It names the proposal, shortened, unless the row does: a demand to end aid would otherwise read as a demand for aid.
    """
    first = positions[0]
    title = first["title"] if most is None else short_title(first["title"], most)
    on = f": {title}" if first["title"] != row["title"] else ""
    conditions = conditions_in_cell(first, most)
    on += f", {conditions}" if conditions else ""
    accounts = "; ".join(dict.fromkeys(one["attribution"].removesuffix(INFERRED) for one in positions))
    inferred = [] if first["explicit"] else ["inferred"]
    return f"{stance_in_cell(first, column)}{on} ({', '.join([accounts, marked_date(first), *inferred])})"


def stance_in_cell(position: Data, column: Data, translate: Translate = str) -> str:
    """Return the stance in a column, with the holder and the capacity unless its heading has them."""
    stance = _stance_of_holder(position, column, translate)
    is_own = column["private"] and column["capacity"] == position["capacity"]
    is_in_heading = is_own or column["id"] in (position["on_behalf_of"] or ())
    capacity = "" if is_in_heading else capacity_in_words(position, translate)
    return f"{stance}, {capacity}" if capacity else stance


def _stance_of_holder(position: Data, column: Data, translate: Translate = str) -> str:
    label = translate(position["label"])
    return label if position["party"] == column["id"] else f"{position['party_name']} {label}"


def discussed_in_words(statement: Data, translate: Translate = str) -> str:
    """Return the note on a statement without a position: its attribution and date."""
    return f"{translate(DISCUSSED)} ({statement['attribution']}, {marked_date(statement, translate)})"


def conditions_in_cell(position: Data, most: int | None = MAX_PROPOSAL, translate: Translate = str) -> str:
    """Return the conditions of a position in words, each shortened to `most` characters; "" without conditions."""
    titles = [title if most is None else short_title(title, most) for title in position["condition_titles"]]
    return list_conditions(titles, translate) if titles else ""


def short_title(title: str, most: int = MAX_SHORT_TITLE) -> str:
    """Return a title in at most so many characters, cut at a comma or before an open bracket rather than within."""
    short = shorten(title, most, placeholder="")
    if short == " ".join(title.split()):
        return short
    outside = BRACKET.sub(lambda found: " " * len(found[0]), short)
    ends = (outside.rfind(","), short.rfind("(") if short.count("(") > short.count(")") else -1)
    end = min((end for end in ends if end >= MIN_CLAUSE), default=len(short))
    return UNFINISHED.sub("", short[:end].rstrip()) + CUT


def _marks(cell: Data) -> list[str]:
    differs = [differs_in_words(cell["differs"])] if cell["differs"] else []
    return differs + ["divided"] * cell["divided"]


def _table(matrix: Data, parties: list[dict[str, Any]], first: int, width: int) -> tuple[str, list[str]]:
    """Return the table of some parties and its footnotes, numbered from `first` on."""
    cells, parts, notes = cells_by_place(matrix), parts_of_rows(matrix), list[Data]()
    lines = [["", *map(column_heading, parties)]]
    for row in matrix["rows"]:
        own = [cells[row["id"], party["id"]] for party in parties]
        if first > 1 and not any(cell["positions"] or cell["discussed"] for cell in own):
            continue
        flagged = first == 1 and accounts_differ(row["contrasts"])  # once for each row
        title = "\n".join([PART * (row["id"] in parts) + row["title"], *["accounts differ"] * flagged])
        lines.append([title, *(_cell(cell, row, notes, first) for cell in own)])
    footnotes = [hanging(_footnote(one), width, f"[{number}] ") for number, one in enumerate(notes, first)]
    if len(lines) == 1:
        return hanging(f"{', '.join(map(column_heading, parties))}: {NOTHING}", width, "", 4), footnotes
    cell_width = (width - TITLE_WIDTH) // len(parties) - GAP
    return format_table(lines, [TITLE_WIDTH, *[cell_width] * len(parties)]), footnotes


def _cell(cell: Data, row: Data, notes: list[Data], first: int) -> str:
    """Return the stances in a cell with the numbers of their footnotes, whose records are added to `notes`."""
    groups = [(_stance(group, cell["column"], row, MAX_PROPOSAL), group) for group in by_stance(cell["positions"])]
    groups += [(discussed_in_words(one), [one]) for one in cell["discussed"]]
    stances = []
    for words, group in groups:
        number = first + len(notes)
        stances.append(f"{words} {''.join(f'[{number + place}]' for place in range(len(group)))}")
        notes += group
    return "\n".join([*stances, *_marks(cell)]) or "-"


def _footnote(record: Data) -> str:
    """Return the summary of a position or a statement with its attribution."""
    return f"{record['summary']} ({provenance(record)})"


def column_heading(party: Data, translate: Translate = str) -> str:
    """Return the name of a party, and the capacity if its column has only positions that it took for itself."""
    return f"{party['name']}, {capacity(party, translate)}" if party["private"] else str(party["name"])


def capacity(party: Data, translate: Translate = str) -> str:
    """Return the capacity of a party whose column has only positions that it took for itself."""
    return capacity_in_words({"on_behalf_of": [], "capacity": party["capacity"]}, translate)


def cells_by_place(matrix: Data) -> dict[tuple[str, str], Data]:
    """Return the cells of a matrix by row and party, each with the party as its `column`."""
    columns = {party["id"]: party for party in matrix["parties"]}
    return {(cell["row"], cell["party"]): {**cell, "column": columns[cell["party"]]} for cell in matrix["cells"]}


def reporting_accounts(positions: Iterable[Data]) -> list[str]:
    """Return the accounts that report some positions, each once."""
    return list(dict.fromkeys(account for position in positions for account in position["accounts"]))


def by_stance(positions: Iterable[Data]) -> list[list[Data]]:
    """Group the positions of a cell in which one party has one stance on one proposal and the same qualifiers.

    Stated and inferred ones are kept apart, and those of different dates.
    """
    groups = defaultdict[tuple[Any, ...], list[Data]](list)
    for position in positions:
        same = tuple(position[name] for name in ("party", "proposal", "stance", "explicit"))
        qualified = (capacity_in_words(position), marked_date(position), *sorted(position["conditions"]))
        groups[*same, *qualified].append(position)
    return list(groups.values())
