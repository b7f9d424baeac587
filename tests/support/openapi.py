"""Reads the OpenAPI document, which has what several operations share in its components."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from api.openapi.json_schema import Json

FORMATS = re.compile(r"^- (`\..*?`)(:.*)?$", re.MULTILINE)
"""A line of a description about other formats: their suffixes, and how their parameters differ."""
WITHOUT = re.compile(r" without `(.*)`$")
"""The parameters that other formats do not take."""


def operations(document: Json, *methods: str) -> Iterator[tuple[str, Json]]:
    """Yield the path of each operation, of some methods or of all, and the operation with its parameters in it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in methods or not methods:
                yield path, without_references(document, operation)


def in_all_formats(document: Json) -> Iterator[tuple[str, list[Json]]]:
    """Yield each path of a GET operation with its parameters, and each path of the same in another format."""
    for path, operation in operations(document, "get"):
        yield path, operation["parameters"]
        for suffixes, differences in FORMATS.findall(operation["description"]):
            without = WITHOUT.search(differences)
            names = without[1].split("`, `") if without else []
            for suffix in suffixes.strip("`").split("`, `"):
                yield path + suffix, [each for each in operation["parameters"] if each["name"] not in names]


class ExampleRequest(NamedTuple):
    """A GET operation in one format, with the examples of its parameters."""

    template: str
    ids: dict[str, str]
    required: dict[str, str]
    optional: dict[str, str]

    @property
    def path(self) -> str:
        """The path with the ids."""
        return self.template.format(**self.ids)


def example_requests(document: Json) -> Iterator[ExampleRequest]:
    """Yield a request for each GET operation in each format."""
    for path, parameters in in_all_formats(document):
        ids, required, optional = dict[str, str](), dict[str, str](), dict[str, str]()
        for each in parameters:
            values = ids if each["in"] == "path" else required if each.get("required") else optional
            if each["in"] in {"path", "query"}:
                example = each["example"]
                values[each["name"]] = ",".join(map(str, example)) if isinstance(example, list) else str(example)
        yield ExampleRequest(path, ids, required, optional)


def _example(document: Json, schema: Json) -> Any:
    """Return the example that follows from a schema, of a parameter without one of its own."""
    resolved = resolve(document, schema)
    if resolved["type"] == "array":
        return [_example(document, resolved["items"])]
    return resolved["enum"][0] if "enum" in resolved else resolved["examples"][0]


def without_references(document: Json, operation: Json) -> Json:
    """Return an operation with its parameters, their schemas and examples, and its responses in place of references."""
    parameters = [dict(resolve(document, each)) for each in operation["parameters"]]
    for parameter in parameters:
        parameter["schema"] = resolve(document, parameter["schema"])
        if "example" not in parameter:
            parameter["example"] = _example(document, parameter["schema"])
    responses = {status: resolve(document, response) for status, response in operation["responses"].items()}
    return {**operation, "parameters": parameters, "responses": responses}


def resolve(document: Json, part: Json) -> Json:
    """Return a part of the document, or the component to which it refers with what stands next to the reference."""
    if "$ref" not in part:
        return dict(part)
    found: Any = document
    for key in part["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return {**found, **{key: value for key, value in part.items() if key != "$ref"}}
