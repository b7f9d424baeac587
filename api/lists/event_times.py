"""Times of day of events in the timeline, whose entries have days only."""

import json
from collections.abc import Iterable
from typing import Any

from api.database import select
from api.lists.entry_details import with_detail

EVENTS = "events"
TIMES_SELECT = "select id, time from events where time is not null and id in (select value from json_each(:ids))"


def with_times(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries of the timeline with the `time` of each event, null if it is not known."""
    return with_detail(entries, EVENTS, "time", _times, None)


def _times(ids: list[str]) -> dict[str, str]:
    return {row["id"]: row["time"] for row in select(TIMES_SELECT, {"ids": json.dumps(ids)})}
