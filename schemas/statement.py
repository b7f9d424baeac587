"""A statement: something said, in exact words or restated."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import Reference, Text, UniqueList, VocabularyTerm
from schemas.filter_sql import FilterContext
from schemas.filters import AnyOf
from schemas.language import LanguageTag
from schemas.record import Accounted, Cited, Dated, Negotiated, OnIssues, Record, Strict


class Contrast(Strict):
    """Another statement whose account differs, in the judgement of the editors."""

    statement = Reference(
        "statements", "The other statement.", example="white-house-energy-ceasefire", filter="contrasts_with"
    )
    note = Text("How the two differ, in the editors' words.", example="One reports consensus; the other an order.")


class Original(Strict):
    """The words in the language in which they were said, if `quote` is a translation."""

    text = Text("The original words.", example="отреагировал положительно")
    language = LanguageTag("The language of the original words (BCP 47).", example="ru")


def _speaker_or_audience(context: FilterContext) -> str:
    speaker = context.has_item("statements_speakers", "party")
    return f"({speaker} or {context.has_item('statements_audience', 'party')})"


class Statement(Cited, Accounted, Dated, Negotiated, OnIssues, Record):
    """Something a party said. `quote` contains only words that the source quotes, or that a text of the party has."""

    plural = "statements"
    label = "summary"
    example = "kremlin-reacted-positively"
    filters = {
        "party": AnyOf(
            Reference("parties", "A party.", example="hannity"),
            _speaker_or_audience,
            description="Said by or to any of these.",
        ),
    }
    state_column = "form"
    brief = ("date", "attribution", "channel", "quote", "summary", "citations_paragraph")

    speakers = UniqueList(
        Reference("parties", "A party.", example="kremlin", is_actor=True),
        "Who said it; several if they said it together.",
        least=1,
        filter="speaker",
    )
    form = VocabularyTerm(vocabularies.STATEMENT_FORMS, "Whether the source gives the words or restates them.")
    quote = Text(
        "The exact words; null if the source only restates them.",
        example="reacted positively",
        nullable=True,
        search=True,
    )
    quote_original = fields.Nested(
        Original,
        allow_none=True,
        load_default=None,
        metadata={"description": "The original words if `quote` is a translation; otherwise null."},
    )
    summary = Text("What was said, in the editors’ words.", example="Putin reacted positively to it.", search=True)
    channel = VocabularyTerm(
        vocabularies.CHANNELS, "The form in which it was made public; null if not stated.", nullable=True
    )
    platform = Reference("parties", "The outlet or network that published it.", example="truth-social", nullable=True)
    audience = UniqueList(Reference("parties", "A party.", example="hannity"), "To whom it was said.")
    event = Reference("events", "The occasion on which it was said.", example="kremlin-readout", nullable=True)
    about = Reference("events", "The event that it describes or judges.", example="trump-putin-call", nullable=True)
    proposals = UniqueList(
        Reference("proposals", "A proposal.", example="energy-strikes-halt"),
        "The proposals that it mentions.",
        filter="proposal",
    )
    contrasts_with = UniqueList(
        fields.Nested(Contrast),
        "Statements on the same matter whose accounts differ from this one.",
        distinct="statement",
    )

    @validates_schema
    def check_quote(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require a quote for a quotation, and forbid it for a paraphrase."""
        if (data["form"] == "quotation") != (data["quote"] is not None):
            raise ValidationError("Required if `form` is `quotation`; must be null otherwise.", "quote")
        if data["quote_original"] is not None and data["quote"] is None:
            raise ValidationError("Needs a `quote`, which is its translation.", "quote_original")
