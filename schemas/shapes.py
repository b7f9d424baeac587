"""The shapes that descriptions are made of: JSON Schema (draft 2020-12), the dialect of OpenAPI 3.1."""

from typing import Any

from schemas.fields import LARGEST_INTEGER, LONGEST_CODE, LONGEST_TEXT

Json = dict[str, Any]
LONGEST_URL = 2000

TEXT: Json = {"type": "string", "maxLength": LONGEST_TEXT}
ID: Json = {"type": "string", "maxLength": LONGEST_CODE}
WHOLE: Json = {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST_INTEGER}
TRUTH: Json = {"type": "boolean"}
UNBOUNDED: Json = {"type": "string", "maxLength": LARGEST_INTEGER}
META: Json = {"$ref": "#/components/schemas/Meta"}


def list_of(items: Json, most: int = LARGEST_INTEGER) -> Json:
    """A list of such items."""
    return {"type": "array", "items": items, "maxItems": most}


def object_of(properties: dict[str, Json]) -> Json:
    """An object whose keys are always all there."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def or_null(shape: Json) -> Json:
    """The same values, or null."""
    if "$ref" in shape:
        return {"oneOf": [shape, {"type": "null"}]}
    terms = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **terms}


def url_of(what: str) -> Json:
    """An absolute address."""
    return {"type": "string", "format": "uri", "maxLength": LONGEST_URL, "description": what}


def template_of(description: str) -> Json:
    """The schema of an absolute address that may have {placeholders}."""
    return {**url_of(description), "format": "uri-template"}
