"""The accounts of an issue or an event as a picture: as many accounts next to each other as fit."""

from typing import Any

from api.lists.qualifiers import qualifiers_in_words
from api.lists.record_nouns import record_noun
from api.lists.state_labels import state_label
from api.pages.cards import term_badge
from api.pages.messages import declared, gettext, ngettext
from api.pages.pictures.canvas import Canvas
from api.pages.values import record_date, words
from api.views.accounts_table import absences, contrast_text
from api.views.entries import is_certainly_silent
from api.views.text import cite, inferred_in_words
from schemas.derived import INFERRED

MAX_ISSUES = 8
MAX_ACCOUNTS = 12
MAX_RECORDS = 12
"""Maximum number of records of an account on an issue."""
MIN_COLUMN = 210.0
MAX_COLUMNS = 4
GAP = 26.0
Data = dict[str, Any]


def draw_accounts(canvas: Canvas, data: Data) -> None:
    """Draw the accounts of an issue or an event on a canvas."""
    names = {account["account"]: account["name"] for account in data["accounts"]}
    for issue in data["issues"][:MAX_ISSUES]:
        if len(data["issues"]) > 1 or issue["title"] != data["title"]:
            canvas.rule(canvas.left, canvas.y, canvas.inner, "edge")
            canvas.paragraph(issue["title"], "column", gap=9)
            canvas.y += 10
        _draw_issue(canvas, issue, names)
    if not data["accounts"]:
        canvas.paragraph(gettext("No account is recorded."), "text")
    if (left_out := len(data["issues"]) - MAX_ISSUES) > 0:
        canvas.notes.append(ngettext("%(num)s more issue not shown.", "%(num)s more issues not shown.", left_out))
    canvas.notes.append(declared(data["silence"]))


def _draw_issue(canvas: Canvas, issue: Data, names: dict[str, str]) -> None:
    speaking = [column for column in issue["accounts"] if column["records"] or column["elsewhere"]]
    count = int(max(1, min(MAX_COLUMNS, (canvas.inner + GAP) // (MIN_COLUMN + GAP))))
    count = min(count, max(1, len(speaking)))
    width = (canvas.inner + GAP) / count - GAP
    bottoms = [canvas.y] * count
    for column in speaking[:MAX_ACCOUNTS]:
        place = bottoms.index(min(bottoms))
        x = canvas.left + place * (width + GAP)
        with canvas.group(f"{issue['issue']}--{column['account']}"):
            bottoms[place] = _draw_account(canvas, column, names, (x, bottoms[place], width)) + 14
    canvas.y = max(bottoms)
    if (left_out := len(speaking) - MAX_ACCOUNTS) > 0:
        one, several = "%(num)s more account on this issue not shown.", "%(num)s more accounts on this issue not shown."
        canvas.paragraph(ngettext(one, several, left_out), "small")
    for why, listed in absences(issue, names, declared).items():
        canvas.paragraph(f"{', '.join(listed)}: {why}", "small", gap=2)
    silent = [names[column["account"]] for column in issue["accounts"] if is_certainly_silent(column)]
    if silent:
        canvas.paragraph(f"{gettext('No record on the account of:')} {', '.join(silent)}", "small", gap=2)
    for contrast in issue["contrasts"]:
        _draw_contrast(canvas, contrast)
    canvas.y += 16


def _draw_account(canvas: Canvas, column: Data, names: dict[str, str], place: tuple[float, float, float]) -> float:
    """Draw what one account says on an issue."""
    x, y, width = place
    canvas.rule(x, y, width, "thin-edge")
    y = canvas.text(names[column["account"]], "name", x, y + 6, width) + 4
    for title, records in (("", column["records"]), (gettext("Elsewhere: not about the event"), column["elsewhere"])):
        if title and records:
            y = canvas.text(title, "small", x, y, width) + 4
        for record in records[:MAX_RECORDS]:
            y = _draw_record(canvas, record, (x, y, width)) + 12
        if (left_out := len(records) - MAX_RECORDS) > 0:
            one, several = (
                "%(num)s more record of this account not shown",
                "%(num)s more records of this account not shown",
            )
            y = canvas.text(ngettext(one, several, left_out), "small", x, y, width) + 4
    return y


def _draw_record(canvas: Canvas, record: Data, place: tuple[float, float, float]) -> float:
    """Draw a record: its quote or its stance, its text, status or stage, attribution, date and citations."""
    x, y, width = place
    if record["quote"]:
        y = canvas.text(f"“{record['quote']}”", "quote", x, y, width) + 2
    if record["stance"]:
        badge = term_badge("stances", record["stance"])
        side = str(badge.side)
        y = canvas.chip(badge.value.text, side, x, y, width, inferred=not record["explicit"]) + 3
    y = canvas.text(record["text"], "text", x, y, width)
    state = state_label(record["type"], record["status"] or record["stage"])
    kind = ", ".join([declared(words(record_noun(record))), *([declared(state)] if state else [])])
    attribution = record["attribution"].removesuffix(INFERRED)
    whose = ", ".join([attribution, record_date(record), cite(record["citations"])])
    whose += qualifiers_in_words(record, declared) + inferred_in_words(record, declared)
    return canvas.text(f"{kind} · {whose}", "small", x, y + 2, width)


def _draw_contrast(canvas: Canvas, contrast: Data) -> None:
    """Draw a difference between accounts, as an editor noted it."""
    top = canvas.y + 8
    text = f"≠ {contrast_text(contrast)}"
    canvas.y = canvas.text(text, "text", canvas.left + 14, top, canvas.inner - 14)
    canvas.rule(canvas.left + 1.5, top, 0, "differ", canvas.y - top)
