"""An addition: what a later source adds to a record of an earlier one, which remains the owner."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.event import Event
from schemas.fields import MAX_NAME_LENGTH, Reference, Text, UniqueList
from schemas.issue import Issue
from schemas.negotiation import Negotiation
from schemas.party import MAX_ALIASES, Identifier, Party
from schemas.position import Position
from schemas.proposal import Proposal
from schemas.question import Question
from schemas.record import Cited, Dated, Record
from schemas.statement import Statement

TARGETS: dict[str, type[Record]] = {
    "negotiation": Negotiation,
    "party": Party,
    "issue": Issue,
    "event": Event,
    "proposal": Proposal,
    "position": Position,
    "statement": Statement,
    "question": Question,
}
"""The types that can be added to, by the field that refers to the record."""
DATED_TARGETS = [name for name, record in TARGETS.items() if issubclass(record, Dated)]
NAMES = ", ".join(f"`{name}`" for name in TARGETS)


class Addition(Cited, Dated, Record):
    """What a later source adds to one record of an earlier source: a citation, a sharper date, aliases, identifiers."""

    plural = "additions"
    label = "summary"
    example = "adviser-named"
    brief = ("summary", "aliases", "attribution", "citations_paragraph")

    summary = Text(
        "What the source adds, in the editors’ words.", example="A later report names the adviser.", search=True
    )
    negotiation = Reference(
        "negotiations", "The negotiation it adds to.", example="ukraine-war-settlement", nullable=True
    )
    party = Reference("parties", "The party it adds to.", example="putin", nullable=True)
    issue = Reference("issues", "The issue it adds to.", example="energy-strikes", nullable=True)
    event = Reference("events", "The event it adds to.", example="trump-putin-call", nullable=True)
    proposal = Reference("proposals", "The proposal it adds to.", example="energy-strikes-halt", nullable=True)
    position = Reference("positions", "The position it adds to.", example="putin-orders-energy-halt", nullable=True)
    statement = Reference(
        "statements", "The statement it adds to.", example="kremlin-reacted-positively", nullable=True
    )
    question = Reference("questions", "The question it adds to.", example="energy-order-obeyed", nullable=True)
    aliases = UniqueList(
        Text("A name.", example="the Russian president", most=MAX_NAME_LENGTH),
        "Other names that the source uses for the party.",
        search=True,
        most=MAX_ALIASES,
    )
    identifiers = UniqueList(fields.Nested(Identifier), "Identifiers of the party in registers.")

    @classmethod
    def may_date_others(cls, data: dict[str, Any]) -> bool:
        """Return whether its date may be known from elsewhere: that of an event may."""
        return data["event"] is not None

    @validates_schema
    def check_target(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require exactly one record, of a type that has what is added."""
        names = [name for name in TARGETS if data[name] is not None]
        if not names:
            raise ValidationError(f"Refers to no record. Write one of {NAMES}.")
        for name in names[1:]:
            raise ValidationError(f"Refers to a second record besides `{names[0]}`. Write two additions.", name)
        for name in ("aliases", "identifiers"):
            if data[name] and names != ["party"]:
                raise ValidationError("Must be empty unless the addition is to a `party`.", name)
        if data["date"] is not None and names[0] not in DATED_TARGETS:
            dated = ", ".join(f"`{name}`" for name in DATED_TARGETS)
            raise ValidationError(f"Must be null unless the addition is to one of {dated}.", "date")
