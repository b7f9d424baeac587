"""The records of a bundle and those it may refer to, by id."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from seed.bundle_files import Document

Record = dict[str, Any]


class KnownRecords:
    """Records of documents and of a database. If several documents have an id, the first one counts."""

    def __init__(self, documents: Sequence[Document], database: sqlite3.Connection | None) -> None:
        self.database = database
        self._written: dict[tuple[str, str], Record] = {}
        self._sources: dict[tuple[str, str], str] = {}
        for document in documents:
            source = ""
            for entry in document.entries():
                source = entry.id or "" if entry.plural == "sources" else source
                if entry.id:
                    self._written.setdefault((entry.plural, entry.id), entry.data)
                    self._sources.setdefault((entry.plural, entry.id), source)

    def get(self, plural: str, id: str) -> Record:
        """Return a record; an empty one if it is not known."""
        return self._written.get((plural, id)) or self._read(plural, id)

    def source(self, plural: str, id: str) -> Record:
        """Return the source whose bundle has a record; an empty one if it is not known."""
        if (plural, id) in self._sources:
            return self.get("sources", self._sources[plural, id])
        select = f'select bundle from "{plural}" where id = ?'
        row = self.database.execute(select, [id]).fetchone() if self.database else None
        return self.get("sources", row[0]) if row else {}

    def find(self, plural: str, ids: Iterable[str] | None) -> list[Record]:
        """Return the known records with some ids."""
        return [record for record in (self.get(plural, id) for id in ids or ()) if record]

    def parties(self) -> Iterator[Record]:
        """Yield every party, those of the documents first."""
        yield from (record for (plural, _), record in self._written.items() if plural == "parties")
        stored = self.database.execute("select id, record from parties order by id") if self.database else ()
        yield from (json.loads(record) for id, record in stored if ("parties", id) not in self._written)

    def _read(self, plural: str, id: str) -> Record:
        if self.database is None:
            return {}
        row = self.database.execute(f'select record from "{plural}" where id = ?', [id]).fetchone()
        found: Record = json.loads(row[0]) if row else {}
        return found
