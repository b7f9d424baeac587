"""Fields, records and parameters as JSON Schema (draft 2020-12), the dialect of OpenAPI 3.1, with an example each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from api.lists.csv_columns import CsvColumn, csv_columns
from api.lists.related import record_lists
from api.openapi.json_schema import INTEGER, Json, nullable, object_of, url_schema
from schemas.fields import MAX_INTEGER, Code, VocabularyTerm
from schemas.filters import BOOLEANS, MAX_VALUES, AnyOf, BooleanFilter, DateFilter
from schemas.query_schema import NameList
from schemas.record import Record

CONSTRAINTS = {"enum", "pattern", "minimum", "maximum", "minLength", "maxLength"}
"""What JSON Schema and Table Schema call alike."""
TYPES: tuple[tuple[type[fields.Field[Any]], Json], ...] = (
    (fields.Boolean, {"type": "boolean"}),
    (fields.Integer, {"type": "integer", "format": "int64"}),
    (fields.Float, {"type": "number", "format": "double"}),
    (fields.Field, {"type": "string"}),
)


def record_schemas(record: type[Record]) -> dict[str, Json]:
    """The schemas of a record as it is served and of the objects within it, by name."""
    declared = record.declared()
    whole = object_of({name: property_schema(field) for name, field in declared.items()} | extra_schemas(record))
    whole["description"] = f"{(record.__doc__ or '').strip()} With `fields`, only those keys are there."
    whole["properties"]["included"] = {
        "type": "object",
        "description": "The related records that `include` asks for, by name; there only when it does.",
        "additionalProperties": {"type": "array", "maxItems": MAX_INTEGER, "items": {"type": "object"}},
    }
    return {record.__name__: whole, **dict(_nested(declared))}


def extra_schemas(record: type[Record]) -> dict[str, Json]:
    """What a record is served with beside its own fields."""
    revision = {**INTEGER, "minimum": 1, "examples": [1]}
    links = object_of({name: url_schema(f"The {plural} of it.") for name, (plural, _) in record_lists(record).items()})
    return {
        "revision": revision | {"description": "The revision that last changed it."},
        "url": url_schema("Its address."),
        "links": links | {"description": "The lists of what belongs to it."},
    }


def property_schema(field: fields.Field[Any]) -> Json:
    """The schema of a field as it is served, null included where it may be."""
    shape = schema_for(field)
    if field.allow_none:
        shape = nullable(shape)
    if "description" in field.metadata:
        shape["description"] = field.metadata["description"]
    if "example" in field.metadata:
        shape["examples"] = [field.metadata["example"]]
    return shape


def schema_for(field: fields.Field[Any]) -> Json:
    """What values a field takes."""
    if isinstance(field, fields.Nested):
        return {"$ref": f"#/components/schemas/{type(field.schema).__name__}"}
    if isinstance(field, fields.List):
        unique = {"uniqueItems": True} if getattr(field, "distinct", False) else {}
        return {"type": "array", "items": property_schema(field.inner), **unique, **_limits(field, "Items")}
    if isinstance(field, VocabularyTerm):
        return {"type": "string", "enum": list(field.vocabulary)}
    kind = next(dict(shape) for type_, shape in TYPES if isinstance(field, type_))
    pattern = {"pattern": f"^{field.pattern.pattern}$"} if isinstance(field, Code) else {}
    return {**kind, **pattern, **_limits(field, "Length")}


def table_schema(record: type[Record]) -> Json:
    """The flat table of a type as a Table Schema (Frictionless), as its CSV has it."""
    listed = [_column(cell) for cell in csv_columns(record).values()]
    return {"fields": listed, "primaryKey": ["id"], "missingValues": [""]}


def parameters_for(schema: Schema) -> list[Json]:
    """The query parameters of an endpoint."""
    return [_parameter(name, field) for name, field in schema.fields.items()]


def example_record(record: type[Record], base: str) -> Json:
    """A record as it is served, made of its fields' examples; not one that is true."""
    links = {name: f"{base}/{plural}?{by}={record.example}" for name, (plural, by) in record_lists(record).items()}
    extras = {"revision": 1, "url": base + record.path.format(plural=record.plural, id=record.example), "links": links}
    return {**_examples(record.declared()), "id": record.example, **extras}


