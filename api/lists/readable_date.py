"""EDTF dates for people: "18 Mar 2025", "Feb 2025", "by 16 Mar 2025".

Why no library: those that know EDTF print it in numbers, and those that format dates know no ranges or open ends.
"""

import re
from calendar import month_abbr
from collections.abc import Callable, Mapping
from typing import Any

from schemas.vocabularies import STATED

Translate = Callable[[str], str]
MARK = "*"
MARKED = re.compile(r"\d{2}[\dX]{2}\*")
MARK_NOTE = "* The source does not give this date: the editors resolved or inferred it, or know it from elsewhere."
QUALIFIERS = {"?": "perhaps {date}", "~": "about {date}", "%": "perhaps about {date}"}


def readable_date(date: str | None, translate: Translate = str) -> str:
    """Return a valid EDTF date in words, or "no date". They are in English, unless a function translates them."""
    if date is None:
        return translate("no date")
    first, slash, last = (_single(part, translate) for part in date.partition("/"))
    if not slash:
        return first
    if date.startswith(".."):
        return translate("by {date}").format(date=last)
    if date.endswith(".."):
        return translate("from {date}").format(date=first)
    return translate("{first} to {last}").format(first=first, last=last)


def marked_date(record: Mapping[str, Any], translate: Translate = str) -> str:
    """Return the date of a record in words, with a mark unless the source gives it."""
    given = record["date"] is None or record["date_basis"] == STATED
    return readable_date(record["date"], translate) + ("" if given else MARK)


def has_marks(text: str) -> bool:
    """Return whether a text has a date with the mark."""
    return bool(MARKED.search(text))


def _single(date: str, translate: Translate) -> str:
    if date in ("", "/", ".."):
        return date
    year, *rest = date.rstrip("?~%").split("-")
    month = translate(month_abbr[int(rest[0])]) if rest and rest[0] != "XX" else ""
    day = rest[1].lstrip("0") if len(rest) > 1 and rest[1] != "XX" else ""
    words = " ".join(filter(None, (day, month, year)))
    return translate(QUALIFIERS[date[-1]]).format(date=words) if date[-1] in QUALIFIERS else words
