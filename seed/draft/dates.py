"""Date words, such as "on Tuesday", resolved against the date of their source (section 9 of the codebook).

Why no library: those that read dates in text give a point in time, where the codebook has a week, a month or an
approximate day, and take words such as "may" and "second" for dates.
"""

import re
from calendar import day_name, month_name
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.dates import date_span
from seed.draft.text import Sentence
from seed.draft.word_lists import VERBS, word_list

DAYS = [name.lower() for name in day_name]
MONTHS = [name.lower() for name in month_name]
DAY, MONTH = "|".join(day_name), "|".join(filter(None, month_name))
WEEK = timedelta(days=7)
NUMBERS = {"a": 1} | {word: number for number, word in enumerate(word_list("numbers"), 1)}
NUMBER = "|".join(NUMBERS) + r"|\d{1,2}"
FULL = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{MONTH})"
    rf"|(?P<month_first>{MONTH}) (?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?),? (?P<year>\d{{4}})\b"
)
"""A date with a year."""
CONTEXT = 60
"""Number of characters before a date in which a word for the future counts."""
TO_COME = re.compile(
    r"\b(?:will|would|shall|is to|are to|to be|to begin|to start|due|scheduled|planned|plans?|from|until|by)\b"
)
"""Words before a date that put it in the future."""
TO_COME_AFTER = re.compile(r",? (?P<subject>(?:[\w’'-]+ ){1,6}?)(?:will|shall|is to|are to)\b")
"""A subject after a date, and a verb that puts the date in the future."""
LIMIT_BEFORE = re.compile(r"\b(?:since|until|till|by|before|after|from|through|between|of|the)(?: the end of)? $")
"""Words before a date that is a limit, not the day of an event."""
REFERENCE_YEARS = range(1001, 9999)
"""Years of a source in which date words are resolved. Outside, the year before or after may not have four digits."""
PART_OF_DAY = r"(?: (?:morning|afternoon|evening|night))?"


@dataclass(frozen=True)
class DateWords:
    """Words for a date, where they stand, and the date in EDTF. `basis` is `stated` if they give the year."""

    wording: str
    start: int
    date: str
    basis: str = "resolved"


def is_when(words: DateWords, text: str, day: date) -> bool:
    """Return whether a date may be that of an event in the text: it is no limit and not after `day`."""
    earliest = date_span(words.date).earliest
    return LIMIT_BEFORE.search(text, 0, words.start) is None and (earliest is None or earliest <= day.isoformat())


def full_dates(text: str) -> Iterator[DateWords]:
    """Yield the dates with a year."""
    for match in FULL.finditer(text):
        month = MONTHS.index((match["month"] or match["month_first"]).lower())
        day = int(match["day"] or match["day_first"])
        if found := _calendar_day(int(match["year"]), month, day):
            yield DateWords(match[0], match.start(), found.isoformat(), "stated")


def date_words(sentence: Sentence, reference: date) -> list[DateWords]:
    """Return the date words of a sentence, in order, without those that overlap earlier ones."""
    found = list(full_dates(sentence.text))
    for pattern, resolve in RULES if reference.year in REFERENCE_YEARS else ():
        for match in re.finditer(pattern, sentence.text):
            resolved = resolve(match, reference, _is_to_come(sentence.text, match))
            if resolved and not any(_overlaps(match, other) for other in found):
                found.append(DateWords(match[0], match.start(), resolved))
    return sorted(found, key=lambda words: words.start)


def _is_to_come(text: str, match: re.Match[str]) -> bool:
    """Return whether the words around a date are about the future: "will begin on Sunday", "on Sunday they will"."""
    if TO_COME.search(text, max(match.start() - CONTEXT, 0), match.end()):
        return True
    after = TO_COME_AFTER.match(text, match.end())
    return after is not None and VERBS.isdisjoint(after["subject"].split())


