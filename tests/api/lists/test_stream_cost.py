"""CPU time of a record in long lists, compared with that of reading its values from JSON.

Why not the number of calls: Python 3.11 sometimes repeats an instruction forever while calls are counted.
"""

import json
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.lists.csv import csv_text
from api.lists.icalendar import calendar_text
from api.lists.list_query import ListQuery
from schemas import RECORDS
from schemas.record import Record
from schemas.timeline import Timeline

REPEATS, ROUNDS = 10, 5
LISTED: dict[str, type[Record]] = {**RECORDS, Timeline.plural: Timeline}


@pytest.mark.parametrize(
    ("plural", "text", "max_ratio"),
    [
        ("events", csv_text, 12),
        ("timeline", csv_text, 12),
        ("events", calendar_text, 6),
        ("timeline", calendar_text, 6),
    ],
)
def test_long_list_costs_little_for_each_record(
    client: FlaskClient, plural: str, text: Callable[..., Iterator[Any]], max_ratio: float
) -> None:
    record = LISTED[plural]
    with client.application.test_request_context("/"):
        rows = list(ListQuery(record, {}).stream())
        values = [json.dumps(dict(row), default=bytes.decode) for row in rows]
        for _ in text(record, iter(rows)):
            pass  # what is computed once for each column is cached
        listed = cpu_seconds(lambda: list(text(record, chain.from_iterable(repeat(rows, REPEATS)))))
        read = cpu_seconds(lambda: [json.loads(value) for value in values * REPEATS])
    assert listed / read < max_ratio


def cpu_seconds(function: Callable[[], object]) -> float:
    """Return the lowest CPU time of some calls."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        function()
        times.append(time.process_time() - began)
    return min(times)
