"""EDTF dates in English."""

import pytest

from api.lists.readable_date import readable_date


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (None, "no date"),
        ("2025-03-18", "18 Mar 2025"),
        ("2025-03-08", "8 Mar 2025"),
        ("2025-02", "Feb 2025"),
        ("2024", "2024"),
        ("../2025-03-16", "by 16 Mar 2025"),
        ("2025-02/..", "from Feb 2025"),
        ("2025-03-10/2025-03-16", "10 Mar 2025 to 16 Mar 2025"),
        ("2024-12/2025", "Dec 2024 to 2025"),
        ("2025-03-18?", "perhaps 18 Mar 2025"),
        ("2025-03~", "about Mar 2025"),
        ("2024%", "perhaps about 2024"),
        ("2025-02-18~/2025-03-18", "about 18 Feb 2025 to 18 Mar 2025"),
        ("../2025-03?", "by perhaps Mar 2025"),
        ("2025-03-XX", "Mar 2025"),
        ("2025-XX-XX", "2025"),
        ("2025-XX", "2025"),
    ],
)
def test_date_in_words(date: str | None, text: str) -> None:
    assert readable_date(date) == text
