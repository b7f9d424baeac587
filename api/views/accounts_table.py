"""Tables of accounts: CSV rows, and text for a terminal."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from api.lists.conditions import list_conditions
from api.lists.readable_date import Translate
from api.views import Data, Query, Rows
from api.views.contrasts import have_common_issue
from api.views.entries import entry_kind, is_certainly_silent, stance_label
from api.views.position import DIFFERENCES
from api.views.text import cite, hanging, provenance
from schemas.derived import INFERRED
from schemas.fields import UNATTRIBUTED, UNATTRIBUTED_NAME

INDENT = 4
RESULT_LABELS = {
    "same": "same",
    "same_in_part": "same in part",
    "different": "accounts differ",
    "only_one": "only one account",
    "undetermined": "cannot be compared",
}
"""The results of comparing accounts, in words: accounts that differ need not contradict each other."""
FINDING_KINDS = {
    "same": "Alike",
    "side": "Same side",
    "variants": "Alike",
    "stance": "Different stances",
    "conditions": "Different conditions",
    "proposals": "Different stances",
    "alone": "Not on the other accounts",
}
"""Labels of the kinds of findings."""
ONE_SIDE = "Same side, different stances"
"""The label of a finding of different stances on similar proposals that are on the same side."""
RULE_LABELS = {**RESULT_LABELS, "alone": "not on the other accounts"}
"""The names of the rules of comparing, in words."""
COMMON_SIDES = {
    "for": "in favour",
    "qualified": "with reservations",
    "open": "neither for nor against",
    "against": "against",
}
"""What accounts have in common that report other stances or proposals, by the side of them all."""
ELSEWHERE = "[elsewhere]"
ELSEWHERE_NOTE = f"{ELSEWHERE} marks what is not about the requested event."
CSV_STATES = ("stance", "proposal", "conditions", "condition_titles", "status", "stage", "explicit", "inference")
CSV_FIELDS = ("type", "id", "text", "quote", "parties", *CSV_STATES)
CSV_DATES = ("date", "date_basis", "date_earliest", "date_latest", "attribution")
HEADER = ["issue", "title", "account", "silent", "only_on", "elsewhere", *CSV_FIELDS, *CSV_DATES, "source", "paragraph"]


def csv_rows(accounts: Data, query: Query) -> Rows:
    """Return a row for each record, and one for each silence."""
    return [
        HEADER,
        *(row for issue in accounts["issues"] for column in issue["accounts"] for row in column_rows(issue, column)),
    ]


def column_rows(issue: Data, column: Data) -> Rows:
    """Return a row for each record of an account on an issue, or one for its silence."""
    only_on = [part["issue"] for part in column["only_on"]]
    start = [issue["issue"], issue["title"], column["account"], column["silent"], only_on]
    entries = [(False, entry) for entry in column["records"]] + [(True, entry) for entry in column["elsewhere"]]
    return [[*start, elsewhere, *_cells(entry)] for elsewhere, entry in entries] or [
        [*start, *[None] * (len(HEADER) - len(start))]
    ]


def table_text(accounts: Data, query: Query) -> str:
    """Return the accounts as text: a section for each issue, a paragraph for each record."""
    width = query["width"]
    names = {account["account"]: account["name"] for account in accounts["accounts"]}
    sections = [section_text(issue, names, width) for issue in accounts["issues"]]
    notes = [accounts["silence"]]
    if any(column["elsewhere"] for issue in accounts["issues"] for column in issue["accounts"]):
        notes.append(ELSEWHERE_NOTE)
    return "\n\n".join([hanging(accounts["title"], width), *sections, hanging(" ".join(notes), width)])


def section_text(issue: Data, names: dict[str, str], width: int) -> str:
    """Return what every account says on one issue."""
    lines = [hanging(issue["title"].upper(), width)]
    for column in issue["accounts"]:
        entries = [(entry, "") for entry in column["records"]]
        entries += [(entry, f" {ELSEWHERE}") for entry in column["elsewhere"]]
        if entries:
            lines.append(hanging(names[column["account"]], width, "  "))
            lines += [entry_text(entry, width, mark) for entry, mark in entries]
    lines += [
        hanging(f"{', '.join(names)}: {why}", width, "  ", INDENT) for why, names in absences(issue, names).items()
    ]
    silent = [names[column["account"]] for column in issue["accounts"] if is_certainly_silent(column)]
    if silent:
        lines.append(hanging(", ".join(silent), width, "  No record on the account of: ", INDENT))
    for contrast in issue["contrasts"]:
        lines.append(hanging(contrast_text(contrast), width, "  Difference: ", INDENT))
    return "\n".join(lines)


def result_in_words(issue: Data, translate: Translate = str) -> str:
    """Return the result of comparing accounts on an issue."""
    label = translate(RESULT_LABELS[issue["result"]])
    return label if issue["explicit"] else f"{label} ({translate('inferred')})"


def absences(issue: Data, names: dict[str, str], translate: Translate = str) -> dict[str, list[str]]:
    """Return the names of the accounts without a record that are not just silent, by the reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for column in issue["accounts"]:
        is_named = column["account"] != UNATTRIBUTED
        if is_named and not (column["records"] or column.get("elsewhere") or is_certainly_silent(column)):
            reasons[absence(column, translate)].append(names[column["account"]])
    return reasons


