"""A position: a party's stance on a proposal, at a time, on someone's account."""

from schemas import vocabularies
from schemas.fields import Reference, StrictBoolean, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf, as_of
from schemas.record import Accounted, Cited, Dated, Record


def _on_proposal_of_negotiation(context: FilterContext) -> str:
    proposals = f"select id from proposals_negotiations where {context.equals_any('negotiation')}"
    return f"{context.record}.proposal in ({proposals})"


class Position(Cited, Accounted, Dated, Record):
    """The stance of one party on one proposal, at a time, on someone's account. Silence is never recorded."""

    plural = "positions"
    label = "summary"
    example = "putin-orders-energy-halt"
    state_column = "stance"
    brief = ("date", "party_label", "stance", "proposal", "according_to", "citations_paragraph")
    filters = {
        "as_of": as_of(),
        "negotiation": AnyOf(
            Reference("negotiations", "A negotiation.", example="ukraine-war-settlement"),
            _on_proposal_of_negotiation,
            description="On a proposal of any of these negotiations.",
        ),
    }

    party = Reference("parties", "Who takes the position.", example="putin", is_actor=True)
    proposal = Reference("proposals", "The proposal it is about.", example="energy-strikes-halt")
    stance = VocabularyTerm(vocabularies.STANCES, "What stance the party takes.")
    summary = Text("The position, in the editors' words.", example="Putin reacted positively to it.", search=True)
    conditions = UniqueList(
        Reference("proposals", "A proposal.", example="end-of-foreign-support"),
        "The proposals on which the position is conditional.",
        filter="condition",
    )
    explicit = StrictBoolean(
        "False if the party or the stance is inferred, by the editor or by whoever gives the account.", default=True
    )
    event = Reference(
        "events", "The occasion on which the position was taken.", example="trump-putin-call", nullable=True
    )
    statements = UniqueList(
        Reference("statements", "A statement.", example="kremlin-reacted-positively"),
        "The statements that show it.",
        filter="statement",
    )