def _parameter(name: str, field: fields.Field[Any]) -> Json:
    told: Json = {"name": name, "in": "query", "required": field.required, "description": field.metadata["description"]}
    example = field.metadata["example"]
    if isinstance(field, AnyOf):
        items = {**_item_shape(field.item), "description": field.item.metadata["description"]}
        shape = {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_VALUES}
        return {**told, "style": "form", "explode": False, "schema": shape, "example": [in_query(example)]}
    if isinstance(field, NameList):
        names = [*field.names, *(f"-{name}" for name in field.names if field.signed)]
        items = {"type": "string", "enum": names}
        shape = {"type": "array", "items": items, "minItems": 1, "maxItems": len(names), "uniqueItems": True}
        return {**told, "style": "form", "explode": False, "schema": shape, "example": example.split(",")}
    if isinstance(field, DateFilter):
        shape = {"type": "string", "pattern": PERIOD, "maxLength": len("2025-03-18")}
    elif isinstance(field, BooleanFilter):
        shape, example = {"type": "boolean"}, example == "true"
    else:
        default = {"default": field.load_default} if isinstance(field.load_default, int | str) else {}
        shape = {**schema_for(field), **default}
    return {**told, "schema": shape, "example": example}


def in_query(value: object) -> object:
    """A value as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else value


def _item_shape(item: fields.Field[Any]) -> Json:
    """What one value of a list in a query may be, `null` among it where the field may be null."""
    shape = schema_for(item)
    if shape["type"] == "boolean":
        shape = {"type": "string", "enum": list(BOOLEANS)}
    if not item.allow_none:
        return shape
    if "enum" in shape:
        return {**shape, "enum": [*shape["enum"], "null"]}
    return {**shape, "pattern": f"^(null|{shape['pattern'].removeprefix('^').removesuffix('$')})$"}


PERIOD = (
    "^(?!0000)[0-9]{4}(-((0[13578]|1[02])(-(0[1-9]|[12][0-9]|3[01]))?|(0[469]|11)(-(0[1-9]|[12][0-9]|30))?"
    "|02(-(0[1-9]|[12][0-9]))?))?$"
)
"""A year, a month or a day, as JSON Schema can say it: in a common year it takes the 29th of February too."""


def _column(cell: CsvColumn) -> Json:
    shape = {} if cell.several or cell.labels else schema_for(cell.field)
    limits = {name: limit for name, limit in shape.items() if name in CONSTRAINTS}
    always = len(cell.path) == 1 and not cell.several and not cell.field.allow_none
    return {
        "name": cell.name,
        "type": shape.get("type", "string"),
        "description": cell.field.metadata["description"],
        "constraints": {"required": always, "unique": cell.name == "id", **limits},
    }


def _limits(field: fields.Field[Any], of: str) -> Json:
    found: Json = {}
    for rule in field.validators:
        if isinstance(rule, validate.Length):
            lowest, highest = (rule.equal, rule.equal) if rule.equal is not None else (rule.min, rule.max)
            found |= {f"min{of}": lowest, f"max{of}": highest}
        elif isinstance(rule, validate.Range):
            found |= {"minimum": rule.min, "maximum": rule.max}
        elif isinstance(rule, validate.OneOf):
            found |= {"enum": list(rule.choices)}
    return {name: limit for name, limit in found.items() if limit is not None}


def _nested(declared: Mapping[str, fields.Field[Any]]) -> Iterator[tuple[str, Json]]:
    for schema in _schemas_in(declared.values()):
        shape = object_of({name: property_schema(field) for name, field in schema.fields.items()})
        yield type(schema).__name__, {**shape, "description": (type(schema).__doc__ or "").strip()}


def _schemas_in(held: Iterable[fields.Field[Any]]) -> Iterator[Schema]:
    for field in held:
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield inner.schema
            yield from _schemas_in(inner.schema.fields.values())


def _examples(declared: Mapping[str, fields.Field[Any]]) -> Json:
    return {name: _example(field) for name, field in declared.items()}


def _example(field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.List):
        return [_example(field.inner)]
    if isinstance(field, fields.Nested):
        return _examples(field.schema.fields)
    return field.metadata["example"]
