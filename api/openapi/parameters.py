"""Query parameters as OpenAPI Parameter Objects.

Why not apispec's `schema2parameters`: it cannot express comma-separated lists of our filter types (`explode: false`).
"""

from typing import Any

from marshmallow import Schema, fields

from api.openapi.field_converter import schema_for
from api.openapi.json_schema import Json
from api.openapi.schemas import id_schema
from schemas import RECORDS
from schemas.fields import MAX_CODE_LENGTH, VocabularyTerm
from schemas.filters import BOOLEANS, AnyOf, BooleanFilter, ColumnFilter, DateFilter, NotFilter
from schemas.json_schema import camel_case, id_title, vocabulary_title
from schemas.query_schema import NameList
from schemas.record import Record
from seed.storage.mapping import singular

DAY_PATTERN = (
    "^(?!0000)[0-9]{4}(-((0[13578]|1[02])(-(0[1-9]|[12][0-9]|3[01]))?|(0[469]|11)(-(0[1-9]|[12][0-9]|30))?"
    "|02(-(0[1-9]|[12][0-9]))?))?$"
)
"""A year, a month or a day. A regular expression cannot exclude 29 February in common years; the server does."""
LIST_STYLE = {"explode": False}
"""Values joined by commas: not a parameter for each."""


def parameters_for(schema: Schema) -> list[Json]:
    """Return the query parameters of an endpoint."""
    return [_parameter(name, field) for name, field in schema.fields.items()]


def id_in_path(record: type[Record]) -> dict[str, Json]:
    """Return the id of a record in a path: its description, schema and example."""
    description = f"The id of the {singular(record.plural)}."
    return {"id": {"description": description, "schema": id_schema(record), "example": record.example}}


def _parameter(name: str, field: fields.Field[Any]) -> Json:
    required = {"required": True} if field.required else {}
    head = {"name": name, "in": "query", **required, "description": field.metadata["description"]}
    example = field.metadata["example"]
    if isinstance(field, AnyOf):
        values = [_query_value(value) for value in (example if isinstance(example, list) else [example])]
        schema = _values_schema(field, values)
        return {**head, **LIST_STYLE, "schema": schema, **({} if "title" in schema else {"example": values})}
    if isinstance(field, NameList):
        return {**head, **LIST_STYLE, "schema": _names_schema(field), "example": example.split(",")}
    if isinstance(field, BooleanFilter):
        return {**head, "schema": {"type": "boolean"}, "example": example == "true"}
    return {**head, "schema": _single_schema(field), "example": example}


def _values_schema(field: AnyOf, examples: list[object]) -> Json:
    """Return the schema of the values. If it has a title, it also has the example, and the parameters omit theirs."""
    title, items = _title(field), _item_schema(field.item)
    if title and "enum" not in items and field.to not in RECORDS:
        items = items | {"examples": examples}
    if field.to in RECORDS:
        items = items | (
            {"examples": [RECORDS[field.to].example]} if field.item.allow_none else id_schema(RECORDS[field.to])
        )
    return {**title, "type": "array", "items": items, "minItems": field.least, "maxItems": field.most}


def _title(field: AnyOf) -> Json:
    """Return the name of a shared schema for lists of ids, of the terms of a vocabulary, or of values of a field.

    A filter and its opposite share one.
    """
    null = "OrNull" if field.item.allow_none else ""
    if (field.least, field.most) != (AnyOf.least, AnyOf.most):
        return {}
    if isinstance(field.item, VocabularyTerm):
        return {"title": f"AnyOf{vocabulary_title(field.item.vocabulary)}{null}"}
    if field.to in RECORDS:
        return {"title": f"{id_title(field.to)}s{null}"}
    column = field.column if isinstance(field, NotFilter) else field
    return {"title": f"AnyOf{camel_case(column.column)}"} if isinstance(column, ColumnFilter) else {}


def _names_schema(field: NameList) -> Json:
    """Return the schema of some names. A pattern is shorter than an enum, and needs no type in a generated client."""
    sign = "-?" if field.signed else ""
    items = {"type": "string", "pattern": f"^{sign}({'|'.join(field.names)})$", "maxLength": MAX_CODE_LENGTH}
    return {"type": "array", "items": items, "minItems": 1, "maxItems": len(field.names), "uniqueItems": True}


def _single_schema(field: fields.Field[Any]) -> Json:
    if isinstance(field, DateFilter):
        return {"title": "Day", "type": "string", "pattern": DAY_PATTERN, "maxLength": len("2025-03-18")}
    default = {"default": field.load_default} if isinstance(field.load_default, int | str) else {}
    return {**schema_for(field), **default}


def _item_schema(item: fields.Field[Any]) -> Json:
    """Return the schema of one value of a list, including the word `null` if the field may be null."""
    schema = schema_for(item)
    if schema["type"] == "boolean":
        schema = {"title": "BooleanText", "type": "string", "enum": list(BOOLEANS)}
    if not item.allow_none:
        return schema
    title = schema.pop("title", None)
    if "enum" in schema:
        return {**schema, "title": f"{title}OrNull", "enum": [*schema["enum"], "null"]}
    return {**schema, "pattern": f"^(null|{schema['pattern'].removeprefix('^').removesuffix('$')})$"}


def _query_value(value: object) -> object:
    """Return a value as written in a query string."""
    return str(value).lower() if isinstance(value, bool) else value
