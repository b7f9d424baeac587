"""Records as components of the OpenAPI document, and example records."""

from functools import cache

from api.openapi.field_converter import new_spec, property_schema, schema_for
from api.openapi.json_schema import INTEGER, URL, Json, url_schema
from api.openapi.routes import EXAMPLE_BASE
from schemas import RECORDS
from schemas.derived import derived_fields
from schemas.fields import MAX_INTEGER, AccountId, EdtfDate, Reference
from schemas.json_schema import id_title
from schemas.record import Record
from schemas.timeline import Timeline

LINKS: Json = {
    "title": "Links",
    "type": "object",
    "description": "The URLs of the lists of records that belong to it, by name.",
    "additionalProperties": URL,
}
INCLUDED: Json = {
    "title": "Included",
    "type": "object",
    "description": "The related records requested with `include`, by name. Present only with `include`.",
    "additionalProperties": {"type": "array", "maxItems": MAX_INTEGER, "items": {"type": "object"}},
}


@cache
def record_components() -> Json:
    """Return the schemas of all record types and of the objects nested in them, by name."""
    records: list[type[Record]] = [*RECORDS.values(), Timeline]
    spec = new_spec()
    for record in records:
        spec.components.schema(record.__name__, schema=record)
    derived = {
        record: {name: property_schema(spec, field) for name, field in derived_fields(record).items()}
        for record in records
    }
    components: Json = spec.components.schemas
    served = {record: record_schema(record, components[record.__name__], derived[record]) for record in records}
    return components | {record.__name__: schema for record, schema in served.items()}


def record_schema(record: type[Record], stored: Json, derived: Json) -> Json:
    """Return the schema of a record as served: its fields, what every record has in addition, and `included`.

    No key is required, since `fields` can leave out any. Why not a second schema for that: clients generated from a
    choice of two would have every model twice.
    """
    id = {"id": id_schema(record) | {"description": stored["properties"]["id"]["description"]}} if record.stored else {}
    properties = {**stored["properties"], **id, **derived, **added_properties(), "included": INCLUDED}
    presence = "All keys but `included`, or with `fields` only those."
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": f"{stored['description']} {presence}",
    }


def id_schema(record: type[Record]) -> Json:
    """Return the schema of the ids of a record type."""
    return schema_for(Reference(record.plural, "", example=record.example))


def value_examples() -> dict[str, str]:
    """Return an example by title of each schema of ids, accounts, dates and URLs, nullable or not."""
    values = {id_title(plural): record.example for plural, record in RECORDS.items()}
    values |= {AccountId.__name__: "kremlin", EdtfDate.__name__: "2025-03-18", "Url": f"{EXAMPLE_BASE}/parties/putin"}
    return {f"{title}{null}": example for title, example in values.items() for null in ("", "OrNull")}


def added_properties() -> Json:
    """Return the schemas of the properties that every served record has in addition to its fields and derived ones."""
    return {
        "revision": {**INTEGER, "examples": [1], "description": "The revision that last changed it."},
        "url": url_schema("Its URL."),
        "links": LINKS,
    }
