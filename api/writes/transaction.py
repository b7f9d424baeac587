"""The transaction of a write: on a connection of its own, limited in time, all or nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Response, current_app
from sqlite_utils import Database
from werkzeug.exceptions import ServiceUnavailable

from api.http.problems import RETRY_AFTER_SECONDS
from api.writes.dry_run import preview
from api.writes.idempotency import change_once, read_key
from api.writes.replication import wait_for_replica
from seed.storage.connection_pool import PROGRESS_STEPS, Deadline
from seed.storage.errors import DatabaseUnavailable
from seed.storage.sqlite_file import write_transaction

WRITE_SECONDS = 10.0
"""How long a write may take, after it has waited for other writers (up to LOCK_TIMEOUT_SECONDS)."""
CHECKPOINT_TIMEOUT_MS = 0
"""How long the checkpoint after a write waits for readers; if they take longer, a later write truncates the WAL."""
UNAVAILABLE = "The database cannot be written at the moment, and nothing was changed. Try again in a few seconds."

TOO_LONG = (
    f"The change took more than {WRITE_SECONDS:g} seconds, and nothing was changed. Try again when less is going on, or"
    " make it by a command on the server, python -m seed, which has no such limit."
)


class DryRun(Exception):
    """Rolls back a dry run."""

    def __init__(self, response: Response) -> None:
        self.response = response


def apply_change(change: Callable[[Database], Response], *, dry_run: bool) -> Response:
    """Return the response of a change, once it is committed; with `dry_run` undo it, and return what it would do.

    It is rolled back if it raises. Raise ServiceUnavailable if the file cannot be written, if that takes too long,
    or if the change does not reach the replica.
    """
    key = read_key()
    database = Path(current_app.extensions["settings"].database)
    try:
        with write_transaction(database, CHECKPOINT_TIMEOUT_MS) as db, limited_in_time(db.conn):
            if dry_run:
                raise DryRun(preview(db, change))
            response = change_once(db, change, key)
    except DryRun as undone:
        return undone.response
    except DatabaseUnavailable as error:
        current_app.logger.error("%s", error)
        raise ServiceUnavailable(UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS) from error
    wait_for_replica()
    return response


@contextmanager
def limited_in_time(connection: sqlite3.Connection) -> Iterator[None]:
    """Interrupt the statements of a block after WRITE_SECONDS, and raise ServiceUnavailable.

    The rollback that follows is not interrupted.
    """
    deadline = Deadline()
    deadline.set(WRITE_SECONDS)
    connection.set_progress_handler(deadline.passed, PROGRESS_STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise ServiceUnavailable(TOO_LONG, retry_after=RETRY_AFTER_SECONDS) from None
    finally:
        connection.set_progress_handler(None, 0)
