"""Record types as Frictionless Table Schema, which describes their CSV files."""

from api.lists.csv_columns import CsvColumn, csv_columns
from api.openapi.field_converter import schema_for
from api.openapi.json_schema import Json
from schemas.fields import Reference
from schemas.record import DAY_FIELDS, Record

CONSTRAINTS = {"enum", "pattern", "minimum", "maximum", "minLength", "maxLength"}
"""The keywords that JSON Schema and Table Schema share."""


def table_schema(record: type[Record]) -> Json:
    """Return the Table Schema of a record type's CSV."""
    described = [_column(column) for column in csv_columns(record).values()]
    return {"fields": described, "primaryKey": ["id"], "missingValues": [""]}


def foreign_keys(record: type[Record]) -> list[Json]:
    """Return the foreign keys of a record type's CSV. A list of references is one cell, which cannot be a key."""
    return [
        {"fields": [column.name], "reference": {"resource": column.field.to, "fields": ["id"]}}
        for column in csv_columns(record).values()
        if isinstance(column.field, Reference) and not column.several and not column.labels
    ]


def _column(column: CsvColumn) -> Json:
    """Return a column's description. A joined list or a label is plain text, without the field's constraints."""
    schema = {} if column.several or column.labels else schema_for(column.field)
    if column.name in DAY_FIELDS:
        schema = {"type": "date"}
    constraints = {name: schema[name] for name in schema if name in CONSTRAINTS}
    required = len(column.path) == 1 and not column.several and not column.field.allow_none
    return {
        "name": column.name,
        "type": schema.get("type", "string"),
        "description": column.field.metadata["description"],
        "constraints": {"required": required, "unique": column.name == "id", **constraints},
    }
