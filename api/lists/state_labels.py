"""The state of a record in words: status, stage, stance or form."""

from collections.abc import Mapping
from functools import cache

from schemas import RECORDS
from schemas.fields import VocabularyTerm
from schemas.terms import Term

QUOTATION = ("statements", "quotation")
WITH_QUOTATION = "with a quotation"
"""The label of this state. “Quotation” before the summary of a statement would make it pass for the words quoted."""


def state_label(plural: str, state: str | None) -> str | None:
    """Return the label of a state of a type's records; None if it is not stated."""
    if (plural, state) == QUOTATION:
        return WITH_QUOTATION
    terms = _terms(plural)
    return terms[state].label if state and terms else state


@cache
def _terms(plural: str) -> Mapping[str, Term]:
    """Return the terms of the states of a type's records; empty if a state is no term."""
    field = RECORDS[plural].declared().get(RECORDS[plural].state_column or "")
    return field.vocabulary.terms if isinstance(field, VocabularyTerm) else {}
