"""A position: a party's stand on a proposal, at a time, on someone's account."""

from schemas import vocabularies
from schemas.fields import Reference, StrictBoolean, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf, as_of
from schemas.record import Accounted, Cited, Dated, Record


def _on_proposal_of_negotiation(context: FilterContext) -> str:
    proposals = f"select id from proposals_negotiations where {context.equals_any('negotiation')}"
    return f"{context.record}.proposal in ({proposals})"


class Position(Cited, Accounted, Dated, Record):
    """The stand one party takes on one proposal, when, and on whose word. Silence is never a record."""

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

    party = Reference("parties", "Who takes the stand.", example="putin", is_actor=True)
    proposal = Reference("proposals", "On what.", example="energy-strikes-halt")
    stance = VocabularyTerm(vocabularies.STANCES, "The stand taken.")
    summary = Text(
        "The stand as the source gives it, in our words.", example="Putin took the suggestion well.", search=True
    )
    conditions = UniqueList(
        Reference("proposals", "A proposal.", example="end-of-foreign-support"),
        "What the stand is conditional on; conditions are proposals too.",
        filter="condition",
    )
    explicit = StrictBoolean(
        "False where the stand is inferred, by the editor or by whoever gives the account.", default=True
    )
    event = Reference("events", "The occasion on which it was taken.", example="trump-putin-call", nullable=True)
    statements = UniqueList(
        Reference("statements", "A statement.", example="kremlin-reacted-positively"),
        "What was said that shows it.",
        filter="statement",
    )
