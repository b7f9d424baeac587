"""Reports of one position or one statement by several sources, shown as one fact with each attribution."""

import json
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from api.database import select
from api.lists.entry_details import with_ids
from schemas.word_forms import search_key

Fact = dict[str, Any]
Key = tuple[Hashable, ...]
Contents = Mapping[tuple[str, str], tuple[str, str]]
"""What positions and statements say, by type and id."""


def _sorted(table: str, column: str) -> str:
    """Return the SQL of a JSON array of what a list of a record `r` refers to, in order."""
    return f"(select json_group_array({column}) from (select {column} from {table} l where l.id = r.id order by 1))"


CONTENTS = {
    "positions": "select id, null quote, json_array(party, proposal, stance, explicit, capacity,"
    f" record -> '$.on_behalf_of', {_sorted('positions_conditions', 'proposal')}) content"
    " from positions r where id in (select value from json_each(:ids))",
    "statements": f"select id, json_array({_sorted('statements_speakers', 'party')},"
    f" {_sorted('statements_issues', 'issue')}, {_sorted('statements_proposals', 'proposal')}) content, quote"
    " from statements r where quote is not null and id in (select value from json_each(:ids))",
}
"""For each type, a SELECT of what two records have in common if they report the same.

A position is one party's stance on one proposal in one capacity on the same conditions; a statement, the same words of
the same speakers on the same matter. Whether two paraphrases restate the same words, or two events are one, no record
says.
"""


def merge_reports(facts: Iterable[Fact]) -> list[Fact]:
    """Return entries of the timeline in which each position and statement of one date stands once.

    `reports` of a record, or of an entry, has the further reports of it by other sources. A fact that is
    reported both at an event and without one stands under the event.
    """
    facts = with_ids(facts)
    contents = _contents([record for fact in facts for record in (fact, *fact["records"])])
    facts = [{**fact, "reports": [], "records": _merge(fact["records"], contents)} for fact in facts]
    nested = {key: record for fact in facts for record in fact["records"] if (key := _key(record, contents))}
    return _merge(facts, contents, nested)


def _merge(records: Iterable[Fact], contents: Contents, seen: Mapping[Key, Fact] | None = None) -> list[Fact]:
    """Return the first report of each fact, with those by other sources in its `reports`."""
    merged, first = list[Fact](), dict(seen or {})
    for record in ({"reports": [], **record} for record in records):
        key = _key(record, contents)
        if key and key in first and _is_by_other_source(record, first[key]):
            first[key]["reports"].append(record)
        else:
            merged.append(record)
            if key:
                first.setdefault(key, record)
    return merged


def _is_by_other_source(record: Fact, first: Fact) -> bool:
    """Return whether a record is from a source other than those of the reports found so far."""
    sources = {one["citations"][0]["source"] for one in (first, *first["reports"])}
    return record["citations"][0]["source"] not in sources


def _key(record: Fact, contents: Contents) -> Key | None:
    content = contents.get((record["type"], record["record"]))
    if not content or not record["date"]:
        return None
    return (record["type"], record["date"], record["date_basis"] == "stated", content)


def _contents(records: Iterable[Fact]) -> Contents:
    """Return what each position and each statement says, by type and id."""
    ids: dict[str, list[str]] = {plural: [] for plural in CONTENTS}
    for record in records:
        if record["type"] in ids:
            ids[record["type"]].append(record["record"])
    return {
        (plural, row["id"]): (row["content"], search_key(row["quote"] or ""))
        for plural, statement in CONTENTS.items()
        if ids[plural]
        for row in select(statement, {"ids": json.dumps(ids[plural])})
    }
