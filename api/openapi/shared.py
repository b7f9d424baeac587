"""What several places of the OpenAPI document have in common, moved to its components."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from werkzeug.http import HTTP_STATUS_CODES

from api.openapi.json_schema import Json
from schemas.json_schema import camel_case
from seed.storage.stored_json import to_json

MIN_OCCURRENCES = 3
"""How often a property must occur in schemas for it to become a component."""
ANNOTATIONS = {"description", "examples", "default"}
"""Keywords that stay where a value is used, next to the reference: they are about the property."""
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
    shared = {key: _share_value(key, value, components) for key, value in part.items()}
    name = shared.get("title")
    if not isinstance(name, str) or "type" not in shared:
        return shared
    del shared["title"]
    own = {} if shared["type"] == "object" else {key: shared.pop(key) for key in _annotations(shared)}
    if None in shared.get("enum", ()):
        return _terms_or_null(name.removesuffix("OrNull"), shared["enum"], components) | own
    if components.setdefault(name, shared) != shared:
        raise ValueError(f"two schemas are called {name}")
    return {"$ref": f"#/components/schemas/{name}", **own}


def _terms_or_null(name: str, terms: list[str | None], components: Json) -> Json:
    """Return a choice of the terms and null, so that a generated client has one type for the terms."""
    schema = {"title": name, "type": "string", "enum": [term for term in terms if term is not None]}
    return {"anyOf": [share_schemas(schema, components), {"type": "null"}]}


def _share_value(key: str, value: Any, components: Json) -> Any:
    """Return a member of a part of the document. A property is a schema whatever its name."""
    if key == "properties":
        return {name: share_schemas(schema, components) for name, schema in value.items()}
    return value if key in NOT_SCHEMAS else share_schemas(value, components)


def share_lists(schemas: Json) -> None:
    """Replace equal properties that are lists of a component by references to one component `ListOf…`."""
    lists = [schema for _, _, schema in _properties(schemas) if schema.get("items", {}).keys() == {"$ref"}]
    counts = Counter(to_json(_without_annotations(schema)) for schema in lists)
    names: dict[str, str] = {}
    for key, count in counts.most_common():
        name = f"ListOf{_schema_names(key)[0]}"
        if count > 1 and name not in names.values():
            names[key] = name
    for schema in lists:
        if name := names.get(to_json(_without_annotations(schema)), ""):
            own = {key: schema[key] for key in _annotations(schema)}
            schema.clear()
            schema |= {"$ref": f"#/components/schemas/{name}", **own}
    schemas |= {name: json.loads(key) for key, name in names.items()}


def _annotations(schema: Json) -> list[str]:
    """Return the annotations of a schema in their order; the order of a set would differ between processes."""
    return [key for key in schema if key in ANNOTATIONS]


def _without_annotations(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def share_properties(schemas: Json) -> None:
    """Replace each property that many schemas have by a reference to a component that is called after it.

    Why no component is a choice, or a reference with a description: openapi-generator would make an object of it.
    """
    counts = Counter(
        (name, to_json(schema))
        for _, name, schema in _properties(schemas)
        if schema.keys() != {"$ref"} and not {"anyOf", "enum"} & _without_reference(schema, schemas).keys()
    )
    names: dict[tuple[str, str], str] = {}
    for (name, key), count in counts.most_common():
        if count >= MIN_OCCURRENCES and f"Common{camel_case(name)}" not in names.values():
            names[name, key] = f"Common{camel_case(name)}"
    for properties, name, schema in list(_properties(schemas)):
        if (name, to_json(schema)) in names:
            properties[name] = {"$ref": f"#/components/schemas/{names[name, to_json(schema)]}"}
    schemas |= {component: _without_reference(json.loads(key), schemas) for (_, key), component in names.items()}


def _without_reference(schema: Json, schemas: Json) -> Json:
    """Return a schema with the schema that it refers to inlined."""
    target: Json = schemas.get(schema.get("$ref", "").split("/")[-1], {})
    return target | {key: value for key, value in schema.items() if key != "$ref"}


def _properties(schemas: Json) -> Iterator[tuple[Json, str, Json]]:
    for schema in schemas.values():
        properties = schema.get("properties", {})
        yield from ((properties, name, each) for name, each in properties.items())


def share_parameters(paths: Json) -> Json:
    """Replace each parameter that occurs more than once by a reference, and return those parameters by name.

    A path parameter gets the name of its schema. Of other parameters with one name, the most frequent gets that name,
    and each of the rest gets it with an operation id in front.
    """
    places = (
        Place(operation, operation["parameters"], index)
        for operation in _operations(paths)
        for index in range(len(operation["parameters"]))
    )
    return _share("parameters", places, _parameter_name)


def share_responses(paths: Json) -> Json:
    """Replace each success that occurs more than once by a reference, and return those by name."""
    places = (
        Place(operation, operation["responses"], status)
        for operation in _operations(paths)
        for status, response in operation["responses"].items()
        if "$ref" not in response
    )
    return _share("responses", places, _response_name)


def share_bodies(paths: Json) -> Json:
    """Replace each request body that occurs more than once by a reference, and return those by name."""
    places = (
        Place(operation, operation, "requestBody") for operation in _operations(paths) if "requestBody" in operation
    )
    return _share("requestBodies", places, _body_name)


class Place(NamedTuple):
    """A place in an operation: the object or list that contains something, and its key there."""

    operation: Json
    container: Any
    key: Any

    @property
    def value(self) -> Json:
        """What is at the place."""
        value: Json = self.container[self.key]
        return value


def _operations(paths: Json) -> Iterator[Json]:
    return (operation for methods in paths.values() for operation in methods.values())


def _share(kind: str, places: Iterable[Place], name_for: Callable[[Place, Json], str]) -> Json:
    """Replace parts that occur several times by references, and return them by name, the most frequent first."""
    uses: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        uses[to_json([place.key if isinstance(place.key, str) else "", place.value])].append(place)
    components: Json = {}
    for several in sorted((each for each in uses.values() if len(each) > 1), key=len, reverse=True):
        name = name_for(several[0], components)
        components[name] = several[0].value
        for place in several:
            place.container[place.key] = {"$ref": f"#/components/{kind}/{name}"}
    return components


def _parameter_name(place: Place, taken: Json) -> str:
    parameter, operation = place.value, str(place.operation["operationId"])
    if parameter["in"] == "path":
        return (_schema_names(to_json(parameter)) or [camel_case(parameter["name"])])[0]
    name = camel_case(parameter["name"])
    return operation[0].upper() + operation[1:] + name if name in taken else name


def _response_name(place: Place, taken: Json) -> str:
    """Return a name after the schemas, with the status unless it is 200."""
    status = "" if place.key == "200" else HTTP_STATUS_CODES[int(place.key)].title().replace(" ", "")
    return "Or".join(_schema_names(to_json(place.value))) + status


def _body_name(place: Place, taken: Json) -> str:
    """Return a name after the media type and the schema, which is the same in each media type."""
    mimetype = next(iter(place.value["content"])).split("/")[-1]
    return _schema_names(to_json(place.value))[0] + ("" if mimetype == "json" else camel_case(mimetype.split("+")[0]))


def _schema_names(text: str) -> list[str]:
    """Return the components to which JSON refers."""
    return re.findall(r"#/components/schemas/(\w+)", text)
