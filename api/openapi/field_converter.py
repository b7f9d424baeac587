"""Marshmallow fields as JSON Schema, converted by apispec."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from apispec.ext.marshmallow.common import resolve_schema_instance
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from api.openapi.json_schema import Json, object_of
from schemas.fields import Code, UniqueList, VocabularyTerm
from schemas.record import Record
from schemas.version import VERSION

OPENAPI_VERSION = "3.1.0"


class ValueConverter(OpenAPIConverter):
    """apispec's converter for the values that a field accepts, without null, description and example."""

    field_mapping = {
        **OpenAPIConverter.field_mapping,
        fields.Integer: ("integer", "int64"),
        fields.Float: ("number", "double"),
        fields.Url: ("string", "uri"),
    }

    def init_attribute_functions(self) -> None:
        """Set the functions that each contribute some keywords to a field's schema, in order."""
        self.attribute_functions = [
            self.field2type_and_format,
            self.field2choices,
            self.field2range,
            self.field2length,
            self.own_keywords,
            self.list2properties,
            self.nested2properties,
        ]

    def own_keywords(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the keywords of the field types that apispec does not know."""
        if isinstance(field, VocabularyTerm):
            return {"enum": list(field.vocabulary)}
        if isinstance(field, Code):
            return {"pattern": f"^{field.pattern.pattern}$"}
        return {"uniqueItems": True} if isinstance(field, UniqueList) and field.distinct else {}


class PropertyConverter(ValueConverter):
    """apispec's converter for a property of a served object. A served object always has all its properties."""

    def init_attribute_functions(self) -> None:
        """Add null, description and example to what a value has."""
        super().init_attribute_functions()
        self.attribute_functions += [self.null_in_enum, self.field2nullable, self.annotations]

    def null_in_enum(self, field: fields.Field[Any], ret: Json) -> Json:
        """Return the enum with null if the field may be null; apispec adds null to the type alone."""
        return {"enum": [*ret["enum"], None]} if field.allow_none and "enum" in ret else {}

    def annotations(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the description and, as JSON Schema has it, a list of examples."""
        described = {"description": field.metadata["description"]} if "description" in field.metadata else {}
        return described | ({"examples": [field.metadata["example"]]} if "example" in field.metadata else {})

    def schema2jsonschema(self, schema: Schema | type[Schema]) -> Json:
        """Return the schema of a record, its properties in the order of the response, or of a nested object."""
        instance = resolve_schema_instance(schema)
        declared = instance.declared() if isinstance(instance, Record) else instance.fields
        properties = {name: self.field2property(field) for name, field in declared.items()}
        return {**object_of(properties), "description": (type(instance).__doc__ or "").strip()}


class PropertyPlugin(MarshmallowPlugin):
    """apispec's marshmallow plugin with our converter of properties."""

    Converter = PropertyConverter


def new_spec() -> APISpec:
    """Return an empty apispec specification. Adding a schema to it also adds the objects nested in it."""
    return APISpec("Readout", VERSION, OPENAPI_VERSION, plugins=[PropertyPlugin()])


def property_schema(spec: APISpec, field: fields.Field[Any]) -> Json:
    """Return the schema of a property of a served object, and add the objects nested in it to a specification."""
    plugin = next(plugin for plugin in spec.plugins if isinstance(plugin, PropertyPlugin))
    schema: Json = plugin.converter.field2property(field) if plugin.converter else {}
    return schema


VALUES = ValueConverter(OPENAPI_VERSION, resolver, new_spec())


def schema_for(field: fields.Field[Any]) -> Json:
    """Return the schema of the values that a field accepts, without null."""
    schema: Json = VALUES.field2property(field)
    return schema
