"""Records of the database that look like the new ones of a bundle: proposals and parties that may be the same."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from schemas.bundle import entries
from schemas.errors import json_pointer, nearest
from schemas.word_forms import search_key
from seed.draft.guesses import MARK
from seed.draft.known import Titles, name_keys, read_known
from seed.draft.parties import Party, forms

MAX_SHOWN = 3
"""Number of records that are listed for a new one."""
MAX_SUGGESTIONS = 20
"""Number of records that are listed for a bundle."""
MIN_REASONS = 3
"""Number of fields that two proposals must have in common, unless their titles are alike."""
MIN_NAME_LENGTH = 6
"""Minimum length of a name that may match a misspelling: Iran is not OTAN."""

SAME_NAME, SIMILAR_NAME = 5.0, 2.0
"""The scores of parties, on the scale of proposals: one for each thing in common."""


class SimilarRecord(NamedTuple):
    """A new record, a similar one, and what they have in common."""

    pointer: str
    id: str
    existing: str
    reasons: str
    score: float


class _Likeness(NamedTuple):
    """An existing record, what it has in common with a new one, and a score: up to 1 for each thing in common."""

    existing: str
    reasons: str
    score: float


def find_similar(bundle: Any, connection: sqlite3.Connection) -> list[SimilarRecord]:
    """Return the stored records of other bundles most similar to the new proposals and parties, the best first."""
    found = sorted(_find_candidates(bundle, connection), key=lambda one: (-one.score, one.pointer, one.existing))
    return found[:MAX_SUGGESTIONS]


def _find_candidates(bundle: Any, connection: sqlite3.Connection) -> Iterator[SimilarRecord]:
    sources = [record.get("id") for plural, _, record in entries(bundle) if plural == "sources"]
    proposals, parties = _Proposals(connection, sources[0] if sources else None), _Parties(connection)
    finders = {"proposals": proposals.like, "parties": parties.like}
    for plural, place, record in entries(bundle):
        if plural in finders:
            for likeness in finders[plural](_without_marks(record)):
                yield SimilarRecord(json_pointer(plural, place), str(record.get("id")), *likeness)


class _Proposals:
    """The proposals of other bundles."""

    def __init__(self, connection: sqlite3.Connection, bundle: object) -> None:
        rows = connection.execute("select id, record from proposals where bundle is not ? order by id", [bundle])
        self.records: dict[str, dict[str, Any]] = {id: json.loads(record) for id, record in rows.fetchall()}
        titles = ((id, record["title"]) for id, record in self.records.items())
        self.titles = Titles.of(titles, name_keys(read_known(connection).parties))

    def like(self, record: dict[str, Any]) -> list[_Likeness]:
        """Return the proposals most similar to a new one, with what they have in common."""
        by_title = {match.id: match.share for match in self.titles.like(str(record.get("title") or ""), MAX_SHOWN)}
        found = [(id, _common(record, other), by_title.get(id, 0.0)) for id, other in self.records.items()]
        fitting = [one for one in found if one[2] or ("issue" in one[1] and len(one[1]) >= MIN_REASONS)]
        fitting.sort(key=lambda one: (-len(one[1]) - one[2], one[0]))
        return [
            _Likeness(id, _reasons(common, share), len(common) + share) for id, common, share in fitting[:MAX_SHOWN]
        ]


def _reasons(common: list[str], share: float) -> str:
    """Return what two proposals have in common, as text."""
    reasons = [f"same {', '.join(common)}"] if common else []
    return ", ".join([*reasons, "similar title"] if share else reasons)


def _common(record: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return what two proposals have in common."""
    parties = [*_texts(record, "proposed_by"), *_texts(record, "addressed_to")]
    shared = {
        "issue": bool(set(_texts(record, "issues")) & set(other["issues"])),
        "kind": record.get("kind") == other["kind"],
        "duration": other["duration"] is not None and record.get("duration") == other["duration"],
        "parties": bool(set(parties) & {*other["proposed_by"], *other["addressed_to"]}),
    }
    return [name for name, is_shared in shared.items() if is_shared]


class _Parties:
    """The names of the stored parties."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.by_name: dict[str, str] = {}
        for party in read_known(connection).parties:
            for form in forms(party):
                self.by_name.setdefault(search_key(form), party.id)

    def like(self, record: dict[str, Any]) -> list[_Likeness]:
        """Return the parties with a name or alias that equals one of a new party, or nearly."""
        names = [name for name in (record.get("name"), *_texts(record, "aliases")) if isinstance(name, str) and name]
        is_person = record.get("kind") == "person"
        keys = [search_key(form) for name in names for form in forms(Party("", name, is_person=is_person))]
        found = {self.by_name[key]: ("same name", SAME_NAME) for key in keys if key in self.by_name}
        for key in keys:
            if len(key) >= MIN_NAME_LENGTH and (close := nearest(key, self.by_name)):
                found.setdefault(self.by_name[close], (f"similar name {close!r}", SIMILAR_NAME))
        found.pop(str(record.get("id")), None)
        return [_Likeness(existing, *why) for existing, why in found.items()][:MAX_SHOWN]


def _texts(record: dict[str, Any], name: str) -> list[str]:
    value = record.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _without_marks(value: Any) -> Any:
    """Return a value without the marks of guesses."""
    if isinstance(value, str):
        return value.removeprefix(MARK)
    if isinstance(value, list):
        return [_without_marks(item) for item in value]
    return {name: _without_marks(inner) for name, inner in value.items()} if isinstance(value, dict) else value
