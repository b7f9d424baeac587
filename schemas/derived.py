"""Fields that are derived from a record, its source and its parties when it is written; bundles do not contain them."""

from functools import cache
from typing import Any

from marshmallow import fields

from schemas.addition import TARGETS
from schemas.fields import SLUG, AccountId, Code, EdtfDate, Reference, Text, UniqueList
from schemas.party import Identifier
from schemas.record import Citation, Cited, Dated, Record, Strict

ACCOUNTS = UniqueList(
    AccountId("Who gives an account.", example="kremlin"),
    "According to whom: parties; the parties that issued the source; the source itself if a journalist writes in their"
    " own voice; or `unattributed`.",
    filter="account",
)
ATTRIBUTION = Text(
    "`accounts` in words that can be printed; `the editors, from …` if the wording is theirs.",
    example="Vladimir Putin, according to the Kremlin",
)
INFERRED = " (inferred)"
"""The end of the attribution of a position that the editor inferred."""
PRINCIPALS = UniqueList(
    Reference("parties", "A party.", example="russia"),
    "For whom it counts: `on_behalf_of`, or else the principal of the party, or else the party itself.",
)


class Contribution(Strict):
    """What one addition adds to the record."""

    addition = Code("The id of the addition.", pattern=SLUG, form="an id", example="adviser-named")
    source = Code("The source that adds.", pattern=SLUG, form="an id", example="later-report")
    citations = UniqueList(fields.Nested(Citation), "The paragraphs that it adds.", least=1)


class DatedContribution(Contribution):
    """What one addition adds to a record with a date."""

    date = EdtfDate("The date in EDTF that it adds; null if none.")


class PartyContribution(Contribution):
    """What one addition adds to a party."""

    aliases = UniqueList(Text("A name.", example="the Russian president"), "The names that it adds.")
    identifiers = UniqueList(fields.Nested(Identifier), "The identifiers that it adds.")


@cache
def derived_fields(record: type[Record]) -> dict[str, fields.Field[Any]]:
    """Return the derived fields of a type by name, in the order in which they are served."""
    derived: dict[str, fields.Field[Any]] = {}
    if issubclass(record, Cited):
        derived |= {"accounts": ACCOUNTS, "attribution": ATTRIBUTION}
    if "on_behalf_of" in record.declared():
        derived["principals"] = PRINCIPALS
    if schema := contribution(record):
        derived["additions"] = UniqueList(
            fields.Nested(schema), "What later sources add to it, in the order in which it is applied."
        )
    return derived


def served_fields(record: type[Record]) -> dict[str, fields.Field[Any]]:
    """Return the fields of a type as it is served: its own, then the derived ones."""
    return {**record.declared(), **derived_fields(record)}


def contribution(record: type[Record]) -> type[Contribution] | None:
    """Return the schema of what an addition adds to a record of a type; None if it cannot be added to."""
    if record not in TARGETS.values():
        return None
    if issubclass(record, Dated):
        return DatedContribution
    return PartyContribution if "aliases" in record.declared() else Contribution
