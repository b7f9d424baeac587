"""`known_at`: lets a request read the data as of a past revision."""

import re
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from email.utils import format_datetime

from flask import current_app

from api.database import (
    KnownAt,
    cached_total,
    changed_at_of,
    connection,
    current_revision,
    known_at,
    present_connection,
    present_pool,
    read_past,
    select,
)
from api.http.problems import InvalidQuery
from api.http.urls import public_path
from api.past_files import PastFiles
from schemas.errors import FieldError, json_pointer
from schemas.query_schema import KNOWN_AT, REVISION_OR_TIME
from seed.storage.past_revision import COUNT_SELECT, LAST_PURGE_SELECT, MAX_CHANGES, read_past_revision
from seed.storage.retired_ids import RetiredId, find_retired

POINTER = json_pointer(KNOWN_AT)
FORMS = (
    "Write the number of a revision, a day that has ended (UTC), or a time with its offset, as in 3, 2025-03-20 or"
    " 2025-03-20T12:00:00Z."
)
FIRST_SELECT = """
select revision, recorded_at from changes join revisions using (revision) where type = ? and id = ?
order by revision limit 1
"""
"""SELECT of the first change of a record."""


TIMES_SELECT = """
select recorded_at from revisions where revision in (:revision, :revision - 1) order by revision desc
"""
"""When a revision was recorded, then the one before it."""


class InFuture(InvalidQuery):
    """A time in the future. Until it has come, the error may not be cached; `headers` say so."""

    def __init__(self, time: datetime) -> None:
        detail = "Must not be in the future: more may be recorded by then. Omit it for the latest data."
        super().__init__([FieldError(POINTER, detail)])
        self.headers = {"Retry-After": format_datetime(time, usegmt=True)}


def read_as_known_at(text: str) -> None:
    """Let the rest of the request read a past revision. Raise InvalidQuery, or ServiceUnavailable while it is prepared.

    A time means the newest revision that was recorded at or before it.
    """
    latest, number = current_revision(), find_revision(text)
    if number == latest.number:
        read_past(KnownAt(text, present_pool(), 0, latest.changed_at))
        return
    if not is_served_later(number):
        raise invalid(
            f"More than {MAX_CHANGES} changes led to revision {number}. That is too many to restore the revision."
            f" {public_path('/changes')} has them all."
        )
    past = read_past_revision(connection(), number, cached_total(LAST_PURGE_SELECT, {}))
    files: PastFiles = current_app.extensions["past_files"]
    changed_in = {"revision": past.purge or number}
    read_past(KnownAt(text, files.pool(past), past.purge, changed_at_of(select(TIMES_SELECT, changed_in))))


def is_served_later(revision: int) -> bool:
    """Return whether `known_at` can serve a revision: not if too many changes led to it."""
    return cached_total(COUNT_SELECT, {"revision": revision}) <= MAX_CHANGES


def find_revision(text: str) -> int:
    """Return the number of the revision that a text names. Raise InvalidQuery if it does not exist."""
    latest = current_revision()
    if not re.fullmatch(REVISION_OR_TIME, text):
        raise invalid(FORMS)
    if "-" not in text:
        if not 1 <= int(text) <= latest.number:
            raise invalid(f"There is no revision {int(text)}. There are 1 to {latest.number}.", str(latest.number))
        return int(text)
    time = parse_time(text)
    if time > max(datetime.now(UTC), latest.recorded_at):
        raise InFuture(time)
    bound = {"time": time.isoformat(timespec="milliseconds")}
    (row,) = select("select max(revision) number from revisions where recorded_at <= :time", bound)
    if row["number"] is None:
        raise invalid(f"Nothing was recorded by then. Revision 1 was recorded at {recorded_at(1)}.", "1")
    return int(row["number"])


def parse_time(text: str) -> datetime:
    """Return a time, or the end of a day, in UTC. Raise InvalidQuery if it does not exist."""
    try:
        if "T" in text:
            return datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
        return datetime.combine(date.fromisoformat(text), time_of_day.max, UTC)
    except (ValueError, OverflowError):  # no such day, or outside the years 1 to 9999 in UTC
        raise invalid(FORMS) from None


def invalid(detail: str, near: str | None = None) -> InvalidQuery:
    """Return the error of a value that names no revision."""
    return InvalidQuery([FieldError(POINTER, detail, did_you_mean=near)])


def recorded_at(revision: int) -> str:
    """Return when a revision was recorded."""
    (row,) = select("select recorded_at from revisions where revision = :revision", {"revision": revision})
    return str(row["recorded_at"])


def came_later(plural: str, id: str) -> str:
    """Return a sentence on when a record was added after the requested revision; "" if it was not."""
    if known_at() is None:
        return ""
    row = present_connection().execute(FIRST_SELECT, [plural, id]).fetchone()
    if row is None or row["revision"] <= current_revision().number:
        return ""
    return f" It was added later, in revision {row['revision']}, recorded at {row['recorded_at']}."


def find_purged(plural: str, id: str) -> RetiredId | None:
    """Return the purge of a record that the requested revision had; None without `known_at` or such a record."""
    if known_at() is None or not select(
        "select 1 from changes where type = :type and id = :id", {"type": plural, "id": id}
    ):
        return None
    retired = find_retired(present_connection(), plural, [id]).values()
    return next((one for one in retired if one.removal == "purged"), None)
