"""Marshmallow fields as JSON Schema, converted by apispec: what every schema of a value has."""

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from schemas.fields import Code, UniqueList, VocabularyTerm
from schemas.terms import Vocabulary
from schemas.vocabularies import VOCABULARIES

Json = dict[str, Any]


def camel_case(name: str) -> str:
    """Return a name of words joined by hyphens or underscores as generators of clients write classes."""
    return "".join(word.capitalize() for word in name.replace("_", "-").split("-"))


def vocabulary_title(vocabulary: Vocabulary) -> str | None:
    """Return the title of a vocabulary that is served, None for another."""
    return camel_case(vocabulary.name) if VOCABULARIES.get(vocabulary.name) is vocabulary else None


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
            title = {"title": f"TermOf{name}"} if (name := vocabulary_title(field.vocabulary)) else {}
            return {"enum": list(field.vocabulary), **title}
        if isinstance(field, Code):
            return {"pattern": f"^{field.pattern.pattern}$"}
        return {"uniqueItems": True} if isinstance(field, UniqueList) and field.distinct else {}


class AnnotatedConverter(ValueConverter):
    """apispec's converter for a property: its values, null if allowed, and what it means."""

    def init_attribute_functions(self) -> None:
        """Add null, description and example to what a value has."""
        super().init_attribute_functions()
        self.attribute_functions += [self.null_in_enum, self.field2nullable, self.annotations]

    def null_in_enum(self, field: fields.Field[Any], ret: Json) -> Json:
        """Return the enum with null if the field may be null; apispec adds null to the type alone."""
        if not field.allow_none or "enum" not in ret:
            return {}
        return {"enum": [*ret["enum"], None], **({"title": ret["title"] + "OrNull"} if "title" in ret else {})}

    def annotations(self, field: fields.Field[Any], **kwargs: Any) -> Json:
        """Return the description and, as JSON Schema has it, a list of examples."""
        described = {"description": field.metadata["description"]} if "description" in field.metadata else {}
        return described | ({"examples": [field.metadata["example"]]} if "example" in field.metadata else {})
