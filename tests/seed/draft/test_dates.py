"""Date words against the date of their source."""

from datetime import date

import pytest

from seed.draft.dates import DateWords, date_words, full_dates
from seed.draft.text import sentences

TUESDAY = date(2025, 3, 18)


def resolve(text: str, day: date = TUESDAY) -> list[tuple[str, str]]:
    return [(words.wording, words.date) for sentence in sentences([text]) for words in date_words(sentence, day)]


@pytest.mark.parametrize(
    ("text", "wording", "expected"),
    [
        ("He spoke on Sunday.", "on Sunday", "2025-03-16"),
        ("He spoke on Tuesday.", "on Tuesday", "2025-03-18"),
        ("He spoke last Tuesday.", "last Tuesday", "2025-03-11"),
        ("Talks would continue on Sunday.", "on Sunday", "2025-03-23"),
        ("Talks will be held next Tuesday.", "next Tuesday", "2025-03-25"),
        ("Shells fell on Sunday night.", "on Sunday night", "2025-03-16"),
        ("Last week, Arland agreed.", "Last week", "2025-03-10/2025-03-16"),
        ("It starts this week.", "this week", "2025-03-17/2025-03-23"),
        ("He did so last month.", "last month", "2025-02"),
        ("Over the past month, he pressed on.", "Over the past month", "2025-02-18~/2025-03-18"),
        ("They met in October.", "in October", "2024-10"),
        ("They will meet in February.", "in February", "2026-02"),
        ("He accepted on March 11.", "on March 11", "2025-03-11"),
        ("He accepted on 20 December.", "on 20 December", "2024-12-20"),
        ("The gates will open on 1 July.", "on 1 July", "2025-07-01"),
        ("The gates will open on 1 March.", "on 1 March", "2026-03-01"),
        ("He informed that on March 19 both sides will exchange letters.", "on March 19", "2025-03-19"),
        ("The truce of 20 March would hold.", "20 March", "2025-03-20"),
        ("On 1 March the leaders will meet.", "On 1 March", "2026-03-01"),
        ("On Sunday the leaders will meet.", "On Sunday", "2025-03-23"),
        ("On Sunday he said that they will meet.", "On Sunday", "2025-03-16"),
        ("He refused yesterday.", "yesterday", "2025-03-17"),
        ("It agreed a week ago.", "a week ago", "2025-03-11"),
        ("It agreed two days ago.", "two days ago", "2025-03-16"),
        ("It agreed sixteen days ago.", "sixteen days ago", "2025-03-02"),
        ("It began in 2022.", "in 2022", "2022"),
    ],
)
def test_words_are_resolved(text: str, wording: str, expected: str) -> None:
    assert resolve(text) == [(wording, expected)]


def test_past_month_at_the_end_of_a_long_month_is_in_the_calendar() -> None:
    assert resolve("Over the past month, he pressed on.", date(2025, 3, 31)) == [
        ("Over the past month", "2025-02-28~/2025-03-31")
    ]


@pytest.mark.parametrize("text", ["He may march on 40 March.", "The second week was calm.", "It is 2000 metres high."])
def test_other_words_are_no_dates(text: str) -> None:
    assert resolve(text) == []


def test_date_with_a_year_is_stated() -> None:
    (words,) = full_dates("MARN, June 20, 2031 – Shells fell.")
    assert words == DateWords("June 20, 2031", 6, "2031-06-20", "stated")
    assert list(full_dates("on 31 June 2031")) == []


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1000, 1, 1), date(9999, 12, 31)])
@pytest.mark.parametrize("words", ["ten weeks ago", "last month", "next week", "will meet on Sunday", "in May"])
def test_words_are_not_resolved_at_the_ends_of_the_calendar(day: date, words: str) -> None:
    assert resolve(f"They meet {words}, and on 2 June 2031.", day) == [("2 June 2031", "2031-06-02")]
