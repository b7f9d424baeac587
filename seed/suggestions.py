"""Suggestions for references without target: a record with that name, or the id that was probably misspelled."""

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain

from schemas.errors import MAX_CANDIDATES, nearest
from seed.input_ids import ALIASED, InputIds
from seed.stored_ids import StoredIds

MAX_SUGGESTIONS = 100
"""Number of references that get a suggestion, since each compares thousands of ids."""
PART = MAX_CANDIDATES // 2
"""Number of ids of the input, and of the database, that are compared."""
ARTICLE = "the-"


class Suggestions:
    """Suggests ids of records in the input or the database."""

    def __init__(self, ids: InputIds, stored: StoredIds) -> None:
        self.ids, self.stored, self.remaining = ids, stored, MAX_SUGGESTIONS
        self._candidates: dict[str, list[str]] = {}
        self._names: dict[str, Mapping[str, str]] = {}

    def suggest(self, plural: str, id: str) -> str | None:
        """Return the id that was probably meant, or None."""
        if not self.remaining:
            return None
        self.remaining -= 1
        if plural not in self._candidates:
            self._candidates[plural] = self.ids.sample(plural, PART) + self.stored.sample(plural, PART)
            self._names[plural] = self._ids_by_name(plural) if plural in ALIASED else {}
        return self._names[plural].get(id.removeprefix(ARTICLE)) or nearest(id, self._candidates[plural])

    def _ids_by_name(self, plural: str) -> dict[str, str]:
        """Return the ids of records by their names and aliases, in the form of an id; the first of equal names."""
        ids: dict[str, str] = {}
        for id, names in chain(self.ids.names(plural, PART), self.stored.names(plural, PART)):
            for name in names:
                ids.setdefault(_as_id(name), id)
        return ids


def _as_id(name: str) -> str:
    """Return a name in the form of an id: "the Black Sea" becomes black-sea."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", ascii_name).strip("-").removeprefix(ARTICLE)