def absence(column: Data, translate: Translate = str) -> str:
    """Return why an account has no record under an issue."""
    if column["only_on"]:
        parts = ", ".join(part["title"] for part in column["only_on"])
        return translate("only on a part of it, {parts}").format(parts=parts)
    if column["quoted_by"]:
        others = ", ".join(other["name"] for other in column["quoted_by"])
        return translate("only as reported by others ({accounts})").format(accounts=others)
    if column["unplaced"]:
        attributions = (one["attribution"].removesuffix(f"; {UNATTRIBUTED_NAME}") for one in column["unplaced"])
        words = "; ".join(dict.fromkeys(attributions))
        detail = translate("no record; they may have reported these words, as nobody is named who did: {words}")
        return detail.format(words=words)
    return translate("no record") if column["silent"] else translate("no record that matches the filters")


def entry_text(entry: Data, width: int, mark: str = "", depth: int = INDENT) -> str:
    """Return one record as a paragraph: its words, stance, date and paragraph."""
    words = f"“{entry['quote']}” — {entry['text']}" if entry["quote"] else entry["text"]
    inferred = "" if entry["explicit"] else INFERRED
    prefix = " " * depth + f"{entry_kind(entry)}{inferred}: "
    place = provenance(entry)
    return hanging(f"{words} ({place}){mark}", width, prefix, depth + 2)


def merge_findings(findings: Sequence[Data]) -> list[Data]:
    """Return findings with those of kind `side` and `proposals` on the same positions as one, which has the side.

    The two follow from different rules: reports of other stances on similar proposals are on one side, and differ.
    """
    sides = [one for one in findings if one["kind"] == "side"]
    differences = [one for one in findings if one["kind"] == "proposals"]
    pairs = [(one, other) for one in sides for other in differences if one["accounts"] == other["accounts"]]
    merged = {id(other): {**other, "side": one["side"]} for one, other in pairs}
    dropped = {id(one) for one, _ in pairs}
    return [merged.get(id(one), one) for one in findings if id(one) not in dropped]


def finding_kind(finding: Data, translate: Translate = str) -> str:
    """Return the kind of a finding in words, and that it is about different proposals if it is."""
    is_on_one_side = finding["kind"] == "proposals" and finding["side"]
    kind = translate(ONE_SIDE if is_on_one_side else FINDING_KINDS[finding["kind"]])
    return kind if finding["proposal"] else f"{kind} {translate(DIFFERENCES['proposals'])}"


def common_ground(finding: Data, names: dict[str, str]) -> str:
    """Return the side and stances that accounts have in common in a finding, and the accounts."""
    who = [", ".join([names[side["account"]], *basis(side)]) for side in finding["accounts"]]
    return f"{common_stance(finding)} ({'; '.join(who)})"


def common_stance(finding: Data, translate: Translate = str) -> str:
    """Return the side and stances that accounts have in common in a finding."""
    sides = finding["accounts"]
    shared = [stance for stance in sides[0]["stances"] if all(stance in side["stances"] for side in sides)]
    stances = f": {', '.join(translate(stance_label(stance)) for stance in shared)}" if shared else ""
    return f"{common_side(finding, translate)}{stances}"


def common_side(finding: Data, translate: Translate = str) -> str:
    """Return the side that accounts have in common in a finding."""
    return translate(COMMON_SIDES[finding["side"]])


def basis(side: Data) -> list[str]:
    """Return the basis of a party's position on an account: whether it is inferred, paragraphs, and conditions."""
    inferred = [] if side["explicit"] else ["inferred"]
    conditions = [list_conditions(side["condition_titles"])] if side["condition_titles"] else []
    return [*inferred, cite(side["citations"]), *conditions]


def contrast_text(contrast: Data) -> str:
    """Return a contrast with the attribution of each statement, and with the issues of each if they share none."""
    words = (
        f"{attribution} ({cite(citations)})"
        for attribution, citations in zip(contrast["attributions"], contrast["citations"], strict=True)
    )
    text = f"{' / '.join(words)}: {contrast['note']}"
    if have_common_issue(contrast):
        return text
    sides = (", ".join(issue["title"] for issue in issues) for issues in contrast["issues"])
    return f"{text} [on different issues: {' / '.join(sides)}]"


def _cells(entry: Data) -> list[Any]:
    return [
        *(entry[name] for name in CSV_FIELDS),
        *(entry[name] for name in CSV_DATES),
        *([citation[name] for citation in entry["citations"]] for name in ("source", "paragraph")),
    ]
