"""A party: whoever acts, stands somewhere, speaks, is spoken to, or carries a message."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import CountryCode, Reference, StrictBoolean, Text, UniqueList, VocabularyTerm
from schemas.record import Cited, Record, Strict


class Identifier(Strict):
    """What another register calls the party."""

    scheme = VocabularyTerm(vocabularies.IDENTIFIER_SCHEMES, "The register.")
    identifier = Text("The party's identifier there.", example="Q7747")


class Party(Cited, Record):
    """A person, state, office, force, alliance, outlet or group that the sources name or describe."""

    plural = "parties"
    label = "name"
    example = "putin"
    brief = ("id", "name", "kind", "role", "principal_label")

    name = Text("The name it is best known by.", example="Vladimir Putin", search=True)
    kind = VocabularyTerm(vocabularies.PARTY_KINDS, "What sort of party it is.")
    named = StrictBoolean("False for somebody the source leaves unnamed.", default=True)
    role = Text("Its role, as the source gives it.", example="Russian president", nullable=True, search=True)
    principal = Reference(
        "parties", "The party on whose behalf it acts: of a president, the state.", example="russia", nullable=True
    )
    principal_basis = VocabularyTerm(
        vocabularies.BASES, "How the editor knows on whose behalf it acts; null when `principal` is.", nullable=True
    )
    country = CountryCode("The country it belongs to (ISO 3166-1 alpha-2).", example="RU")
    aliases = UniqueList(
        Text("A name.", example="the Russian president"), "Other names the sources use for it.", search=True
    )
    identifiers = UniqueList(fields.Nested(Identifier), "What registers call it; outside knowledge.")

    @validates_schema
    def says_how_the_principal_is_known(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A principal says how it is known."""
        if (data["principal"] is None) != (data["principal_basis"] is None):
            raise ValidationError("A principal has a basis, and a basis has a principal.", "principal_basis")
