"""A statement: something said, in exact words or restated."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import Reference, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf
from schemas.record import Accounted, Cited, Dated, Negotiated, Record, Strict


class Contrast(Strict):
    """Another statement whose account differs, in the judgement of the editors."""

    statement = Reference(
        "statements", "The other statement.", example="white-house-energy-ceasefire", filter="contrasts_with"
    )
    note = Text("How the two differ, in the editors' words.", example="One reports consensus; the other an order.")


def _on_account_of(context: FilterContext) -> str:
    """Return the SQL for "any of the parties said it, or says that others said it"."""
    said = f"{context.record}.voice = 'source' and {context.equals_any(f'{context.record}.speaker')}"
    return f"({context.has_item('statements_according_to', 'party')} or {said})"


def _said_by_or_to(context: FilterContext) -> str:
    speaker = context.equals_any(f"{context.record}.speaker")
    return f"({speaker} or {context.has_item('statements_audience', 'party')})"


class Statement(Cited, Accounted, Dated, Negotiated, Record):
    """Something a party said. `quote` contains only words that the source itself puts in quotation marks."""

    plural = "statements"
    label = "summary"
    example = "kremlin-reacted-positively"
    filters = {
        "account": AnyOf(
            Reference("parties", "A party.", example="kremlin"),
            _on_account_of,
            description="On the account of any of these: what they said, and what they say that others said.",
        ),
        "party": AnyOf(
            Reference("parties", "A party.", example="hannity"),
            _said_by_or_to,
            description="Said by or to any of these.",
        ),
    }
    state_column = "form"
    brief = ("speaker_label", "quote", "summary", "according_to", "citations_paragraph")

    speaker = Reference("parties", "Who said it.", example="kremlin", is_actor=True)
    form = VocabularyTerm(vocabularies.STATEMENT_FORMS, "Whether the source gives the words or restates them.")
    quote = Text(
        "The exact words; null if the source only restates them.",
        example="reacted positively",
        nullable=True,
        search=True,
    )
    summary = Text("What was said, in the editors' words.", example="Putin reacted positively to it.", search=True)
    channel = VocabularyTerm(
        vocabularies.CHANNELS, "The form in which it was made public; null if not stated.", nullable=True
    )
    platform = Reference("parties", "The outlet or network that published it.", example="truth-social", nullable=True)
    audience = UniqueList(Reference("parties", "A party.", example="hannity"), "To whom it was said.")
    topic = VocabularyTerm(vocabularies.TOPICS, "What it is about.")
    event = Reference("events", "The occasion on which it was said.", example="kremlin-readout", nullable=True)
    about = Reference("events", "The event that it describes or judges.", example="trump-putin-call", nullable=True)
    proposals = UniqueList(
        Reference("proposals", "A proposal.", example="energy-strikes-halt"),
        "The proposals that it mentions.",
        filter="proposal",
    )
    contrasts_with = UniqueList(
        fields.Nested(Contrast), "Statements on the same matter whose accounts differ from this one."
    )

    @validates_schema
    def check_quote(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a quote for a quotation, and none for a paraphrase."""
        if (data["form"] == "quotation") != (data["quote"] is not None):
            raise ValidationError("Required if `form` is `quotation`; must be null otherwise.", "quote")