def _overlaps(match: re.Match[str], other: DateWords) -> bool:
    return match.start() < other.start + len(other.wording) and other.start < match.end()


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    """The last such day up to the source, or the next one; "last" and "next" leave out the day of the source."""
    which = (match["which"] or "").strip()
    ahead = (DAYS.index(match["weekday"].lower()) - reference.weekday()) % 7
    if which == "next" or (is_to_come and which != "last"):
        return (reference + timedelta(ahead or 7)).isoformat()
    back = (7 - ahead) % 7
    return (reference - timedelta(back or (7 if which == "last" else 0))).isoformat()


def _day_and_month(match: re.Match[str], reference: date, is_to_come: bool) -> str | None:
    """Return the nearest such day, or the next one if it is in the future."""
    month = MONTHS.index((match["month"] or match["month_first"]).lower())
    day = int(match["day"] or match["day_first"])
    years = [reference.year, reference.year + 1] if is_to_come else range(reference.year - 1, reference.year + 2)
    days = [found for year in years if (found := _calendar_day(year, month, day))]
    fitting = [found for found in days if found >= reference or not is_to_come]
    return min(fitting or days, key=lambda found: abs(found - reference)).isoformat() if days else None


def _month(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    month = MONTHS.index(match["month"].lower())
    year = reference.year
    if is_to_come and month < reference.month:
        year += 1
    elif not is_to_come and month > reference.month:
        year -= 1
    return f"{year}-{month:02}"


def _near_day(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    days = {"yesterday": -1, "tomorrow": 1}.get(match[0].lower(), 0)
    return (reference + timedelta(days)).isoformat()


def _week(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    """A week is Monday to Sunday."""
    weeks = {"last": -1, "next": 1}.get(match["which"].lower(), 0)
    monday = reference - timedelta(reference.weekday()) + weeks * WEEK
    return f"{monday}/{monday + timedelta(6)}"


def _month_near(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    months = reference.year * 12 + reference.month - 1 + {"last": -1, "next": 1}.get(match["which"].lower(), 0)
    return f"{months // 12}-{months % 12 + 1:02}"


def _past_month(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    """Counted back from the source; the first day is approximate."""
    year, month = (reference.year, reference.month - 1) if reference.month > 1 else (reference.year - 1, 12)
    first = _calendar_day(year, month, reference.day) or date(year, month, 28)
    return f"{first}~/{reference}"


def _ago(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    number = NUMBERS.get(match["number"].lower()) or int(match["number"])
    days = number * (7 if match["unit"].startswith("week") else 1)
    return (reference - timedelta(days)).isoformat()


def _year(match: re.Match[str], reference: date, is_to_come: bool) -> str:
    return match["year"]


RULES: list[tuple[str, Callable[[re.Match[str], date, bool], str | None]]] = [
    (
        rf"(?:[Oo]n )?(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{MONTH})"
        rf"|(?P<month_first>{MONTH}) (?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?)\b(?! \d{{4}})",
        _day_and_month,
    ),
    (rf"(?:[Oo]n )?(?P<which>last |next |this )?(?P<weekday>{DAY})\b{PART_OF_DAY}", _weekday),
    (rf"(?P<number>{NUMBER}) (?P<unit>days?|weeks?) ago", _ago),
    (r"[Oo]ver the (?:past|last) month", _past_month),
    (r"(?P<which>[Ll]ast|[Tt]his|[Nn]ext) week\b", _week),
    (r"(?P<which>[Ll]ast|[Tt]his|[Nn]ext) month\b", _month_near),
    (rf"[Ii]n (?:early |mid-|late )?(?P<month>{MONTH})\b(?! \d)", _month),
    (r"\b(?:[Tt]oday|[Tt]onight|[Yy]esterday|[Tt]omorrow)\b", _near_day),
    (r"[Ii]n (?P<year>(?:19|20)\d\d)\b", _year),
]
"""The words for a date, and how each is resolved. Earlier rules win."""
