"""A proposal: anything on the table."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import Duration, Reference, StrictBoolean, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf, as_of
from schemas.record import Accounted, Cited, Dated, Negotiated, OnIssues, Record, Strict

NOT_PUT_FORWARD = ("condition", "demand", "sanction", "war_aim")
"""Kinds of proposals that may not have been proposed by anybody. Views call them by their kind."""


class ProposalRelation(Strict):
    """A relation of the proposal to another."""

    proposal = Reference("proposals", "The other proposal.", example="full-ceasefire", filter="related_to")
    relation = VocabularyTerm(vocabularies.PROPOSAL_RELATIONS, "How this proposal relates to the other one.")


def _proposed_by_or_to(context: FilterContext) -> str:
    addressed = context.has_item("proposals_addressed_to", "party")
    return f"({context.has_item('proposals_proposed_by', 'party')} or {addressed})"


class Proposal(Cited, Accounted, Dated, Negotiated, OnIssues, Record):
    """Anything on the table: an offer, a demand, a condition, a mechanism, a war aim or a threat."""

    plural = "proposals"
    label = "title"
    example = "energy-strikes-halt"
    state_column = "stage"
    brief = ("date", "title", "proposed_by_label", "stage", "attribution", "citations_paragraph")
    filters = {
        "as_of": as_of(),
        "party": AnyOf(
            Reference("parties", "A party.", example="trump"),
            _proposed_by_or_to,
            description="Put forward by or addressed to any of these.",
        ),
    }

    title = Text("What is proposed, in the editors’ words.", example="A full ceasefire", search=True)
    summary = Text(
        "What the source says about its content, in the editors’ words.",
        example="Both sides stop striking power plants.",
        search=True,
    )
    kind = VocabularyTerm(vocabularies.PROPOSAL_KINDS, "What sort of proposal it is.")
    target = Text("What it covers.", example="energy infrastructure", nullable=True, search=True)
    area = Text("Where it would apply.", example="Black Sea", nullable=True, search=True)
    duration = Duration("For how long (ISO 8601, in years, months, weeks or days); null if not stated.")
    unconditional = StrictBoolean(
        "True if the source says it has no conditions, false if conditions are attached; null if not stated.",
        nullable=True,
    )
    proposed_by = UniqueList(Reference("parties", "A party.", example="trump", is_actor=True), "Who put it forward.")
    addressed_to = UniqueList(
        Reference("parties", "A party.", example="putin"), "Who is asked to agree to it or to do it."
    )
    addressed_to_basis = VocabularyTerm(
        vocabularies.BASES, "How the editor knows `addressed_to`; null if that is empty.", nullable=True
    )
    event = Reference("events", "The occasion on which it was put forward.", example="trump-putin-call", nullable=True)
    stage = VocabularyTerm(vocabularies.PROPOSAL_STAGES, "How far it has come; null if not stated.", nullable=True)
    relations = UniqueList(fields.Nested(ProposalRelation), "Its relations to other proposals.")

    @validates_schema
    def check_addressed_to_basis(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a basis with addressees, and forbid it without them."""
        if bool(data["addressed_to"]) != (data["addressed_to_basis"] is not None):
            detail = "Required if `addressed_to` is not empty; must be null otherwise."
            raise ValidationError(detail, "addressed_to_basis")

    @validates_schema
    def check_relations(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Reject a proposal that is both narrower than another and perhaps the same."""
        pairs = {(relation["proposal"], relation["relation"]) for relation in data["relations"]}
        for proposal, relation in pairs:
            if relation == "narrower_than" and (proposal, "variant_of") in pairs:
                raise ValidationError(f"{proposal!r} cannot be both `narrower_than` and `variant_of`.", "relations")
