"""A question: what a reader would ask and the sources leave open."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas import vocabularies
from schemas.fields import Reference, Text, UniqueList, VocabularyTerm
from schemas.record import Cited, Negotiated, Record, Strict

MIN_CONTRADICTORY = 2
"""The number of answers without which they cannot contradict each other."""


class Answer(Strict):
    """A record that answers the question: exactly one of the three."""

    event = Reference("events", "An event.", example="kremlin-readout", nullable=True)
    position = Reference("positions", "A position.", example="putin-orders-energy-halt", nullable=True)
    statement = Reference("statements", "A statement.", example="kremlin-reacted-positively", nullable=True)

    @validates_schema
    def check_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require exactly one record."""
        if len([id for id in data.values() if id is not None]) != 1:
            raise ValidationError("Write one of `event`, `position` and `statement` for each answer.", "event")


class Question(Cited, Negotiated, Record):
    """What a reader would ask and the sources leave open, with the paragraphs where the answer would be expected."""

    plural = "questions"
    label = "question"
    example = "energy-order-obeyed"
    state_column = "status"
    has_long_texts = True
    brief = ("question", "status", "note", "attribution", "citations_paragraph")

    question = Text("The question, one sentence.", example="Is the order kept?", search=True)
    status = VocabularyTerm(vocabularies.QUESTION_STATUSES, "Whether a source answers it.")
    issues = UniqueList(
        Reference("issues", "An issue.", example="energy-strikes"), "The issues it concerns.", filter="issue"
    )
    events = UniqueList(
        Reference("events", "An event.", example="putin-energy-order"), "The events it concerns.", filter="event"
    )
    proposals = UniqueList(
        Reference("proposals", "A proposal.", example="energy-strikes-halt"),
        "The proposals it concerns.",
        filter="proposal",
    )
    parties = UniqueList(Reference("parties", "A party.", example="russia"), "The parties it concerns.", filter="party")
    answered_by = UniqueList(fields.Nested(Answer), "The records that answer it.")

    @validates_schema
    def check_answers(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Require the answers that the status promises."""
        count, status = len(data["answered_by"]), data["status"]
        if status == "open" and count:
            raise ValidationError("Must be empty if `status` is `open`.", "answered_by")
        if status == "answered" and not count:
            raise ValidationError("Required if `status` is `answered`.", "answered_by")
        if status == "contradictory" and count < MIN_CONTRADICTORY:
            raise ValidationError("Must have two records or more if `status` is `contradictory`.", "answered_by")
