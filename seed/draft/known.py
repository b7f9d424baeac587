"""What the database knows: parties by name, and issues, proposals and events that a text seems to speak of."""

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from seed.draft.parties import Party
from seed.word_keys import stems

MIN_SHARE = 0.5
"""The share of a title, weighted by how rare its words are, that a sentence must have in common with it."""
MIN_SHARED_STEMS = 2
MATTERS = ("issues", "proposals", "events")
"""The types that are found by the words of their titles."""


class Match(NamedTuple):
    """A record and how well it fits, from 0 to 1."""

    id: str
    share: float


@dataclass(frozen=True)
class Titles:
    """Records by the words of their titles."""

    stems: dict[str, frozenset[str]]
    """The stems of each record by its id."""
    by_stem: dict[str, list[str]]
    """The ids of the records with each stem."""

    @classmethod
    def of(cls, titles: Iterable[tuple[str, str]]) -> "Titles":
        """Index records, given as id and title."""
        found = {id: frozenset(stems(title)) for id, title in titles}
        by_stem: dict[str, list[str]] = {}
        for id, words in found.items():
            for word in words:
                by_stem.setdefault(word, []).append(id)
        return cls(found, by_stem)

    def like(self, text: str, limit: int) -> list[Match]:
        """Return the records whose titles share the most with a text, the best first."""
        words = stems(text)
        shared = Counter(id for word in words for id in self.by_stem.get(word, ()))
        likely = [id for id, count in shared.items() if count >= MIN_SHARED_STEMS]
        matches = [Match(id, self._share(self.stems[id], words)) for id in likely]
        fitting = [match for match in matches if match.share >= MIN_SHARE]
        return sorted(fitting, key=lambda match: (-match.share, match.id))[:limit]

    def _share(self, title: frozenset[str], words: set[str]) -> float:
        return sum(map(self._weight, title & words)) / sum(map(self._weight, title))

    def _weight(self, stem: str) -> float:
        return math.log(1 + len(self.stems) / len(self.by_stem[stem]))


@dataclass(frozen=True)
class Known:
    """The records of a database that a draft may refer to."""

    parties: list[Party]
    titles: dict[str, Titles]
    sources: frozenset[str] = frozenset()
    """The ids of the sources."""
    statements: frozenset[str] = frozenset()
    positions: frozenset[str] = frozenset()
    """The ids that statements and positions have."""


def read_known(connection: sqlite3.Connection | None) -> Known:
    """Return the parties and titles of a database; without one, none."""
    if connection is None:
        return Known([], {plural: Titles.of([]) for plural in MATTERS})
    columns = ("$.name", "$.kind", "$.named", "$.aliases", "$.role", "$.country")
    extracts = ", ".join(f"json_extract(record, '{column}')" for column in columns)
    parties = [_party(*row) for row in connection.execute(f"select id, {extracts} from parties order by id").fetchall()]
    titles = {
        plural: Titles.of(
            connection.execute(f"select id, json_extract(record, '$.title') from \"{plural}\"").fetchall()
        )
        for plural in MATTERS
    }
    return Known(parties, titles, *(_ids(connection, plural) for plural in ("sources", "statements", "positions")))


def _ids(connection: sqlite3.Connection, plural: str) -> frozenset[str]:
    return frozenset(id for (id,) in connection.execute(f'select id from "{plural}"'))


def _party(id: str, name: str, kind: str, named: int, aliases: str, role: str | None, country: str | None) -> Party:
    return Party(
        id,
        name,
        is_known=True,
        is_person=kind == "person",
        kind=kind,
        named=bool(named),
        country=country,
        aliases=tuple(json.loads(aliases)),
        titles=set((role or "").lower().split()),
    )
