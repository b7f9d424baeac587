"""Tables of the accounts of an event: CSV rows, and text for a terminal."""

from typing import Any

from api.lists.text_table import format_table
from api.views import Data, Query, Rows

WIDTH = 120
ACCOUNTS_PER_TABLE = 5
GAP = 2
HEADER = ["topic", "account", "silent", "statement", "speaker", "quote", "summary", "source", "paragraph"]


def csv_rows(accounts: Data, query: Query) -> Rows:
    """Return a row for each statement, and one for each silence."""
    topics = ((topic, account) for topic in accounts["topics"] for account in topic["accounts"])
    return [HEADER, *(row for topic, account in topics for row in _rows(topic, account))]


def table_text(accounts: Data) -> str:
    """Return the accounts as text of at most 120 columns, as many accounts side by side as fit."""
    names = accounts["accounts"]
    tables = [
        _table(accounts, names[start : start + ACCOUNTS_PER_TABLE])
        for start in range(0, len(names), ACCOUNTS_PER_TABLE)
    ]
    contrasts = [
        f"{' / '.join(contrast['statements'])}: {contrast['note']}"
        for topic in accounts["topics"]
        for contrast in topic["contrasts"]
    ]
    notes = ["Contrasts", *contrasts] if contrasts else []
    return "\n\n".join([accounts["title"], *tables, *notes, f"-  {accounts['silence']}"])


def _rows(topic: Data, account: Data) -> Rows:
    prefix = [topic["topic"], account["account"], account["silent"]]
    if account["silent"]:
        return [[*prefix, *[None] * (len(HEADER) - len(prefix))]]
    return [
        [
            *prefix,
            *(statement[name] for name in ("statement", "speaker", "quote", "summary")),
            *([citation[name] for citation in statement["citations"]] for name in ("source", "paragraph")),
        ]
        for statement in account["statements"]
    ]


def _table(accounts: Data, names: list[str]) -> str:
    topic_width = max((len(topic["topic"]) for topic in accounts["topics"]), default=0)
    width = (WIDTH - topic_width) // len(names) - GAP
    with_source = len(_sources(accounts)) > 1
    lines = [["", *names]]
    for topic in accounts["topics"]:
        row = (_cell(account, with_source) for account in topic["accounts"] if account["account"] in names)
        lines.append([topic["topic"], *row])
    return format_table(lines, [topic_width, *[width] * len(names)])


def _sources(accounts: Data) -> set[str]:
    """Return the sources cited."""
    rows = (account for topic in accounts["topics"] for account in topic["accounts"])
    statements = (statement for account in rows for statement in account["statements"])
    return {citation["source"] for statement in statements for citation in statement["citations"]}


def _cell(account: Data, with_source: bool) -> str:
    if account["silent"]:
        return "-"
    return "\n".join(_words(statement, with_source) for statement in account["statements"])


def _words(statement: dict[str, Any], with_source: bool) -> str:
    """Return the quote or the summary, the speaker and the paragraphs, with the source if there are several."""
    paragraphs = ", ".join(str(citation["paragraph"]) for citation in statement["citations"])
    source = f"{statement['citations'][0]['source']} " if with_source else ""
    words = f"“{statement['quote']}”" if statement["quote"] else statement["summary"]
    return f"{words} ({statement['speaker']}, {source}¶ {paragraphs})"
