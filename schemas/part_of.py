"""The relation `part_of` between records of one type, which must not make a record part of itself."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from marshmallow import fields

from schemas import RECORDS
from schemas.errors import json_pointer
from schemas.fields import MAX_LIST_LENGTH, Reference, VocabularyTerm
from schemas.references import RecordReference, is_id

PART_OF = "part_of"


class PartOfField(NamedTuple):
    """The field that names the larger record to which a record belongs."""

    name: str
    """`part_of`, which holds the id of the larger record, or a list of relations to other records."""
    key: str | None
    """The key of the other record in such a relation; None if the field holds the id itself."""


@cache
def part_of_fields() -> dict[str, PartOfField]:
    """Return the types whose records can be parts of others of the type, with the field for it."""
    found = ((plural, _find_field(plural, record.declared())) for plural, record in RECORDS.items())
    return {plural: field for plural, field in found if field}


def wholes(plural: str, data: Mapping[str, Any]) -> Iterator[RecordReference]:
    """Yield the larger records to which a record belongs as a part, in data that may be invalid."""
    field = part_of_fields().get(plural)
    value = data.get(field.name) if field else None
    if field and field.key is None:
        yield from _whole(plural, data, value, json_pointer(field.name))
    elif field and isinstance(value, list):
        for place, relation in enumerate(value[:MAX_LIST_LENGTH]):
            if isinstance(relation, dict) and relation.get("relation") == PART_OF:
                yield from _whole(plural, data, relation.get(field.key), json_pointer(field.name, place, field.key))


def _whole(plural: str, data: Mapping[str, Any], id: Any, pointer: str) -> Iterator[RecordReference]:
    if isinstance(id, str) and is_id(id) and id != data.get("id"):
        yield RecordReference(pointer, plural, id)


def find_cycles(edges: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield disjoint cycles until no cycle is left, in linear time.

    `edges` lead from parts to wholes. Nodes that lead to no cycle are removed first, so that every walk ends in one.
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


def _find_field(plural: str, declared: Mapping[str, fields.Field[Any]]) -> PartOfField | None:
    own = declared.get(PART_OF)
    if isinstance(own, Reference) and own.to == plural:
        return PartOfField(PART_OF, None)
    for name, field in declared.items():
        if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
            inner = field.inner.schema.fields
            relation = inner.get("relation")
            key = next((key for key, one in inner.items() if isinstance(one, Reference) and one.to == plural), None)
            if key and isinstance(relation, VocabularyTerm) and PART_OF in relation.vocabulary:
                return PartOfField(name, key)
    return None
