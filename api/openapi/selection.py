"""Some operations of the OpenAPI document, with the components that they need: for a client that calls only those."""

import json
import re
from collections.abc import Iterable

import msgspec.json

from api.http.problems import InvalidQuery
from api.openapi.json_schema import Json
from schemas.errors import FieldError, json_pointer, nearest
from schemas.fields import Code
from schemas.filters import AnyOf
from schemas.query_schema import QuerySchema

REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')
OPERATION = "operation"


class DescriptionQuery(QuerySchema):
    """Which operations to describe; all if none are named."""

    operation = AnyOf(
        Code("An operationId.", pattern="[A-Za-z]+", form="an operationId", example="listPositions"),
        description="Only these operations (`operationId`), and the components that they need.",
    )


def select_operations(document: Json, selected: str) -> Json:
    """Return the part of the document that is about these operations. Raise InvalidQuery if there is no such operation.

    `selected` is a JSON array of operationIds.
    """
    names = set(json.loads(selected))
    _require_known(names, [operation["operationId"] for _, _, operation in _operations(document)])
    paths: Json = {}
    for path, method, operation in _operations(document):
        if operation["operationId"] in names:
            paths.setdefault(path, {})[method] = operation
    tags = {tag for item in paths.values() for operation in item.values() for tag in operation["tags"]}
    return {
        **document,
        "tags": [tag for tag in document["tags"] if tag["name"] in tags],
        "paths": paths,
        "components": _components(document["components"], paths),
    }


def _operations(document: Json) -> Iterable[tuple[str, str, Json]]:
    return ((path, method, operation) for path, item in document["paths"].items() for method, operation in item.items())


def _require_known(names: Iterable[str], known: list[str]) -> None:
    errors = [
        FieldError(json_pointer(OPERATION), f"There is no operation {name!r}.", tuple(known), nearest(name, known))
        for name in sorted(names)
        if name not in known
    ]
    if errors:
        raise InvalidQuery(errors)


def _components(components: Json, paths: Json) -> Json:
    """Return the components to which the paths refer, directly or through others, and how to send a token."""
    needed: set[tuple[str, str]] = set()
    unread = [_references(paths)]
    while unread:
        for kind, name in unread.pop() - needed:
            needed.add((kind, name))
            unread.append(_references(components[kind][name]))
    if any("security" in operation for item in paths.values() for operation in item.values()):
        needed |= {("securitySchemes", name) for name in components["securitySchemes"]}
    kept = {
        kind: {name: each for name, each in all.items() if (kind, name) in needed} for kind, all in components.items()
    }
    return {kind: each for kind, each in kept.items() if each}


def _references(part: Json) -> set[tuple[str, str]]:
    """Return the kind and the name of each component to which a part of the document refers."""
    return set(REFERENCE.findall(msgspec.json.encode(part).decode()))
