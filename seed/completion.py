"""Completion of records in a shell."""

import sqlite3
from collections.abc import Iterator

from schemas import RECORDS
from seed.storage.references import RecordRef

MAX_IDS = 100
"""Maximum number of ids of a type that are offered."""
AFTER_IDS = "~"
"""A character that sorts after every character of an id."""


def refs_like(connection: sqlite3.Connection, start: str) -> Iterator[RecordRef]:
    """Yield stored records whose type and id begin with some text, such as `parties/pu`."""
    for plural in RECORDS:
        path = f"{plural}/"
        if path.startswith(start) or start.startswith(path):
            first = start.removeprefix(path) if start.startswith(path) else ""
            select = f'select id from "{plural}" where id >= ? and id < ? order by id limit ?'
            for (id,) in connection.execute(select, (first, first + AFTER_IDS, MAX_IDS)):
                yield RecordRef(plural, id)
