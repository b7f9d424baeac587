"""The state of a record in the timeline in words: status, stage, stance or form."""

from schemas.fields import VocabularyTerm
from schemas.timeline import DATED


def state_label(plural: str, state: str | None) -> str | None:
    """Return the label of a state of a type's records; None if it is not stated."""
    field = DATED[plural].declared().get(DATED[plural].state_column or "")
    return field.vocabulary.terms[state].label if state and isinstance(field, VocabularyTerm) else state
