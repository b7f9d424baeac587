"""Cost of a record in long lists, in calls of Python functions, a number that does not depend on the machine's load."""

import sys
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from types import FrameType
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.lists.csv import csv_text
from api.lists.icalendar import calendar_text
from api.lists.list_query import ListQuery
from schemas import RECORDS
from schemas.record import Record
from schemas.timeline import Timeline

REPEATS = 50
LISTED: dict[str, type[Record]] = {**RECORDS, Timeline.plural: Timeline}


@pytest.mark.parametrize(
    ("plural", "text", "max_calls"),
    [
        ("events", csv_text, 200),
        ("timeline", csv_text, 200),
        ("events", calendar_text, 80),
        ("timeline", calendar_text, 80),
    ],
)
def test_long_list_costs_little_for_each_record(
    client: FlaskClient, plural: str, text: Callable[..., Iterator[Any]], max_calls: int
) -> None:
    record = LISTED[plural]
    with client.application.test_request_context("/"):
        rows = list(ListQuery(record, {}).stream())
        for _ in text(record, iter(rows)):
            pass  # what is computed once for each column is cached
        calls = count_calls(lambda: list(text(record, chain.from_iterable(repeat(rows, REPEATS)))))
    assert calls / (REPEATS * len(rows)) < max_calls


def count_calls(function: Callable[[], object]) -> int:
    """Return the number of calls of Python functions that a function makes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls
