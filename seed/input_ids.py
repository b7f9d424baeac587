"""The ids of the records in the input, to which a reference may point."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from schemas import RECORDS
from schemas.fields import MAX_INTEGER

ALIASED = {plural for plural, record in RECORDS.items() if "aliases" in record.declared()}
"""Types whose records have other names."""
MAX_NAMES = 100
"""Number of names of a record that are compared for a suggestion."""
CONTEXT = -1
"""The ordinal number of records that are not validated themselves."""
CACHE_KIB = 16 * 1024
"""Memory, in KiB, beyond which the ids are moved to disk; any request needs less."""
TABLE = """
create table input (
    type text, id text, ordinal integer, bundle text, paragraphs integer, names text, primary key (type, id)
) without rowid
"""


class InputRecord(NamedTuple):
    """A record in the input: its ordinal number, or CONTEXT, its bundle, and the paragraphs of a source."""

    ordinal: int
    bundle: str
    paragraphs: int | None


class InputIds:
    """Every well-formed id in the input, in a temporary database that SQLite moves to disk when it grows."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect("", isolation_level=None)
        self.connection.execute("pragma journal_mode = off")
        self.connection.execute(f"pragma cache_size = -{CACHE_KIB}")
        self.connection.execute(TABLE)

    def close(self) -> None:
        """Delete the temporary database."""
        self.connection.close()

    def add(self, items: Iterable[Any], is_context: bool = False) -> None:
        """Add the ids of items, unless an earlier one has the same."""
        rows = (
            (
                item.entry.plural,
                item.entry.id,
                CONTEXT if is_context else item.ordinal,
                item.source,
                _paragraphs(item.entry.data),
                _names(item.entry.plural, item.entry.data),
            )
            for item in items
            if item.entry.id
        )
        self.connection.executemany("insert or ignore into input values (?, ?, ?, ?, ?, ?)", rows)

    def find(self, plural: str, ids: Collection[str]) -> dict[str, InputRecord]:
        """Return those of some ids that are in the input."""
        select = "select id, ordinal, bundle, paragraphs from input where type = ?"
        condition = "and id in (select value from json_each(?))"
        rows = self.connection.execute(f"{select} {condition}", [plural, json.dumps(list(ids))])
        return {id: InputRecord(*row) for id, *row in rows}

    def sample(self, plural: str, limit: int) -> list[str]:
        """Return some ids to suggest."""
        select = "select id from input where type = ? order by id limit ?"
        return [id for (id,) in self.connection.execute(select, [plural, limit])]

    def names(self, plural: str, limit: int) -> Iterator[tuple[str, list[str]]]:
        """Yield the id and names of some records of a type with aliases."""
        select = "select id, names from input where type = ? and names is not null order by id limit ?"
        for id, names in self.connection.execute(select, [plural, limit]):
            yield id, json.loads(names)


def _paragraphs(data: dict[str, Any]) -> int | None:
    paragraphs = data.get("paragraphs")
    return paragraphs if type(paragraphs) is int and 0 < paragraphs <= MAX_INTEGER else None


def _names(plural: str, data: dict[str, Any]) -> str | None:
    if plural not in ALIASED:
        return None
    aliases = data.get("aliases")
    names = [data.get(RECORDS[plural].label), *(aliases[:MAX_NAMES] if isinstance(aliases, list) else ())]
    return json.dumps([name for name in names if isinstance(name, str)])
