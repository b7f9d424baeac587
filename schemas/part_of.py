"""The relation `part_of` between records of one type, which must not make a record part of itself."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from marshmallow import fields

from schemas import RECORDS
from schemas.errors import json_pointer
from schemas.fields import MAX_LIST_LENGTH, Reference, VocabularyTerm
from schemas.references import RecordReference, is_id

PART_OF = "part_of"
FIELD = "relations"


@cache
def part_of_keys() -> dict[str, str]:
    """Return the types that have parts, and the key of the other record in a relation."""
    return {plural: key for plural, record in RECORDS.items() if (key := _key(plural, record.declared().get(FIELD)))}


def wholes(plural: str, data: Mapping[str, Any]) -> Iterator[RecordReference]:
    """Yield the other records of which a record is a part, in data that may be invalid."""
    key, relations = part_of_keys().get(plural), data.get(FIELD)
    for place, relation in enumerate(relations[:MAX_LIST_LENGTH] if key and isinstance(relations, list) else ()):
        if isinstance(relation, dict) and relation.get("relation") == PART_OF:
            whole = relation.get(key)
            if isinstance(whole, str) and is_id(whole) and whole != data.get("id"):
                yield RecordReference(json_pointer(FIELD, place, key), plural, whole)


def find_cycles(edges: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield cycles without a record in common, until none is left, in linear time.

    `edges` lead from parts to wholes. What leads to no cycle is removed first, so that every walk ends in one.
    """
    graph = {part: [whole for whole in found if whole in edges] for part, found in edges.items()}
    parts: dict[str, list[str]] = defaultdict(list)
    for part, found in graph.items():
        for whole in found:
            parts[whole].append(part)
    left = {part: len(found) for part, found in graph.items()}
    _remove([part for part, count in left.items() if not count], parts, left)
    for start in graph:
        path = [start] if start in left else []
        places = {start: 0}
        while path:
            found = graph[path[-1]]
            while found[-1] not in left:
                found.pop()
            if found[-1] not in places:
                places[found[-1]] = len(path)
                path.append(found[-1])
                continue
            cycle = path[places[found[-1]] :]
            yield cycle
            _remove(cycle, parts, left)
            while path and path[-1] not in left:
                del places[path.pop()]


def _remove(removed: list[str], parts: Mapping[str, list[str]], left: dict[str, int]) -> None:
    """Remove records, and those that are part of nothing else any more."""
    removed = [record for record in removed if left.pop(record, None) is not None]
    while removed:
        for part in parts.get(removed.pop(), ()):
            if part in left:
                left[part] -= 1
                if not left[part]:
                    del left[part]
                    removed.append(part)


def _key(plural: str, field: fields.Field[Any] | None) -> str | None:
    if not isinstance(field, fields.List) or not isinstance(field.inner, fields.Nested):
        return None
    inner = field.inner.schema.fields
    relation = inner.get("relation")
    if not isinstance(relation, VocabularyTerm) or PART_OF not in relation.vocabulary:
        return None
    return next((key for key, one in inner.items() if isinstance(one, Reference) and one.to == plural), None)
