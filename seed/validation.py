"""Validation of bundles: each on its own, against each other, and against the database."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from schemas import RECORDS
from schemas.bundle import Records, entries, references, validate_bundle
from schemas.errors import FieldError, json_pointer
from seed.errors import MAX_ERRORS, dangling_reference, duplicate_id, owned_by_other_bundle, paragraph_out_of_range

MAX_CANDIDATES = 5000
"""Maximum number of ids compared for a suggestion."""
MAX_SUGGESTIONS = 20
"""Maximum number of dangling references with a suggestion, since each compares many ids."""

Ids = dict[str, set[str]]


class StoredIds:
    """Ids in the database, except those of bundles that are being replaced."""

    def __init__(self, connection: sqlite3.Connection | None, replaced: Iterable[str]) -> None:
        self.connection, self.replaced = connection, json.dumps(list(replaced))

    def owners(self, plural: str, ids: Iterable[str]) -> dict[str, str]:
        """Return the bundle of each of these records."""
        condition = "id in (select value from json_each(:ids))"
        return dict(self._rows(f'select id, bundle from "{plural}" where {condition}', ids=json.dumps(sorted(ids))))

    def some(self, plural: str) -> list[str]:
        """Return ids to suggest from."""
        return [id for (id,) in self._rows(f'select id from "{plural}" where true', f"limit {MAX_CANDIDATES}")]

    def paragraphs(self) -> dict[str, int]:
        """Return the number of paragraphs of each source."""
        return dict(self._rows("select id, paragraphs from sources where true"))

    def _rows(self, select: str, rest: str = "", **bound: str) -> list[tuple[Any, ...]]:
        if self.connection is None:
            return []
        mine = "and bundle not in (select value from json_each(:replaced))"
        return [
            tuple(row)
            for row in self.connection.execute(f"{select} {mine} {rest}", {**bound, "replaced": self.replaced})
        ]


def check_documents(
    documents: Sequence[Any], connection: sqlite3.Connection | None
) -> list[tuple[Records | None, list[FieldError]]]:
    """Return, for each document, its complete records (None if invalid) and its errors.

    `connection` reads the database that the records would go to, or is None if there is none.
    """
    held = StoredIds(connection, (source for document in documents for source in _ids(document)["sources"]))
    together = [_ids(document) for document in documents]
    checked = []
    for place, document in enumerate(documents):
        records, malformed = validate_bundle(document)
        found = chain(
            malformed,
            _duplicate_ids(document, held, together[:place]),
            _dangling_references(document, held, together),
            _paragraphs_out_of_range(document, held, documents),
        )
        faults = list(islice(found, MAX_ERRORS))
        if next(found, None):
            faults.append(FieldError("", f"There are more faults than these {MAX_ERRORS}."))
        checked.append((None if faults else records, faults))
    return checked


def _ids(document: Any) -> Ids:
    ids: Ids = {plural: set() for plural in RECORDS}
    for plural, _, item in entries(document):
        if isinstance(item.get("id"), str):
            ids[plural].add(item["id"])
    return ids


def _duplicate_ids(document: Any, held: StoredIds, before: Sequence[Ids]) -> Iterator[FieldError]:
    """Yield ids that occur twice in the document, in an earlier document, or in another bundle of the database."""
    elsewhere = {plural: held.owners(plural, ids) for plural, ids in _ids(document).items()}
    seen: Counter[tuple[str, Any]] = Counter()
    for plural, place, item in entries(document):
        id = item.get("id")
        if not isinstance(id, str):
            continue
        seen[plural, id] += 1
        if seen[plural, id] > 1 or any(id in ids[plural] for ids in before):
            yield duplicate_id(json_pointer(plural, place, "id"), plural, id)
        elif id in elsewhere[plural]:
            yield owned_by_other_bundle(json_pointer(plural, place, "id"), id, elsewhere[plural][id])


def _dangling_references(document: Any, held: StoredIds, together: Sequence[Ids]) -> Iterator[FieldError]:
    """Yield references to records that are neither in the documents nor in the database."""
    wanted = [
        (pointer, plural, id)
        for pointer, plural, id in references(document)
        if not any(id in ids[plural] for ids in together)
    ]
    suggestions = iter(range(MAX_SUGGESTIONS))
    for plural in RECORDS:
        found = held.owners(plural, {id for _, to, id in wanted if to == plural})
        missing = [(pointer, id) for pointer, to, id in wanted if to == plural and id not in found]
        known = sorted({id for ids in together for id in ids[plural]} | set(held.some(plural))) if missing else []
        for pointer, id in missing:
            suggested = known[:MAX_CANDIDATES] if next(suggestions, None) is not None else ()
            yield dangling_reference(pointer, plural, id, suggested)


def _paragraphs_out_of_range(document: Any, held: StoredIds, documents: Sequence[Any]) -> Iterator[FieldError]:
    lengths = held.paragraphs() | {
        item["id"]: item["paragraphs"]
        for other in documents
        for plural, _, item in entries(other)
        if plural == "sources" and isinstance(item.get("id"), str) and isinstance(item.get("paragraphs"), int)
    }
    for plural, place, item in entries(document):
        yield from citations_out_of_range(item, lengths, json_pointer(plural, place))


def citations_out_of_range(item: dict[str, Any], lengths: Mapping[str, int], at: str = "") -> Iterator[FieldError]:
    """Yield citations of paragraphs beyond the end of their source; `at` is the pointer to the record."""
    for number, citation in enumerate(item["citations"] if isinstance(item.get("citations"), list) else []):
        source, paragraph = (
            citation.get(key) if isinstance(citation, dict) else None for key in ("source", "paragraph")
        )
        if isinstance(paragraph, int) and isinstance(source, str) and paragraph > lengths.get(source, paragraph):
            yield paragraph_out_of_range(at + json_pointer("citations", number, "paragraph"), source, lengths[source])
