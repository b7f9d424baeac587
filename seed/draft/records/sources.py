"""The draft of the source: its kind, language, digests and date."""

from seed.draft.analysis import Analysis, date_fields, printed_date
from seed.draft.guesses import MARK, guess
from seed.draft.layout import Record
from seed.verify import digests, normalize
from seed.word_keys import COMMON, WORD

LANGUAGE_PARAGRAPHS = 20
"""Number of paragraphs from which the language is recognized."""
MIN_COMMON = 0.2
"""Minimum share of common words, such as "the", in an English text."""


def source_record(analysis: Analysis) -> Record:
    """Return the source of the bundle; its title is left to write."""
    origin = analysis.origin
    return {
        "id": origin.id,
        "title": None,
        "kind": origin.kind or guess(analysis.source_kind()),
        **({"issued_by": list(origin.issued_by)} if origin.issued_by else {}),
        **({"text_url": origin.url} if origin.url else {}),
        "language": "en" if _is_english(analysis.text) else MARK,
        **digests(list(map(normalize, analysis.text))),
        **_source_date(analysis),
    }


def _source_date(analysis: Analysis) -> Record:
    """Return the date of the source: as given, or as its first paragraphs say."""
    found = printed_date(analysis.text)
    if analysis.origin.day is None:
        date = {"date": MARK, "date_basis": MARK}
        return date_fields(found) | {"date": guess(found.date)} if found else date
    day = analysis.origin.day.isoformat()
    if found and found.date == day:
        return {"date": day, "date_wording": found.wording, "date_basis": "stated"}
    return {"date": day, "date_basis": "external"}


def _is_english(text: list[str]) -> bool:
    words = WORD.findall(" ".join(text[:LANGUAGE_PARAGRAPHS]).lower())
    return sum(word in COMMON for word in words) >= MIN_COMMON * len(words)
