"""The matrix as a picture: a table if the parties fit next to each other, otherwise a list of parties for each row."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.lists.conditions import list_conditions
from api.pages.messages import declared, gettext, ngettext
from api.pages.pictures.canvas import BlockText, Canvas, chip_width
from api.pages.values import SIDE_SYMBOLS, record_date
from api.views.contrasts import accounts_differ
from api.views.matrix_table import (
    MAX_PROPOSAL,
    NOTED,
    by_stance,
    cells_by_place,
    column_heading,
    discussed_in_words,
    left_out_note,
    parts_of_rows,
    short_title,
    stance_in_cell,
    with_distinct_sources,
)
from api.views.position import DIFFER
from api.views.text import differs_in_words
from schemas.derived import INFERRED
from schemas.vocabularies import EVENT_STATUSES

MAX_ROWS = 30
MAX_PARTIES = 12
MAX_SCHEDULED = 20
MAX_STANCES = 8
"""Maximum number of stances of a cell."""
MAX_ACCOUNTS = 8
"""Maximum number of attributions of a stance."""
MIN_COLUMN, GOOD_COLUMN = 138.0, 170.0
"""The least width of a party's column, and the width above which the titles get the room."""
MIN_TITLE, MAX_TITLE = 150.0, 240.0
MAX_CONDITIONS = 6
"""Maximum number of conditions of a stance."""
STANCE_COLUMN = 170.0
"""The least width of a stance next to another of the same cell, where parties are a list."""
GAP = 10.0
INDENT = 14.0
Data = dict[str, Any]
Cells = dict[tuple[str, str], Data]


def draw_matrix(canvas: Canvas, data: Data) -> None:
    """Draw a matrix on a canvas."""
    parts = parts_of_rows(data)
    rows = [{**row, "is_part": row["id"] in parts} for row in data["rows"][:MAX_ROWS]]
    shown = {**data, "rows": rows, "parties": data["parties"][:MAX_PARTIES]}
    if shown["rows"] and shown["parties"]:
        _draw_legend(canvas)
        is_table = (canvas.inner - MIN_TITLE) / len(shown["parties"]) >= MIN_COLUMN
        (_draw_table if is_table else _draw_list)(canvas, shown, cells_by_place(with_distinct_sources(data)))
    else:
        canvas.paragraph(gettext("No position is recorded, or none that matches the filters."), "text")
    if data["scheduled"]:
        _draw_scheduled(canvas, data["scheduled"])
    if data["left_out"]:
        titles = ", ".join(issue["title"] for issue in data["left_out"])
        canvas.notes.append(f"{declared(left_out_note(data))} {titles}.")
    if any(row["without_position"] or row["events"] for row in shown["rows"]):
        canvas.notes.append(
            gettext("Proposals without a position, and events that concern none, are at the address below.")
        )
    if any(accounts_differ(row["contrasts"]) for row in shown["rows"]):
        canvas.notes.append(declared(NOTED))
    if any(cell["differs"] for cell in data["cells"]):
        canvas.notes.append(declared(DIFFER))
    if any(row["contrasts"] for row in shown["rows"]):
        canvas.notes.append(gettext("What the editors noted on differences between accounts is at the address below."))
    canvas.notes += _truncation_notes(data, len(canvas.footnotes_left_out))


def _truncation_notes(data: Data, inferences: int) -> Iterator[str]:
    """Yield how much is not shown, if any."""
    if (rows := len(data["rows"]) - MAX_ROWS) > 0:
        yield ngettext("%(num)s more row not shown.", "%(num)s more rows not shown.", rows)
    if (parties := len(data["parties"]) - MAX_PARTIES) > 0:
        yield ngettext("%(num)s more party not shown.", "%(num)s more parties not shown.", parties)
    if (events := len(data["scheduled"]) - MAX_SCHEDULED) > 0:
        yield ngettext("%(num)s more scheduled event not shown.", "%(num)s more scheduled events not shown.", events)
    if inferences:
        one = "%(num)s more inference is at the address below."
        yield ngettext(one, "%(num)s more inferences are at the address below.", inferences)


