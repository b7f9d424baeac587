"""Suggestions for references without target: a record with that name, or the id that was probably misspelled."""

from collections.abc import Mapping
from itertools import chain

from schemas.errors import MAX_CANDIDATES, nearest
from schemas.named_ids import ids_by_name, without_article
from seed.input_ids import ALIASED, InputIds
from seed.stored_ids import StoredIds

MAX_SUGGESTIONS = 100
"""Number of references that get a suggestion, since each compares thousands of ids."""
PART = MAX_CANDIDATES // 2
"""Number of ids of the input, and of the database, that are compared."""


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
            names = chain(self.ids.names(plural, PART), self.stored.names(plural, PART)) if plural in ALIASED else ()
            self._names[plural] = ids_by_name(names)
        return self._names[plural].get(without_article(id)) or nearest(id, self._candidates[plural])
