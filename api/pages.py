"""One page of a list: the records that match, in order, from where the cursor points."""

import base64
import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.database import select
from api.problems import BadQuery
from schemas.faults import Fault
from schemas.layout import columns
from schemas.query import default_sort, parameters, sortable
from schemas.record import Record

LAST = {("text", False): "'~'", ("text", True): "''"}
"""What stands for null in an order, so that null comes last whichever way it runs; ids, dates and terms sort before."""
DIRECTIONS = {False: "asc", True: "desc"}
LAST_NUMBER = {False: "9e99", True: "-9e99"}


@dataclass(frozen=True)
class Page:
    """The rows of a page, how many match in all, and the cursors of the pages after and before it."""

    rows: list[sqlite3.Row]
    total: int
    next: str | None
    previous: str | None


class Key(NamedTuple):
    """One key of an order: the SQL it compares, and whether it runs downwards."""

    sql: str
    down: bool


class Cursor(NamedTuple):
    """A place in an order: the keys of the record beyond which the page lies, as JSON, and on which side of it."""

    at: str
    backwards: bool


def page(record: type[Record], query: Mapping[str, Any]) -> Page:
    """The page of a type's list that a query asks for."""
    index = f"{record.plural}_fts"
    keys = order(record, query)
    cursor = decode(record, query, len(keys))
    bound = {name: value for name, value in query.items() if isinstance(value, str)}
    source = f'"{record.plural}" r' + (f' join "{index}" on "{index}".rowid = r.key' if "q" in query else "")
    where = " and ".join(conditions(record, query)) or "true"
    (total,) = select(f"select count(*) from {source} where {where}", bound)[0]
    backwards = cursor is not None and cursor.backwards
    rows = select(
        f"select r.id, r.revision, r.record, {', '.join(key.sql for key in keys)} from {source}"
        f" where {where} and {beyond(keys, backwards) if cursor else 'true'}"
        f" order by {', '.join(f'{key.sql} {DIRECTIONS[key.down != backwards]}' for key in keys)} limit :page_size",
        {**bound, "page_size": query["limit"] + 1, "at": cursor.at if cursor else None},
    )
    more, rows = len(rows) > query["limit"], rows[: query["limit"]]
    if backwards:
        rows.reverse()
    ends = [list(row)[3:] for row in rows]
    after = encode(record, query, ends[-1], backwards=False) if ends and (more or backwards) else None
    before = encode(record, query, ends[0], backwards=True) if ends and (more if backwards else cursor) else None
    return Page(rows, total, after, before)


def conditions(record: type[Record], query: Mapping[str, Any]) -> Iterator[str]:
    """The SQL of every filter in a query; filters on one list must hold of one and the same row of it."""
    on_links: dict[str, list[str]] = defaultdict(list)
    for name in query:
        metadata = parameters(record).fields[name].metadata
        if metadata.get("where"):
            condition = metadata["where"].replace("{name}", name)
            if metadata.get("link"):
                on_links[metadata["link"]].append(condition)
            else:
                yield condition
    for table, held in on_links.items():
        yield f'exists (select 1 from "{table}" link where link.id = r.id and {" and ".join(held)})'
    if "q" in query:
        yield f'"{record.plural}_fts" match :q'


def order(record: type[Record], query: Mapping[str, Any]) -> list[Key]:
    """The keys of the order that a query asks for, the id last of all, so that no two records are equal."""
    kinds = {column.name: column.type for column in columns(record)}
    asked = query.get("sort") or ([] if "q" in query else [default_sort(record)])
    keys = [] if asked else [Key(f'"{record.plural}_fts".rank', down=False)]
    for name in asked:
        down = name.startswith("-")
        column = sortable(record)[name.removeprefix("-")]
        last = LAST["text", down] if kinds.get(column) == "text" else LAST_NUMBER[down]
        keys.append(Key(f'coalesce(r."{column}", {last})', down))
    return [*keys, Key("r.id", keys[-1].down)]


def beyond(keys: list[Key], backwards: bool) -> str:
    """The SQL that a record lies beyond the cursor: by the first key, or where that is equal, by the next."""
    condition = "false"
    for place, key in reversed(list(enumerate(keys))):
        sign = "<" if key.down != backwards else ">"
        condition = f"({key.sql} {sign} :at ->> {place} or ({key.sql} = :at ->> {place} and {condition}))"
    return condition


def encode(record: type[Record], query: Mapping[str, Any], values: list[Any], *, backwards: bool) -> str:
    """An opaque cursor, good only for this list with this filter and sort."""
    text = json.dumps([digest(record, query), backwards, *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(record: type[Record], query: Mapping[str, Any], keys: int) -> Cursor | None:
    """The place a query's cursor points to, None where it has none; BadQuery where it is not one of this query's."""
    text = query.get("cursor")
    if text is None:
        return None
    try:
        made_for, backwards, *values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        at = json.dumps(values, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        made_for = None
    if made_for == digest(record, query) and len(values) == keys and isinstance(backwards, bool):
        return Cursor(at, backwards)
    raise BadQuery([Fault("/cursor", "Was not made by this list with this filter and sort; start without one.")])


def digest(record: type[Record], query: Mapping[str, Any]) -> str:
    """What the cursor is bound to: the list, its filter and its sort."""
    kept = {name: value for name, value in query.items() if name not in ("cursor", "limit", "fields")}
    return hashlib.sha256(json.dumps([record.plural, kept], sort_keys=True).encode()).hexdigest()[:12]