def _draw_table(canvas: Canvas, data: Data, cells: Cells) -> None:
    parties = data["parties"]
    heading = "row" if data["row_type"] == "issue" else "text"
    title = max(MIN_TITLE, min(MAX_TITLE, canvas.inner - GOOD_COLUMN * len(parties)))
    width = (canvas.inner - title) / len(parties)
    places = {party["id"]: canvas.left + title + width * place for place, party in enumerate(parties)}
    canvas.y = max(
        canvas.text(column_heading(party, declared), "column", places[party["id"]], canvas.y, width - GAP)
        for party in parties
    )
    canvas.rule(canvas.left, canvas.y + 6, canvas.inner, "edge")
    canvas.y += 8
    for row in data["rows"]:
        top = canvas.y + 11
        indent = INDENT if row["is_part"] else 0
        style = "text" if row["is_part"] else heading
        bottoms = [_draw_row_title(canvas, row, style, (canvas.left + indent, top, title - GAP - indent))]
        for party in parties:
            cell = cells[row["id"], party["id"]]
            bottoms.append(_draw_cell(canvas, row, cell, places[party["id"]], top, width))
        canvas.y = max(bottoms) + 11
        canvas.rule(canvas.left, canvas.y, canvas.inner)


def _draw_row_title(canvas: Canvas, row: Data, style: str, place: tuple[float, float, float]) -> float:
    """Draw the title of a row, and whether accounts differ on it as noted by the editors, which no cell may show."""
    x, y, width = place
    y = canvas.text(row["title"], style, x, y, width)
    return (
        canvas.text(f"≠ {gettext('accounts differ')}", "mark", x, y + 2, width)
        if accounts_differ(row["contrasts"])
        else y
    )


def _draw_list(canvas: Canvas, data: Data, cells: Cells) -> None:
    parties = data["parties"]
    title = min(MIN_TITLE, canvas.inner * 0.34)
    for row in data["rows"]:
        canvas.rule(canvas.left, canvas.y, canvas.inner, "thin-edge")
        canvas.y = _draw_row_title(canvas, row, "row", (canvas.left, canvas.y + 7, canvas.inner)) + 8
        own = {party["id"]: cells[row["id"], party["id"]] for party in parties}
        silent = [party for party in parties if not (own[party["id"]]["positions"] or own[party["id"]]["discussed"])]
        for party in parties:
            cell = cells[row["id"], party["id"]]
            if party not in silent:
                name = canvas.text(column_heading(party, declared), "name", canvas.left, canvas.y, title - GAP)
                stances = _draw_cell(canvas, row, cell, canvas.left + title, canvas.y, canvas.inner - title)
                canvas.y = max(name, stances) + 10
        if silent:
            names = ", ".join(column_heading(party, declared) for party in silent)
            canvas.paragraph(f"{gettext('Not recorded:')} {names}", "small")
        canvas.y += 12


