"""The shapes that descriptions are made of: JSON Schema (draft 2020-12), the dialect of OpenAPI 3.1."""

from typing import Any

from schemas.fields import MAX_CODE_LENGTH, MAX_INTEGER, MAX_TEXT_LENGTH

Json = dict[str, Any]
MAX_URL_LENGTH = 2000

TEXT: Json = {"type": "string", "maxLength": MAX_TEXT_LENGTH}
ID: Json = {"type": "string", "maxLength": MAX_CODE_LENGTH}
INTEGER: Json = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_INTEGER}
BOOLEAN: Json = {"type": "boolean"}
LONG_TEXT: Json = {"type": "string", "maxLength": MAX_INTEGER}
META: Json = {"$ref": "#/components/schemas/Meta"}


def array_of(items: Json, most: int = MAX_INTEGER) -> Json:
    """A list of such items."""
    return {"type": "array", "items": items, "maxItems": most}


def object_of(properties: dict[str, Json]) -> Json:
    """An object whose keys are always all there."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def nullable(shape: Json) -> Json:
    """The same values, or null."""
    if "$ref" in shape:
        return {"oneOf": [shape, {"type": "null"}]}
    terms = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **terms}


def url_schema(what: str) -> Json:
    """An absolute address."""
    return {"type": "string", "format": "uri", "maxLength": MAX_URL_LENGTH, "description": what}


def url_template_schema(description: str) -> Json:
    """The schema of an absolute address that may have {placeholders}."""
    return {**url_schema(description), "format": "uri-template"}
