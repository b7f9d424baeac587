"""Stored records for drafts: parties by name, and issues, proposals and events that a text may be about."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from seed.draft.parties import Party
from seed.word_keys import TERM, rarity, word_keys

MIN_SHARE = 0.5
"""Minimum share of a record's words, weighted by rarity, that a sentence must contain."""
MIN_SHARED = 2
"""Minimum number of shared words."""
GENERIC_PART = 12
"""A word in more than one of so many records is generic, such as "peace". At least one shared word must be rarer."""
MATTERS = ("issues", "proposals", "events")
"""The types that are found by the words of their ids and titles."""
Keys = frozenset[frozenset[str]]


class Match(NamedTuple):
    """A record, the share of its words that a text contains, from 0 to 1, and that share times their weight."""

    id: str
    share: float
    weight: float


@dataclass(frozen=True)
class Titles:
    """Records by the words of their ids and titles."""

    keys: dict[str, Keys]
    """The keys of the words of each record, by its id."""
    by_key: dict[str, list[str]]
    """The ids of the records with each key."""

    @classmethod
    def of(cls, titles: Iterable[tuple[str, str]], names: Collection[str] = ()) -> "Titles":
        """Index records, given as id and title. `names` are the keys of names, which occur in many titles."""
        found = {
            id: frozenset(keys for keys in word_keys(f"{id.replace('-', ' ')} {title}") if keys.isdisjoint(names))
            for id, title in titles
        }
        by_key: dict[str, list[str]] = {}
        for id, words in found.items():
            for key in frozenset().union(*words):
                by_key.setdefault(key, []).append(id)
        return cls(found, by_key)

    def like(self, text: str, limit: int) -> list[Match]:
        """Return the records that share the most with a text, the best first."""
        words = frozenset().union(*word_keys(text))
        likely = {id for key in words for id in self.by_key.get(key, ())}
        matches = (self._match(id, [keys for keys in self.keys[id] if keys & words]) for id in likely)
        fitting = [match for match in matches if match.share >= MIN_SHARE]
        return sorted(fitting, key=lambda match: (-match.weight, match.id))[:limit]

    def _match(self, id: str, shared: list[frozenset[str]]) -> Match:
        """Return how well a record fits: not at all if it shares only one word, or only generic ones."""
        is_generic = all(self._frequency(keys) > max(MIN_SHARED, len(self.keys) // GENERIC_PART) for keys in shared)
        if is_generic or len(shared) < MIN_SHARED:
            return Match(id, 0, 0)
        weight = math.fsum(map(self._weight, shared))
        share = weight / math.fsum(map(self._weight, self.keys[id]))
        return Match(id, share, weight * share)

    def _frequency(self, keys: frozenset[str]) -> int:
        return max(len(self.by_key[key]) for key in keys)

    def _weight(self, keys: frozenset[str]) -> float:
        return rarity(self._frequency(keys), len(self.keys))


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
    issues: dict[str, list[str]] = field(default_factory=dict)
    """The ids of the issues of each proposal."""


def read_known(connection: sqlite3.Connection | None) -> Known:
    """Return the parties and titles of a database; empty without a database."""
    if connection is None:
        return Known([], {plural: Titles.of([]) for plural in MATTERS})
    columns = ("$.name", "$.kind", "$.named", "$.aliases", "$.role", "$.country", "$.principal")
    extracts = ", ".join(f"json_extract(record, '{column}')" for column in columns)
    rows = connection.execute(f"select id, {extracts} from parties order by id").fetchall()
    by_id = {id: _party(id, *row) for id, *row, _ in rows}
    for id, *_, principal in rows:
        by_id[id].principal = by_id.get(principal)
    parties = list(by_id.values())
    names = name_keys(parties)
    titles = {
        plural: Titles.of(
            connection.execute(f"select id, json_extract(record, '$.title') from \"{plural}\"").fetchall(), names
        )
        for plural in MATTERS
    }
    sources, statements, positions = (_ids(connection, plural) for plural in ("sources", "statements", "positions"))
    issues = connection.execute("select id, json_extract(record, '$.issues') from proposals")
    return Known(parties, titles, sources, statements, positions, {id: json.loads(ids) for id, ids in issues})


def name_keys(parties: Iterable[Party]) -> frozenset[str]:
    """Return the keys of the words in the names of parties."""
    names = (name for party in parties for name in (party.name, *party.aliases))
    keys = frozenset().union(*(keys for name in names for keys in word_keys(name)))
    return frozenset(key for key in keys if not key.startswith(TERM))


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
        role=role or "",
    )
