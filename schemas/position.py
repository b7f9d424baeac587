"""A position: a party's stance on a proposal, at a time, on someone's account."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas import vocabularies
from schemas.fields import Reference, StrictBoolean, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf, as_of
from schemas.record import Accounted, Cited, Dated, Record

CONDITIONAL_STANCES = {"accepts_conditionally", "sets_conditions"}
"""Stances that are defined by the conditions that the position names."""
UNCONDITIONAL_STANCES = {"accepts", "calls_for"}
"""Stances whose definitions exclude conditions."""
INITIAL_STANCES = {"proposes", "floats", "demands", "threatens"}
"""The stances to which the others react."""
INFERENCE = Text(
    "What is inferred, from what, and by whom if not by the editor; null if nothing is.",
    example="that “we” includes Russia, since the talks he has spoken of are those with Russia",
    nullable=True,
    most=300,
)
"""What is inferred of a position, in words that stand after `inferred:`."""


def _on_proposal_of_negotiation(context: FilterContext) -> str:
    proposals = f"select id from proposals_negotiations where {context.equals_any('negotiation')}"
    return f"{context.record}.proposal in ({proposals})"


def _on_proposal_of_issue(context: FilterContext) -> str:
    proposals = f"select id from proposals_issues where {context.equals_any('issue')}"
    return f"{context.record}.proposal in ({proposals})"


def _acts_for(context: FilterContext) -> str:
    party = context.equals_any(f"{context.record}.party")
    return f"({party} or {context.has_item('positions_principals', 'party')})"


class Position(Cited, Accounted, Dated, Record):
    """The stance of one party on one proposal, at a time, as someone reports it. Silence is never recorded."""

    plural = "positions"
    label = "summary"
    example = "putin-orders-energy-halt"
    state_column = "stance"
    brief = (
        *("date", "party_label", "capacity", "stance", "proposal_label", "conditions_label"),
        *("attribution", "inference", "citations_paragraph"),
    )
    filters = {
        "as_of": as_of(),
        "negotiation": AnyOf(
            Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
            _on_proposal_of_negotiation,
            description="On a proposal of any of these negotiations.",
        ),
        "issue": AnyOf(
            Reference("issues", "An issue.", example="energy-strikes"),
            _on_proposal_of_issue,
            description="On a proposal of any of these issues.",
        ),
        "principal": AnyOf(
            Reference("parties", "A party.", example="russia"),
            _acts_for,
            description="Taken by any of these, or on behalf of any of these. What a party does for itself, such as a"
            " candidate’s promise, does not count for its state.",
        ),
    }

    party = Reference("parties", "Who takes the position.", example="putin", is_actor=True)
    on_behalf_of = UniqueList(
        Reference("parties", "A party.", example="russia"),
        "On whose behalf the party acts; null for its principal, `[]` if for itself, as a candidate does.",
        nullable=True,
    )
    capacity = VocabularyTerm(
        vocabularies.CAPACITIES,
        "In which capacity the party acts for itself; null if it acts for another, or if not stated.",
        nullable=True,
    )
    proposal = Reference("proposals", "The proposal it is about.", example="energy-strikes-halt")
    stance = VocabularyTerm(vocabularies.STANCES, "What stance the party takes.")
    summary = Text("The position, in the editors’ words.", example="Putin reacted positively to it.", search=True)
    conditions = UniqueList(
        Reference("proposals", "A proposal.", example="end-of-foreign-support"),
        "The proposals on which the position is conditional.",
        filter="condition",
    )
    explicit = StrictBoolean(
        "False if the party, the stance or the proposal is inferred, by the editor or by whoever gives the account.",
        default=True,
    )
    inference = INFERENCE
    event = Reference(
        "events", "The occasion on which the position was taken.", example="trump-putin-call", nullable=True
    )
    statements = UniqueList(
        Reference("statements", "A statement.", example="kremlin-reacted-positively"),
        "The statements that show it.",
        filter="statement",
    )

    @validates_schema
    def check_conditions(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require conditions if the stance is defined by them, and forbid them if it excludes them."""
        stance, conditions = data["stance"], data["conditions"]
        if stance in CONDITIONAL_STANCES and not conditions:
            raise ValidationError(f"Required if `stance` is `{stance}`: the ids of proposals.", "conditions")
        if stance in UNCONDITIONAL_STANCES and conditions:
            raise ValidationError(f"Must be empty if `stance` is `{stance}`.", "conditions")
        if data["proposal"] in conditions:
            raise ValidationError("Must not contain the proposal of the position.", "conditions")

    @validates_schema
    def check_inference(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require the inference in words if the position is inferred, and forbid it if it is stated."""
        if data["explicit"] != (data["inference"] is None):
            raise ValidationError("Required if `explicit` is false; must be null otherwise.", "inference")

    @validates_schema
    def check_on_behalf_of(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Reject a party that acts on behalf of itself."""
        if data["party"] in (data["on_behalf_of"] or []):
            raise ValidationError("Must not contain the party itself. Write [] if it acts for itself.", "on_behalf_of")

    @validates_schema
    def check_capacity(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Reject a capacity unless the party acts for itself."""
        if data["capacity"] is not None and data["on_behalf_of"] != []:
            raise ValidationError("Must be null unless `on_behalf_of` is `[]`.", "capacity")
