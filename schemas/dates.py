"""Dates in EDTF levels 0 and 1 (https://www.loc.gov/standards/datetime/), and the days they may mean.

Accepted are days, months, years, decades and centuries (`2025-03-18`, `2025-03`, `2025`, `202X`, `20XX`), unspecified
parts (`2025-03-XX`), each uncertain or approximate as a whole (`?`, `~`, `%`), and intervals of two fully specified
dates. One end of an interval may be open (`../2025-03-16`). `UNSUPPORTED` has the other forms of these levels, with the
advice that their errors give.

Why not the edtf package: it also takes level 2, backward intervals and days that are in no calendar, prints to stdout,
and needs up to 0.8 s of CPU for one malformed date. The tests compare with it.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from schemas.errors import MAX_SUGGESTED_LENGTH

FIRST_DAY = "0001-01-01"
"""The first day that Python, spreadsheets and calendars can represent."""
LAST_DAY = "9999-12-31"
OPEN_END = ".."
MAX_LENGTH = len("2025-03-18~/2025-03-18~")
FORM = re.compile(r"([0-9]{2}(?:[0-9]{2}|[0-9]X|XX))(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?[?~%]?")
NOT_EDTF = "not an EDTF date of level 0 or 1"
UNSUPPORTED = (
    (
        re.compile(r"([0-9]{4})-2[1-4][?~%]?"),
        r"a date with a season, which has no certain months. Write the months instead, as in \1-03/\1-05",
    ),
    (
        re.compile(r"(Y-[0-9]+|Y[0-9]{5,}|-[0-9]{4}|000[0X]|00XX)(-([0-9]{2}|XX)){0,2}[?~%]?"),
        f"a date with a year outside those that are supported, {FIRST_DAY[:4]} to {LAST_DAY[:4]}. Write null",
    ),
    (re.compile(r"XXXX(-([0-9]{2}|XX)){0,2}[?~%]?"), "a date without a year, which may be any. Write null"),
    (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}(:[0-9]{2})?)?"),
        "a day with a time of day, which no date has here. Write the day alone",
    ),
)
"""Other forms of EDTF, with what completes "… is …"."""
OTHER_FORM = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?(?:[T ].*)?|([0-9]{4})([0-9]{2})([0-9]{2})(?:T.*)?"
)
"""A date with the year first, as people and programs write it: 2025-3-8, 2025/03/08, 20250308, 2025-03-08T10:00."""


class UnsupportedDate(ValueError):
    """A date in EDTF of a form that is not accepted; the message says what to write instead."""

    def __init__(self, detail: str, instead: str | None = None) -> None:
        super().__init__(detail)
        self.instead = instead


class DateSpan(NamedTuple):
    """First and last day a date may mean (ISO 8601); None if open."""

    earliest: str | None
    latest: str | None


@lru_cache(maxsize=10_000)
def date_span(text: str) -> DateSpan:
    """Return the days an EDTF date may mean. Raises ValueError, whose message completes "… is …"."""
    if len(text) > MAX_LENGTH:
        raise _error(text[: MAX_LENGTH * 2], NOT_EDTF)
    first, slash, last = text.partition("/")
    if not slash:
        return _single(text)
    span = DateSpan(_interval_end(first or OPEN_END).earliest, _interval_end(last or OPEN_END).latest)
    if any(span) and not (first and last):
        which, known = ("end", f"{first}/{OPEN_END}") if first else ("start", f"{OPEN_END}/{last}")
        raise UnsupportedDate(f"an interval with an unknown {which}. Write it as open: {known!r}", known)
    if not any(span):
        raise ValueError("open at both ends, which says nothing; write null")
    if (span.earliest or FIRST_DAY) > (span.latest or LAST_DAY):
        raise ValueError("an interval that ends before it begins")
    return span


def suggest_date(text: str) -> str | None:
    """Return the day or month that a text in another form means, or None. No day comes first: 3/8 may be either."""
    if not (match := OTHER_FORM.fullmatch(text[:MAX_SUGGESTED_LENGTH].strip())):
        return None
    suggestion = "-".join(part.zfill(2) for part in match.groups() if part)
    try:
        date_span(suggestion)
    except ValueError:
        return None
    return suggestion


def is_day(text: str | None) -> bool:
    """Return whether a valid date is one day, which may be uncertain or approximate."""
    return text is not None and "/" not in text and len(text.rstrip("?~%")) == len(FIRST_DAY) and "X" not in text


def has_day(text: str | None) -> bool:
    """Return whether a valid date is one day, or an interval with a day at one end at least."""
    return text is not None and any(is_day(end) for end in text.split("/"))


def _interval_end(text: str) -> DateSpan:
    if "X" in text:
        raise _error(text, NOT_EDTF)
    return DateSpan(None, None) if text == OPEN_END else _single(text)


def _single(text: str) -> DateSpan:
    match = FORM.fullmatch(text)
    if not match:
        raise _error(text, NOT_EDTF)
    year, month, day = (part if part != "XX" else None for part in match.groups())
    if (match[2] and "X" in match[1]) or (match[2] == "XX" and day):
        raise _error(text, NOT_EDTF)
    lowest, highest = year.replace("X", "0"), year.replace("X", "9")  # type: ignore[union-attr] # the year is required
    try:
        first = date(int(lowest), int(month or 1), int(day or 1))
    except ValueError:
        raise _error(text, "an EDTF date that is not in the calendar") from None
    last_day = day or (monthrange(first.year, first.month)[1] if month else 31)
    return DateSpan(first.isoformat(), f"{highest}-{month or '12'}-{last_day}")


def _error(text: str, detail: str) -> ValueError:
    """Return the error for what is not accepted: another form of EDTF, or else what the detail says."""
    for form, advice in UNSUPPORTED:
        if match := form.fullmatch(text):
            return UnsupportedDate(match.expand(advice))
    return ValueError(detail)
