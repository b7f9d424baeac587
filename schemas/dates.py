"""Dates as the Library of Congress writes them: EDTF levels 0 and 1, and the days they span.

Parsing is the `edtf` package's. It takes more than this project does (level 2, times, ends that are unknown rather
than open, intervals that run backwards), so what it returns is narrowed here. Specification:
https://www.loc.gov/standards/datetime/
"""

from functools import lru_cache
from typing import NamedTuple

FIRST = "0001-01-01"
"""The first day there is in ISO 8601 as Python, spreadsheets and calendars read it."""
ACCEPTED = {"Date", "Interval", "Level1Interval", "UncertainOrApproximate", "Unspecified"}


class Span(NamedTuple):
    """The first and the last day a date may mean (ISO 8601); None where it is open."""

    earliest: str | None
    latest: str | None


@lru_cache(maxsize=100_000)
def span(text: str) -> Span:
    """The days an EDTF date spans; ValueError where it is not EDTF level 0 or 1."""
    # The parser takes a seventh of a second to import, and only a process that writes needs it.
    from edtf import EDTFParseException, parse_edtf

    try:
        date = parse_edtf(text)
    except EDTFParseException:
        raise ValueError("not an EDTF date") from None
    if type(date).__name__ not in ACCEPTED or str(date) != text or text.startswith(("/", "-")) or text.endswith("/"):
        raise ValueError("not an EDTF date of level 0 or 1")
    earliest, latest = _day(date.lower_strict()), _day(date.upper_strict())
    if any(day and day < FIRST for day in (earliest, latest)):
        raise ValueError("not an EDTF date of the years from 0001 on")
    if earliest is None and latest is None:
        raise ValueError("open at both ends, which says nothing; write null")
    if earliest and latest and earliest > latest:
        raise ValueError("an interval that ends before it begins")
    return Span(earliest, latest)


def _day(moment: object) -> str | None:
    return None if isinstance(moment, float) else "{:04d}-{:02d}-{:02d}".format(*moment[:3])  # type: ignore[index]
