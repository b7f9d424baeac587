"""The JSON Schema of bundles, for editors: what `check` says of a field alone, while it is written."""

import json

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from marshmallow import Schema

from schemas import RECORDS
from schemas.bundle import BundleRules
from schemas.fields import MAX_LIST_LENGTH
from schemas.json_schema import OPENAPI_VERSION, AnnotatedConverter, Json
from schemas.record import Record
from schemas.version import VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENTS, DEFINITIONS = "#/components/schemas/", "#/$defs/"


class InputConverter(AnnotatedConverter):
    """apispec's converter for an object that people write: fields with a default may be left out."""

    def schema2jsonschema(self, schema: Schema | type[Schema]) -> Json:
        """Return the schema of a record or of an object in it, without the fields that are derived."""
        instance = resolve_schema_instance(schema)
        written = instance.written() if isinstance(instance, Record) else instance.fields
        return {
            "type": "object",
            "description": (type(instance).__doc__ or "").strip(),
            "properties": {name: self.field2property(field) for name, field in written.items()},
            "required": [name for name, field in written.items() if field.required],
            "additionalProperties": False,
        }


class InputPlugin(MarshmallowPlugin):
    """apispec's marshmallow plugin with our converter of objects that people write."""

    Converter = InputConverter


def bundle_schema() -> Json:
    """Return the schema of a bundle. References and the rules between fields are left to `check`."""
    spec = APISpec("Readout", VERSION, OPENAPI_VERSION, plugins=[InputPlugin()])
    written: list[type[Schema]] = [*RECORDS.values(), BundleRules]
    for each in written:
        spec.components.schema(each.__name__, schema=each)
    objects = spec.components.schemas
    lists = {
        plural: {"type": "array", "items": {"$ref": COMPONENTS + record.__name__}, "maxItems": MAX_LIST_LENGTH}
        for plural, record in RECORDS.items()
    }
    lists["sources"] |= {"minItems": 1, "maxItems": 1}
    schema = {
        "$schema": DIALECT,
        "title": "A Readout bundle",
        **objects.pop(BundleRules.__name__),
        "$defs": objects,
    }
    schema["properties"] = schema["properties"] | lists
    schema["required"] = ["sources"]
    result: Json = json.loads(json.dumps(schema).replace(COMPONENTS, DEFINITIONS))
    return result
