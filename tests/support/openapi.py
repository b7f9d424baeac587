"""Reads the OpenAPI document, which has what several operations share in its components."""

import re
from collections.abc import Iterator
from typing import Any

from api.openapi.json_schema import Json

FORMAT = re.compile(r"^- `(.*?)`: (.*)$", re.MULTILINE)
"""A line of a description about the same in another format: its path, and what it is."""
WITHOUT = re.compile(r" Without `(.*?)`\.")
"""The parameters that another format does not take."""


def operations(document: Json, *methods: str) -> Iterator[tuple[str, Json]]:
    """Yield the path of each operation, of some methods or of all, and the operation with its parameters in it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in methods or not methods:
                yield path, with_parameters(document, operation)


def in_all_formats(document: Json) -> Iterator[tuple[str, list[Json]]]:
    """Yield each path of a GET operation with its parameters, and each path of the same in another format."""
    for path, operation in operations(document, "get"):
        yield path, operation["parameters"]
        for format_path, description in FORMAT.findall(operation["description"]):
            without = WITHOUT.search(description)
            names = without[1].split("`, `") if without else []
            yield format_path, [each for each in operation["parameters"] if each["name"] not in names]


def with_parameters(document: Json, operation: Json) -> Json:
    """Return an operation with its parameters, and their schemas, in place of references to components."""
    parameters = [dict(resolve(document, each)) for each in operation["parameters"]]
    for parameter in parameters:
        parameter["schema"] = resolve(document, parameter["schema"])
    return {**operation, "parameters": parameters}


def resolve(document: Json, part: Json) -> Json:
    """Return a part of the document, or the component to which it refers."""
    found: Any = part
    if "$ref" in part:
        found = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return dict(found)