def _draw_cell(canvas: Canvas, row: Data, cell: Data, x: float, y: float, width: float) -> float:
    """Draw the stances of a cell, each with its attribution, and in what the accounts differ."""
    with canvas.group(f"{row['id']}--{cell['party']}"):
        groups, room = by_stance(cell["positions"]), width - GAP
        columns = max(1, int(width // STANCE_COLUMN))
        for start in range(0, min(len(groups), MAX_STANCES), columns):
            line = groups[start : min(start + columns, MAX_STANCES)]
            places = [x + place * width / columns for place in range(len(line))]
            y = max(
                _draw_stance(canvas, group, cell["column"], row, (left, y, width / columns - GAP))
                for left, group in zip(places, line, strict=True)
            )
        if (left_out := len(groups) - MAX_STANCES) > 0:
            text = ngettext("%(num)s more stance not shown", "%(num)s more stances not shown", left_out)
            y = canvas.text(text, "small", x, y, room) + 4
        if cell["differs"]:
            y = canvas.text(f"≠ {differs_in_words(cell['differs'], declared)}", "mark", x, y - 2, room) + 4
        if cell["divided"]:
            y = canvas.text(gettext("divided"), "mark", x, y - 2, room) + 4
        for statement in cell["discussed"]:
            words = discussed_in_words(statement, declared)
            y = canvas.text(words, "small", x, y + 2, room) + 4
        if not groups and not cell["discussed"]:
            y = canvas.text(gettext("not recorded"), "small", x, y + 2, room)
    return y


def _draw_stance(
    canvas: Canvas, positions: list[Data], column: Data, row: Data, place: tuple[float, float, float]
) -> float:
    """Draw a stance in the cell of a party, the proposal that it is on unless the row names it, and its attribution."""
    first, inferred = positions[0], not positions[0]["explicit"]
    stance = f"{SIDE_SYMBOLS[first['side']]} {stance_in_cell(first, column, declared)}"
    if inferred:
        stance = f"{stance}, {gettext('inferred')} {_footnotes(canvas, positions)}".rstrip()
    texts = [
        BlockText(stance, f"stance-{first['side']}"),
        *([BlockText(short_title(first["title"], MAX_PROPOSAL), "what")] if first["title"] != row["title"] else []),
        *(BlockText(words, "what") for words in _conditions(first["condition_titles"])),
        BlockText(f"{_attributions(positions)}, {record_date(first)}", "small"),
    ]
    return canvas.block(texts, first["side"], *place, inferred=inferred) + 7


def _footnotes(canvas: Canvas, positions: list[Data]) -> str:
    """Add a footnote on what is inferred of each position, and on whose account. Return their marks."""
    notes = (
        gettext("Inferred (account: %(account)s): %(inference)s.", account=account, inference=one["inference"])
        for one in positions
        for account in [one["attribution"].removesuffix(INFERRED)]
    )
    return "".join(dict.fromkeys(map(canvas.footnote, notes)))


def _conditions(titles: Sequence[str]) -> Iterator[str]:
    """Yield the conditions of a stance, their titles shortened, and how many more there are."""
    shown = [short_title(title, MAX_PROPOSAL) for title in titles[:MAX_CONDITIONS]]
    if shown:
        yield list_conditions(shown, declared)
    if (left_out := len(titles) - MAX_CONDITIONS) > 0:
        yield ngettext("%(num)s more condition", "%(num)s more conditions", left_out)


def _attributions(positions: list[Data]) -> str:
    """Return the attributions of some positions, each once."""
    names = list(dict.fromkeys(position["attribution"].removesuffix(INFERRED) for position in positions))
    left_out = len(names) - MAX_ACCOUNTS
    more = [ngettext("%(num)s more account", "%(num)s more accounts", left_out)] if left_out > 0 else []
    return "; ".join([*names[:MAX_ACCOUNTS], *more])


def _draw_scheduled(canvas: Canvas, events: list[Data]) -> None:
    """Draw the events to come, each with its attribution."""
    canvas.paragraph(gettext("Scheduled or planned"), "row", gap=14)
    for event in events[:MAX_SCHEDULED]:
        canvas.paragraph(event["title"], "text", gap=6)
        status = declared(EVENT_STATUSES.terms[event["status"]].label)
        words = (record_date(event), status, event["attribution"])
        canvas.paragraph(", ".join(words), "small")


def _draw_legend(canvas: Canvas) -> None:
    """Draw what the symbols mean."""
    x, y = canvas.left, canvas.y + 18
    for side in SIDE_SYMBOLS:
        label = declared(side)
        canvas.chip(label, side, x, y, canvas.inner)
        x += chip_width(label, side) + GAP
    canvas.y = y + 24
    canvas.paragraph(
        gettext(
            "The sign says whether the party is for or against the proposal named with it. It says nothing about the"
            " issue. The attribution is below it. Dashed: the party, the stance or the proposal is inferred, by the"
            " editors or by whoever gives the account. “Not recorded” is not a position."
        ),
        "about",
        gap=6,
    )
    canvas.y += 10
