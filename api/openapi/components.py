"""Schemas of the OpenAPI document: records, lists of records, and what all responses share."""

from api.lists.list_parameters import MAX_LIMIT
from api.openapi.json_schema import ID, INTEGER, LONG_TEXT, TEXT, Json, array_of, nullable, object_of, url_schema
from api.openapi.retired import RETIRED_PROPERTIES
from api.openapi.schemas import record_components
from schemas import RECORDS
from schemas.fields import MAX_INTEGER, MAX_LIST_LENGTH, MAX_TEXT_LENGTH
from schemas.record import Record
from schemas.timeline import Timeline

REFERRERS: Json = {
    **array_of(object_of({"type": ID, "id": ID, "url": url_schema("The record.")}, "RecordReference")),
    "description": "The records that refer to the record.",
}
URI_REFERENCE: Json = {"title": "UriReference", "type": "string", "format": "uri-reference", "maxLength": MAX_INTEGER}
PAGE = {
    **object_of(
        {
            "limit": {**INTEGER, "description": "The maximum number of records on a page."},
            "total": {**INTEGER, "description": "The number of records that match, on all pages together."},
            "next": nullable(url_schema("The next page.")),
            "previous": nullable(url_schema("The previous page.")),
        }
    ),
    "description": "The position of the page in its list.",
}
META_PROPERTIES: Json = {
    "revision": {**INTEGER, "description": "The revision of the data. It grows with every change."},
    "data_through": {**nullable(TEXT), "description": "The latest publication date of a source."},
    "as_of": {**nullable(TEXT), "description": "The last day included, if `as_of` was given."},
}
META_SCHEMA = {**object_of(META_PROPERTIES), "description": "The state of the data."}
LIST_META_SCHEMA = {
    **object_of(
        {
            **META_PROPERTIES,
            "did_you_mean": {**nullable(TEXT), "description": "A text that `q` may find, if it found nothing."},
        }
    ),
    "description": "The state of the data, and another text to search for.",
}
FACETS: Json = {
    "title": "Facets",
    "type": "object",
    "description": "The counts requested with `facet`, by name. Present only with `facet`.",
    "additionalProperties": {
        "type": "array",
        "maxItems": MAX_INTEGER,
        "items": object_of(
            {"value": {"type": ["string", "boolean"], "maxLength": MAX_TEXT_LENGTH}, "count": INTEGER}, "FacetCount"
        ),
    },
}
FIELD_ERROR: Json = {
    "title": "FieldError",
    **object_of(
        {
            "parameter": {**LONG_TEXT, "description": "The query parameter, if the error is in the query."},
            "pointer": {**URI_REFERENCE, "description": "JSON Pointer (RFC 6901), if the error is in the body."},
            "detail": {**LONG_TEXT, "description": "What is wrong."},
            "allowed": {**array_of(TEXT), "description": "The values accepted, if they can be listed."},
            "did_you_mean": {**nullable(TEXT), "description": "The nearest accepted value."},
        }
    ),
    "required": ["detail", "allowed", "did_you_mean"],
}
PROBLEM_PROPERTIES: Json = {
    "type": {**URI_REFERENCE, "description": "The URI of the problem type."},
    "title": {**TEXT, "description": "The problem type in words."},
    "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
    "detail": {**LONG_TEXT, "description": "What is wrong and what to do."},
    "instance": {**URI_REFERENCE, "description": "The path requested."},
    "docs": {**URI_REFERENCE, "description": "The documentation of the endpoint."},
    "errors": {**array_of(FIELD_ERROR, MAX_LIST_LENGTH), "description": "Each error in the query or the body."},
}
PROBLEM: Json = {
    **object_of({**PROBLEM_PROPERTIES, **RETIRED_PROPERTIES, "referrers": REFERRERS}),
    "required": list(PROBLEM_PROPERTIES),
    "description": "A problem document (RFC 9457). Only a 409 has `referrers`, only a 410 has `revision` to `links`.",
}


def schema_components() -> Json:
    """Return every schema by name."""
    records: list[type[Record]] = [*RECORDS.values(), Timeline]
    lists = {f"{record.__name__}List": list_schema(record.__name__) for record in records}
    return {
        "Page": PAGE,
        "Meta": META_SCHEMA,
        "ListMeta": LIST_META_SCHEMA,
        "ProblemDetails": PROBLEM,
        **record_components(),
        **lists,
    }


def list_schema(name: str) -> Json:
    """Return the schema of a page of records."""
    page, meta = ({"$ref": f"#/components/schemas/{name}"} for name in ("Page", "ListMeta"))
    data = array_of({"$ref": f"#/components/schemas/{name}"}, MAX_LIMIT)
    schema = object_of({"data": data, "page": page, "meta": meta})
    schema["properties"]["facets"] = FACETS
    return {**schema, "description": f"A page of {name} records."}
