"""A party: whoever acts, holds a position, speaks, is addressed, or publishes what others say."""

import re
import unicodedata
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import (
    MAX_NAME_LENGTH,
    Code,
    CountryCode,
    Reference,
    StrictBoolean,
    Text,
    UniqueList,
    VocabularyTerm,
)
from schemas.record import Cited, Record, Strict

MAX_ALIASES = 200
"""With the length of each, this bounds the time to mark what a search found in them."""
FORMS = {"wikidata": (re.compile("Q[1-9][0-9]*"), "Q7747")}
"""The form of an identifier by register, with an example."""


def name_key(name: str) -> str:
    """Return what names have in common that differ in case, spaces and Unicode form at most."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


class Identifier(Strict):
    """The identifier of the party in a register."""

    scheme = VocabularyTerm(vocabularies.IDENTIFIER_SCHEMES, "The register.")
    identifier = Code(
        "The identifier of the party in that register.",
        pattern="[A-Za-z0-9.:_/-]+",
        form="an identifier of letters, digits and .:_/-, as in 'Q7747'",
        example="Q7747",
        filter="identifier",
    )

    @validates_schema
    def check_form(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require the form of the register."""
        form, example = FORMS[data["scheme"]]
        if not form.fullmatch(data["identifier"]):
            raise ValidationError(f"Must have the form of {data['scheme']}, as in {example!r}.", "identifier")


class Party(Cited, Record):
    """A person, state, office, force, alliance, outlet or group that the sources name or describe."""

    plural = "parties"
    label = "name"
    example = "putin"
    brief = ("id", "name", "kind", "role", "principal_label", "attribution", "citations_paragraph")

    name = Text("The name by which it is best known.", example="Vladimir Putin", search=True)
    kind = VocabularyTerm(vocabularies.PARTY_KINDS, "What sort of party it is.")
    named = StrictBoolean("False if the source does not name it.", default=True)
    role = Text("Its role, in the words of the source.", example="Russian president", nullable=True, search=True)
    principal = Reference(
        "parties",
        "The state or body on whose behalf it acts: for a president, the state.",
        example="russia",
        nullable=True,
    )
    principal_basis = VocabularyTerm(
        vocabularies.BASES, "How the editor knows `principal`; null if `principal` is null.", nullable=True
    )
    country = CountryCode("The country it belongs to (ISO 3166-1 alpha-2).", example="RU")
    aliases = UniqueList(
        Text("A name.", example="the Russian president", most=MAX_NAME_LENGTH),
        "Other names that the sources use for it.",
        search=True,
        most=MAX_ALIASES,
    )
    identifiers = UniqueList(fields.Nested(Identifier), "Its identifiers in registers, which are not from the source.")

    @validates_schema
    def check_principal_basis(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a basis with a principal, and forbid it without one."""
        if (data["principal"] is None) != (data["principal_basis"] is None):
            raise ValidationError("Required if `principal` is given; must be null otherwise.", "principal_basis")

    @validates_schema
    def check_unnamed(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require that a party whom the source does not name is in no register."""
        if not data["named"] and data["identifiers"]:
            raise ValidationError("Must be empty if `named` is false.", "identifiers")

    @validates_schema
    def check_aliases(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Reject an alias that differs from the name, or from another alias, in case and spaces at most."""
        known = {name_key(data["name"]): data["name"]}
        for place, alias in enumerate(data["aliases"]):
            if other := known.get(name_key(alias)):
                detail = f"Is the same name as {other!r}: search and suggestions ignore case. Remove it."
                raise ValidationError({"aliases": {place: [detail]}})
            known[name_key(alias)] = alias

    @validates_schema
    def check_identifiers(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Reject a second identifier in a register, which has one entry for each party."""
        schemes = [identifier["scheme"] for identifier in data["identifiers"]]
        for place, scheme in enumerate(schemes):
            if scheme in schemes[:place]:
                detail = f"Is a second identifier in {scheme}. Remove the one that is not this party's."
                raise ValidationError({"identifiers": {place: [detail]}})
