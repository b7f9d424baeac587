"""The record types as terms, for the places where a client names one."""

from collections.abc import Mapping

from schemas import RECORDS
from schemas.record import Record
from schemas.terms import Term, Vocabulary


def type_vocabulary(name: str, records: Mapping[str, type[Record]]) -> Vocabulary:
    """Return a vocabulary of record types."""
    terms = (Term(plural, plural, (record.__doc__ or "").strip()) for plural, record in records.items())
    return Vocabulary(name, "The record types.", *terms)


RECORD_TYPES = type_vocabulary("record-types", RECORDS)
