"""Building blocks of JSON Schema (draft 2020-12), the schema language of OpenAPI 3.1."""

from typing import Any

from schemas.fields import MAX_CODE_LENGTH, MAX_INTEGER, MAX_TEXT_LENGTH
from schemas.terms import SIDES

Json = dict[str, Any]
MAX_URL_LENGTH = 2000

TEXT: Json = {"title": "Text", "type": "string", "maxLength": MAX_TEXT_LENGTH}
ID: Json = {"title": "Id", "type": "string", "maxLength": MAX_CODE_LENGTH}
"""An id, a term or a date."""
INTEGER: Json = {"title": "Count", "type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_INTEGER}
BOOLEAN: Json = {"type": "boolean"}
LONG_TEXT: Json = {"title": "LongText", "type": "string", "maxLength": MAX_INTEGER}
BINARY: Json = {"title": "Binary", "type": "string", "format": "binary", "maxLength": MAX_INTEGER}
"""Bytes. Generators of clients save these, and decode other strings as UTF-8."""
SIDE: Json = {"title": "Side", "type": "string", "enum": list(SIDES)}
URL: Json = {"title": "Url", "type": "string", "format": "uri", "maxLength": MAX_URL_LENGTH}
META: Json = {"$ref": "#/components/schemas/Meta"}


def array_of(items: Json, max_items: int = MAX_INTEGER) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "maxItems": max_items}


def object_of(properties: Json, title: str | None = None) -> Json:
    """Return the schema of an object in which every property is present and no other is.

    A schema with a title becomes a component of that name in the OpenAPI document.
    """
    schema: Json = {"title": title} if title else {}
    required = list(properties)
    return {**schema, "type": "object", "properties": properties, "required": required, "additionalProperties": False}


def nullable(schema: Json) -> Json:
    """Return a schema that also accepts null."""
    if "$ref" in schema or ("title" in schema and schema["type"] == "object"):
        return {"anyOf": [schema, {"type": "null"}]}
    title = {"title": f"{schema['title']}OrNull"} if "title" in schema else {}
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **title, "type": [schema["type"], "null"], **enum}


def url_schema(description: str) -> Json:
    """Return the schema of an absolute URL."""
    return {**URL, "description": description}


def url_template_schema(description: str) -> Json:
    """Return the schema of an absolute URL that may contain {placeholders} (RFC 6570)."""
    return {**URL, "title": "UrlTemplate", "format": "uri-template", "description": description}
