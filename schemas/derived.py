"""Fields that are derived from a record, its source and its parties when it is written; bundles do not contain them."""

from functools import cache
from typing import Any

from marshmallow import fields

from schemas.fields import AccountId, Reference, Text, UniqueList
from schemas.record import Cited, Record

ACCOUNTS = UniqueList(
    AccountId("Who gives an account.", example="kremlin"),
    "Whose word it is: parties; the parties that issued the source; the source itself if a journalist writes in their"
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


@cache
def derived_fields(record: type[Record]) -> dict[str, fields.Field[Any]]:
    """Return the derived fields of a type by name, in the order in which they are served."""
    derived: dict[str, fields.Field[Any]] = {}
    if issubclass(record, Cited):
        derived |= {"accounts": ACCOUNTS, "attribution": ATTRIBUTION}
    if "on_behalf_of" in record.declared():
        derived["principals"] = PRINCIPALS
    return derived


def served_fields(record: type[Record]) -> dict[str, fields.Field[Any]]:
    """Return the fields of a type as it is served: its own, then the derived ones."""
    return {**record.declared(), **derived_fields(record)}
