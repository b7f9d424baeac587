"""A statement: something said, in exact words or restated."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import Reference, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf
from schemas.record import Accounted, Cited, Dated, Negotiated, Record, Strict


class Contrast(Strict):
    """A statement that another differs from: an editor's finding."""

    statement = Reference(
        "statements", "The other statement.", example="white-house-energy-ceasefire", filter="contrasts_with"
    )
    note = Text("How the two differ, in our words.", example="Only one of the two speaks of infrastructure as well.")


def _on_account_of(context: FilterContext) -> str:
    """Return the SQL for "any of the parties said it, or says that others said it"."""
    said = f"{context.record}.voice = 'source' and {context.equals_any(f'{context.record}.speaker')}"
    return f"({context.has_item('statements_according_to', 'party')} or {said})"


def _said_by_or_to(context: FilterContext) -> str:
    speaker = context.equals_any(f"{context.record}.speaker")
    return f"({speaker} or {context.has_item('statements_audience', 'party')})"


class Statement(Cited, Accounted, Dated, Negotiated, Record):
    """Something a party said. `quote` holds only words the source itself sets in quotation marks."""

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
        "The exact words; null when they are only restated.", example="reacted positively", nullable=True, search=True
    )
    summary = Text(
        "What was said, in our words.", example="Putin welcomed the suggestion to stop strikes.", search=True
    )
    channel = VocabularyTerm(
        vocabularies.CHANNELS, "The form in which it was made public; null where not stated.", nullable=True
    )
    platform = Reference("parties", "The outlet or network that carried it.", example="truth-social", nullable=True)
    audience = UniqueList(Reference("parties", "A party.", example="hannity"), "To whom it was said.")
    topic = VocabularyTerm(vocabularies.TOPICS, "What it is about.")
    event = Reference("events", "The occasion on which it was said.", example="kremlin-readout", nullable=True)
    about = Reference("events", "The event it is an account of.", example="trump-putin-call", nullable=True)
    proposals = UniqueList(
        Reference("proposals", "A proposal.", example="energy-strikes-halt"),
        "The proposals it speaks of.",
        filter="proposal",
    )
    contrasts_with = UniqueList(fields.Nested(Contrast), "Statements whose account differs from this one.")

    @validates_schema
    def quotes_when_it_says_so(self, data: dict[str, Any], **kwargs: Any) -> None:
        """A quotation has a quote, a paraphrase has none."""
        if (data["form"] == "quotation") != (data["quote"] is not None):
            raise ValidationError("A quotation has a quote, and a paraphrase has none.", "quote")
