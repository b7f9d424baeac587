"""Marshmallow fields as JSON Schema, converted by apispec."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from apispec.ext.marshmallow.common import resolve_schema_instance
from marshmallow import Schema, fields

from api.openapi.json_schema import Json, object_of
from schemas.fields import Reference, VocabularyTerm
from schemas.json_schema import OPENAPI_VERSION, AnnotatedConverter, ValueConverter
from schemas.record import Record
from schemas.version import VERSION


class PropertyConverter(AnnotatedConverter):
    """apispec's converter for a property of a served object. A served object always has all its properties."""

    def annotations(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the description and an example, unless that of the ids or the terms is enough."""
        annotations = super().annotations(field, **kwargs)
        if isinstance(field, Reference | VocabularyTerm):
            annotations.pop("examples", None)
        return annotations

    def list2properties(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the schema of the items of a list, without a description, since the list has one."""
        properties: Json = super().list2properties(field, **kwargs)
        if "title" in properties.get("items", {}):
            properties["items"].pop("description", None)
        return properties

    def own_keywords(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the keywords of our field types. Generators make sets of unique items, and our lists have an order."""
        keywords: Json = super().own_keywords(field, **kwargs)
        return {name: value for name, value in keywords.items() if name != "uniqueItems"}

    def field2length(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the limits of the length; a minimum of 0 is left out."""
        limits: Json = super().field2length(field, **kwargs)
        return {name: limit for name, limit in limits.items() if limit}

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
