"""Marshmallow fields as JSON Schema, converted by apispec: what every schema of a value has."""

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from schemas import RECORDS
from schemas.fields import (
    MAX_TEXT_LENGTH,
    AccountId,
    Code,
    EdtfDate,
    PositiveInteger,
    Reference,
    Slug,
    Text,
    UniqueList,
    VocabularyTerm,
    WebAddress,
)
from schemas.terms import Vocabulary

Json = dict[str, Any]
OPENAPI_VERSION = "3.1.0"
NAMED = (AccountId, EdtfDate, PositiveInteger, Slug, Text, WebAddress)
"""The types of fields whose values have one schema, which is called after the type."""


def camel_case(name: str) -> str:
    """Return a name of words joined by hyphens or underscores as generators of clients write classes."""
    return "".join(word.capitalize() for word in name.replace("_", "-").split("-"))


def vocabulary_title(vocabulary: Vocabulary) -> str:
    """Return the title of a vocabulary."""
    return camel_case(vocabulary.name)


def id_title(plural: str) -> str:
    """Return the title of the ids of a record type."""
    return f"{RECORDS[plural].__name__}Id"


def _title(field: fields.Field[Any]) -> str | None:
    """Return the title of the values that many fields share, None for others."""
    if isinstance(field, VocabularyTerm):
        return f"TermOf{vocabulary_title(field.vocabulary)}"
    if isinstance(field, Reference):
        return id_title(field.to)
    if isinstance(field, Text) and field.most != MAX_TEXT_LENGTH:
        return None
    return type(field).__name__ if type(field) in NAMED else None


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
            self.field2pattern,
            self.own_keywords,
            self.list2properties,
            self.nested2properties,
        ]

    def own_keywords(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the keywords of the field types that apispec does not know."""
        title = {"title": name} if (name := _title(field)) else {}
        if isinstance(field, VocabularyTerm):
            return {"enum": list(field.vocabulary), **title}
        if isinstance(field, Code):
            return {"pattern": f"^{field.pattern.pattern}$", **title}
        return title | ({"uniqueItems": True} if isinstance(field, UniqueList) and field.distinct else {})


class AnnotatedConverter(ValueConverter):
    """apispec's converter for a property: its values, null if allowed, and what it means."""

    def init_attribute_functions(self) -> None:
        """Add null, description and example to what a value has."""
        super().init_attribute_functions()
        self.attribute_functions += [self.or_null, self.field2nullable, self.annotations]

    def or_null(self, field: fields.Field[Any], ret: Json) -> Json:
        """Return title and enum with null if the field may be null; apispec adds null to the type alone."""
        if not field.allow_none:
            return {}
        title = {"title": ret["title"] + "OrNull"} if "title" in ret else {}
        return title | ({"enum": [*ret["enum"], None]} if "enum" in ret else {})

    def annotations(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the description and, as JSON Schema has it, a list of examples."""
        described = {"description": field.metadata["description"]} if "description" in field.metadata else {}
        return described | ({"examples": [field.metadata["example"]]} if "example" in field.metadata else {})
