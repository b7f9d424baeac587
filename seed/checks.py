"""Whether bundles can be loaded: each by itself, then against each other and against what the file holds already."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from schemas import RECORDS
from schemas.bundle import Records, entries, references, validated
from schemas.faults import Fault, pointer_to
from seed.flaws import MOST_FAULTS, beyond, leads_nowhere, owned, repeated

SUGGESTED_FROM = 5000
"""How many ids are looked through for the one nearest to a reference that leads nowhere."""
MOST_SUGGESTIONS = 20
"""How many references that lead nowhere get such a suggestion: each costs a look at all those ids."""

Ids = dict[str, set[str]]


class Held:
    """What the file holds apart from the bundles that are about to replace their own part of it."""

    def __init__(self, connection: sqlite3.Connection | None, replaced: Iterable[str]) -> None:
        self.connection, self.replaced = connection, json.dumps(list(replaced))

    def owners(self, plural: str, ids: Iterable[str]) -> dict[str, str]:
        """The bundle each of these records belongs to, of those that are held."""
        condition = "id in (select value from json_each(:ids))"
        return dict(self._rows(f'select id, bundle from "{plural}" where {condition}', ids=json.dumps(sorted(ids))))

    def some(self, plural: str) -> list[str]:
        """Ids to suggest from."""
        return [id for (id,) in self._rows(f'select id from "{plural}" where true', f"limit {SUGGESTED_FROM}")]

    def paragraphs(self) -> dict[str, int]:
        """How many paragraphs each source has."""
        return dict(self._rows("select id, paragraphs from sources where true"))

    def _rows(self, select: str, rest: str = "", **bound: str) -> list[tuple[Any, ...]]:
        if self.connection is None:
            return []
        mine = "and bundle not in (select value from json_each(:replaced))"
        return [
            tuple(row)
            for row in self.connection.execute(f"{select} {mine} {rest}", {**bound, "replaced": self.replaced})
        ]


def check(documents: Sequence[Any], connection: sqlite3.Connection | None) -> list[tuple[Records | None, list[Fault]]]:
    """For every document its finished records, None where they are not sound, and the faults in it.

    `connection` is open on the file that the records would go to, None where there is none yet.
    """
    held = Held(connection, (source for document in documents for source in _ids(document)["sources"]))
    together = [_ids(document) for document in documents]
    checked = []
    for place, document in enumerate(documents):
        records, malformed = validated(document)
        found = chain(
            malformed,
            _taken(document, held, together[:place]),
            _leading_nowhere(document, held, together),
            _beyond_the_end(document, held, documents),
        )
        faults = list(islice(found, MOST_FAULTS))
        if next(found, None):
            faults.append(Fault("", f"There are more faults than these {MOST_FAULTS}."))
        checked.append((None if faults else records, faults))
    return checked


def _ids(document: Any) -> Ids:
    ids: Ids = {plural: set() for plural in RECORDS}
    for plural, _, item in entries(document):
        if isinstance(item.get("id"), str):
            ids[plural].add(item["id"])
    return ids


def _taken(document: Any, held: Held, before: Sequence[Ids]) -> Iterator[Fault]:
    """Ids that stand twice in the document, in a document before it, or in another bundle of the file."""
    elsewhere = {plural: held.owners(plural, ids) for plural, ids in _ids(document).items()}
    seen: Counter[tuple[str, Any]] = Counter()
    for plural, place, item in entries(document):
        id = item.get("id")
        if not isinstance(id, str):
            continue
        seen[plural, id] += 1
        if seen[plural, id] > 1 or any(id in ids[plural] for ids in before):
            yield repeated(pointer_to(plural, place, "id"), plural, id)
        elif id in elsewhere[plural]:
            yield owned(pointer_to(plural, place, "id"), id, elsewhere[plural][id])


def _leading_nowhere(document: Any, held: Held, together: Sequence[Ids]) -> Iterator[Fault]:
    """References to records that are neither in the documents nor in the file."""
    wanted = [
        (pointer, plural, id)
        for pointer, plural, id in references(document)
        if not any(id in ids[plural] for ids in together)
    ]
    suggestions = iter(range(MOST_SUGGESTIONS))
    for plural in RECORDS:
        found = held.owners(plural, {id for _, to, id in wanted if to == plural})
        missing = [(pointer, id) for pointer, to, id in wanted if to == plural and id not in found]
        known = sorted({id for ids in together for id in ids[plural]} | set(held.some(plural))) if missing else []
        for pointer, id in missing:
            suggested = known[:SUGGESTED_FROM] if next(suggestions, None) is not None else ()
            yield leads_nowhere(pointer, plural, id, suggested)


def _beyond_the_end(document: Any, held: Held, documents: Sequence[Any]) -> Iterator[Fault]:
    lengths = held.paragraphs() | {
        item["id"]: item["paragraphs"]
        for other in documents
        for plural, _, item in entries(other)
        if plural == "sources" and isinstance(item.get("id"), str) and isinstance(item.get("paragraphs"), int)
    }
    for plural, place, item in entries(document):
        yield from cited_beyond(item, lengths, pointer_to(plural, place))


def cited_beyond(item: dict[str, Any], lengths: Mapping[str, int], at: str = "") -> Iterator[Fault]:
    """Citations of paragraphs that their source, of this length, does not have; `at` is where the record stands."""
    for number, citation in enumerate(item["citations"] if isinstance(item.get("citations"), list) else []):
        source, paragraph = (
            citation.get(key) if isinstance(citation, dict) else None for key in ("source", "paragraph")
        )
        if isinstance(paragraph, int) and isinstance(source, str) and paragraph > lengths.get(source, paragraph):
            yield beyond(at + pointer_to("citations", number, "paragraph"), source, lengths[source])
