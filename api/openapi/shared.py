"""What several places of the OpenAPI document have in common, moved to its components."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from api.http.serialization import to_json
from api.openapi.json_schema import Json
from schemas.json_schema import camel_case

MIN_OCCURRENCES = 4
"""How many schemas must have the same property for it to become a component."""
ANNOTATIONS = {"description", "examples", "default"}
"""Keywords that stay where the term of a vocabulary is used, next to the reference: they are about the property."""
NOT_SCHEMAS = {"example", "examples", "default", "enum"}
"""Keywords whose values are data: a key `title` in them is no title of a schema."""


def share_schemas(part: Any, components: Json) -> Any:
    """Return a part of the document with a reference in place of each schema that has a title.

    The schemas are added to the components by title. Raises ValueError if two different ones have the same title.
    """
    if isinstance(part, list):
        return [share_schemas(item, components) for item in part]
    if not isinstance(part, dict):
        return part
    shared = {key: value if key in NOT_SCHEMAS else share_schemas(value, components) for key, value in part.items()}
    name = shared.get("title")
    if not isinstance(name, str) or "type" not in shared:
        return shared
    del shared["title"]
    own = {key: shared.pop(key) for key in ANNOTATIONS & shared.keys()} if "enum" in shared else {}
    if components.setdefault(name, shared) != shared:
        raise ValueError(f"two schemas are called {name}")
    return {"$ref": f"#/components/schemas/{name}", **own}


def share_properties(schemas: Json) -> None:
    """Replace each property that many schemas have by a reference to a component that is called after it."""
    counts = Counter((name, to_json(schema)) for _, name, schema in _properties(schemas) if "$ref" not in schema)
    names: dict[tuple[str, str], str] = {}
    for (name, key), count in counts.most_common():
        if count >= MIN_OCCURRENCES and f"Common{camel_case(name)}" not in names.values():
            names[name, key] = f"Common{camel_case(name)}"
    for properties, name, schema in list(_properties(schemas)):
        if (name, to_json(schema)) in names:
            properties[name] = {"$ref": f"#/components/schemas/{names[name, to_json(schema)]}"}
    schemas |= {component: json.loads(key) for (_, key), component in names.items()}


def _properties(schemas: Json) -> Iterator[tuple[Json, str, Json]]:
    for schema in schemas.values():
        properties = schema.get("properties", {})
        yield from ((properties, name, each) for name, each in properties.items())


def share_parameters(paths: Json) -> Json:
    """Replace each parameter that occurs more than once by a reference, and return those parameters by name.

    The most frequent of several parameters with the same name is called after it, the others after an operation, too.
    """
    uses: dict[str, list[tuple[Json, Json]]] = defaultdict(list)
    for operation in (operation for methods in paths.values() for operation in methods.values()):
        for parameter in operation["parameters"]:
            uses[to_json(parameter)].append((operation, parameter))
    components: Json = {}
    for several in sorted((each for each in uses.values() if len(each) > 1), key=len, reverse=True):
        operation, parameter = several[0]
        name = camel_case(parameter["name"])
        if name in components:
            name = operation["operationId"][0].upper() + operation["operationId"][1:] + name
        components[name] = dict(parameter)
        for _, each in several:
            each.clear()
            each["$ref"] = f"#/components/parameters/{name}"
    return components
