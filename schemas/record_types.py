"""The record types as terms, for the places where a client names one."""

from schemas import RECORDS
from schemas.terms import Term, Vocabulary

RECORD_TYPES = Vocabulary(
    "record-types",
    "The record types.",
    *(Term(plural, plural, (record.__doc__ or "").strip()) for plural, record in RECORDS.items()),
)
