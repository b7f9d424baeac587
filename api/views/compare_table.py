"""Tables of a comparison of accounts: CSV rows, and text for a terminal."""

from collections import defaultdict

from api.views import Data, Query, Rows
from api.views.accounts_table import (
    COMMON_SIDES,
    HEADER,
    RULE_LABELS,
    absence,
    basis,
    column_rows,
    common_ground,
    contrast_text,
    entry_text,
    finding_kind,
    merge_findings,
    result_in_words,
)
from api.views.entries import stance_label
from api.views.findings import ALONE
from api.views.text import hanging


def csv_rows(comparison: Data, query: Query) -> Rows:
    """Return a row for each record and each silence, with the result of its issue and the findings on the record."""
    return [
        ["result", "findings", *HEADER],
        *(
            [issue["result"], kinds, *row]
            for issue in comparison["issues"]
            for column in issue["accounts"]
            for kinds, row in zip(_kinds(issue, column), column_rows(issue, {**column, "elsewhere": []}), strict=True)
        ),
    ]


def _kinds(issue: Data, column: Data) -> list[list[str]]:
    """Return the kinds of the findings on each record of an account; of a silence, one empty list."""
    kinds = defaultdict[str, dict[str, None]](dict)
    for finding in issue["findings"]:
        for side in finding["accounts"]:
            for position in side["positions"] if side["account"] == column["account"] else ():
                kinds[position][finding["kind"]] = None
    return [[*kinds[entry["id"]]] if entry["type"] == "positions" else [] for entry in column["records"]] or [[]]


def positions_alone(issue: Data) -> set[str]:
    """Return the positions on an issue that one account alone reports."""
    alone = (finding for finding in issue.get("findings", ()) if finding["kind"] == ALONE)
    return {position for finding in alone for side in finding["accounts"] for position in side["positions"]}


def table_text(comparison: Data, query: Query) -> str:
    """Return the comparison as text: a section for each issue with the result, the accounts and the differences."""
    names = {account["account"]: account["name"] for account in comparison["accounts"]}
    sections = [_section(issue, names, query["width"]) for issue in comparison["issues"]]
    legend = [hanging(rule, query["width"], f"{RULE_LABELS[name]}: ", 4) for name, rule in comparison["rules"].items()]
    return "\n\n".join([hanging(" / ".join(names.values()), query["width"]), *sections, "\n".join(legend)])


def _section(issue: Data, names: dict[str, str], width: int) -> str:
    lines, alone = [hanging(f"{issue['title'].upper()}: {result_in_words(issue)}", width)], positions_alone(issue)
    for column in issue["accounts"]:
        reason = "" if column["records"] else f": {absence(column)}"
        lines.append(hanging(names[column["account"]] + reason, width, "  ", 4))
        for entry in column["records"]:
            mark = f" [{RULE_LABELS[ALONE]}]" if entry["id"] in alone else ""
            lines.append(entry_text(entry, width, mark))
    lines += [
        hanging(_finding_text(finding, names), width, "  ", 4)
        for finding in merge_findings(issue["findings"])
        if finding["kind"] != ALONE
    ]
    lines += [hanging(contrast_text(contrast), width, "  Difference: ", 4) for contrast in issue["contrasts"]]
    return "\n".join(lines)


def _finding_text(finding: Data, names: dict[str, str]) -> str:
    """Return a finding in words."""
    kind = finding_kind(finding)
    if finding["kind"] == "side":
        return f"{kind}: {finding['name']}, {common_ground(finding, names)}"
    sides = [
        f"{names[side['account']]}: {', '.join(map(stance_label, side['stances']))} ({', '.join(basis(side))})"
        for side in finding["accounts"]
    ]
    on = f", on the proposal “{finding['title']}”" if finding["title"] else ""
    side = f", {COMMON_SIDES[finding['side']]}" if finding["side"] else ""
    return f"{kind}: {finding['name']}{on}{side}: {'; '.join(sides)}"
