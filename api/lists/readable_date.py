"""EDTF dates for people: "18 Mar 2025", "Feb 2025", "by 16 Mar 2025".

Why no library: those that know EDTF print it in numbers, and those that format dates know no ranges or open ends.
"""

from calendar import month_abbr

QUALIFIERS = {"?": "perhaps ", "~": "about ", "%": "perhaps about "}


def readable_date(date: str | None) -> str:
    """Return a valid EDTF date in English, or "no date"."""
    if date is None:
        return "no date"
    first, slash, last = date.partition("/")
    if not slash:
        return _single(first)
    if first == "..":
        return f"by {_single(last)}"
    return f"from {_single(first)}" if last == ".." else f"{_single(first)} to {_single(last)}"


def _single(date: str) -> str:
    qualifier = QUALIFIERS.get(date[-1], "")
    year, *rest = date.rstrip("?~%").split("-")
    month = month_abbr[int(rest[0])] if rest and rest[0] != "XX" else ""
    day = rest[1].lstrip("0") if len(rest) > 1 and rest[1] != "XX" else ""
    return qualifier + " ".join(filter(None, (day, month, year)))
