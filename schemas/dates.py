"""Dates as the Library of Congress writes them: EDTF levels 0 and 1, and the days they span.

Parsing is the `edtf` package's, but for the forms that nearly all dates have, as it takes milliseconds. It takes more
than this project does (level 2, times, ends that are unknown rather than open, intervals that run backwards, the 29th
of any February), so what it returns is narrowed here. Specification: https://www.loc.gov/standards/datetime/
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import NamedTuple

FIRST_DAY = "0001-01-01"
"""The first day there is in ISO 8601 as Python, spreadsheets and calendars read it."""
LAST_DAY = "9999-12-31"
OPEN_END = ".."
PLAIN_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?[?~%]?")
"""A day, a month or a year, uncertain perhaps."""
ACCEPTED_TYPES = {"Date", "Interval", "Level1Interval", "UncertainOrApproximate", "Unspecified"}


class DateSpan(NamedTuple):
    """The first and the last day a date may mean (ISO 8601); None where it is open."""

    earliest: str | None
    latest: str | None


@lru_cache(maxsize=100_000)
def date_span(text: str) -> DateSpan:
    """The days an EDTF date spans; ValueError where it is not EDTF level 0 or 1."""
    first, slash, last = text.partition("/")
    lower, upper = _plain(first), _plain(last if slash else first)
    if lower and upper and (slash or first != OPEN_END):
        days = DateSpan(lower.earliest, upper.latest)
        if (days.earliest or FIRST_DAY) <= (days.latest or LAST_DAY) and any(days):
            return days
    return parse_strict(text)


def _plain(text: str) -> DateSpan | None:
    """The days of a day, a month, a year or an open end; None where it is none, or a look at it takes the parser."""
    if text == OPEN_END:
        return DateSpan(None, None)
    if not (match := PLAIN_DATE.fullmatch(text)):
        return None
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    days = monthrange(first.year, first.month)[1]
    return DateSpan(first.isoformat(), f"{year}-{month or '12'}-{day or (days if month else 31)}")


def parse_strict(text: str) -> DateSpan:
    """What the parser says of a date, whatever its form."""
    # The parser takes a seventh of a second to import, and only a process that writes needs it.
    from edtf import EDTFParseException, parse_edtf

    try:
        edtf = parse_edtf(text)
    except (EDTFParseException, AttributeError, TypeError):  # it falls over some of what is not level 0 or 1
        raise ValueError("not an EDTF date") from None
    if (
        type(edtf).__name__ not in ACCEPTED_TYPES
        or str(edtf) != text
        or text.startswith(("/", "-"))
        or text.endswith("/")
    ):
        raise ValueError("not an EDTF date of level 0 or 1")
    earliest, latest = _day(edtf.lower_strict()), _day(edtf.upper_strict())
    if any(day and day < FIRST_DAY for day in (earliest, latest)):
        raise ValueError("not an EDTF date of the years from 0001 on")
    if earliest is None and latest is None:
        raise ValueError("open at both ends, which says nothing; write null")
    if not all(_exists(day) for day in (earliest, latest) if day):
        raise ValueError("an EDTF date with a day that is in no calendar")
    if earliest and latest and earliest > latest:
        raise ValueError("an interval that ends before it begins")
    return DateSpan(earliest, latest)


def _day(moment: object) -> str | None:
    return None if isinstance(moment, float) else "{:04d}-{:02d}-{:02d}".format(*moment[:3])  # type: ignore[index]


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
