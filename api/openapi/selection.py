"""A part of the OpenAPI document: some operations with their components, for a client that calls no others."""

import re
from collections.abc import Container, Iterable

import msgspec.json

from api.openapi.json_schema import Json
from api.openapi.routes import all_endpoints
from schemas.query_schema import NameList, QuerySchema

REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')
OPERATION = "operation"


def operation_names() -> Iterable[str]:
    """Return the operationId of every endpoint, once."""
    return dict.fromkeys(endpoint.operation for endpoint in all_endpoints())


class DescriptionQuery(QuerySchema):
    """Which operations to describe; by default all."""

    operation = NameList(
        operation_names,
        "Only these operations (`operationId`), and the components that they need.",
        example="listPositions,getPosition",
    )


def select_operations(document: Json, names: Container[str]) -> Json:
    """Return the document with these operations only."""
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


def _components(components: Json, paths: Json) -> Json:
    """Return the components to which the paths refer, directly or through others, and the security schemes."""
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
