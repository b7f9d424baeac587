"""The SQLite file: open it for reading, or for one write transaction."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from seed.storage.database_path import require_regular_file, resolve_path
from seed.storage.errors import REBUILD_HINT, DatabaseUnavailable
from seed.storage.file_format import SCHEMA_VERSION, count_objects, is_readout_file, require_sqlite
from seed.storage.read_connection import POLL_INTERVAL_SECONDS, connect, open_immutable, open_snapshot
from seed.storage.wal import CHECKPOINT_TIMEOUT_MS, checkpoint, has_wal, is_replicated

LOCK_TIMEOUT_SECONDS = 10.0
"""How long a writer waits for another writer, or for the readers of a file that this one has replaced."""
REWRITE_TIMEOUT_MS = 60_000
"""How long a rewrite of the file waits for readers of its old content."""
WRITER_CACHE_KIB = 32 * 1024
"""The page cache of a writer, in KiB."""


def open_readonly(path: Path) -> sqlite3.Connection:
    """Return a read-only connection with one snapshot of the database, for one thread after another.

    Raises DatabaseUnavailable.
    """
    resolved = resolve_path(path)
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(open_snapshot(resolved)))
            (version,) = connection.execute("pragma user_version").fetchone()
            if version != SCHEMA_VERSION and not is_readout_file(connection, path):
                raise DatabaseUnavailable(f"{path} is empty; {REBUILD_HINT}")
            count_objects(connection)  # the first query reads the schema: a malformed one is reported here
        except sqlite3.Error as error:
            raise DatabaseUnavailable.from_sqlite(path, error) from error
        stack.pop_all()
        return connection


def is_built(path: Path) -> bool:
    """Return whether the database exists and holds records.

    Raises DatabaseUnavailable if it cannot be read, or is not a Readout database of this version.
    """
    require_sqlite()
    resolved = resolve_path(path)
    try:
        require_regular_file(resolved)
        if not resolved.exists():
            return False
        with closing(open_snapshot(resolved)) as connection:
            return is_readout_file(connection, path)
    except sqlite3.Error as error:
        raise DatabaseUnavailable.from_sqlite(path, error) from error
    except OSError as error:
        raise DatabaseUnavailable(f"{path} cannot be read: {error.strerror}.") from error


def require_built(path: Path) -> None:
    """Raise DatabaseUnavailable if the database does not exist or holds no records."""
    if not is_built(path):
        raise DatabaseUnavailable(f"{path} does not exist or is empty. Build it: python -m seed load")


@contextmanager
def write_transaction(path: Path, checkpoint_timeout_ms: int = CHECKPOINT_TIMEOUT_MS) -> Iterator[Database]:
    """Open the database in one transaction, committed if the block succeeds and rolled back if it raises.

    A new database is switched to WAL mode after the commit; before it, every page would be written twice, for no
    reader. Foreign keys are not enforced, because references may point forward; the loader checks them at the end.
    """
    resolved = resolve_path(path)
    with closing(_connect_for_writing(resolved, path)) as connection:
        try:
            if is_readout_file(connection, path):
                connection.execute("pragma journal_mode = wal")
            replicated = is_replicated(resolved, path)
            if replicated:
                connection.execute("pragma wal_autocheckpoint = 0")
            connection.execute(f"pragma cache_size = -{WRITER_CACHE_KIB}")
            connection.execute("begin immediate")
            yield Database(connection)
            connection.execute("commit")
            if not replicated:
                checkpoint(connection, checkpoint_timeout_ms)
        except sqlite3.Error as error:
            raise DatabaseUnavailable.from_sqlite(path, error, "written") from error
        finally:
            if connection.in_transaction:
                connection.rollback()


def rewrite(path: Path) -> None:
    """Rewrite the whole file without its free pages, and empty the WAL, so that nothing deleted is left in either.

    Raises DatabaseUnavailable if a reader uses the old content for longer than REWRITE_TIMEOUT_MS.
    """
    try:
        with closing(sqlite3.connect(resolve_path(path), isolation_level=None)) as connection:
            connection.execute(f"pragma busy_timeout = {REWRITE_TIMEOUT_MS}")
            connection.execute("vacuum")
            (is_busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnavailable.from_sqlite(path, error, "rewritten") from error
    if is_busy:
        raise DatabaseUnavailable(
            f"A process still reads an old snapshot of {path}, so the WAL keeps deleted content. Stop the server, or"
            " wait until its downloads are finished, and run the same command again."
        )


def _connect_for_writing(resolved: Path, path: Path) -> sqlite3.Connection:
    require_sqlite()
    require_regular_file(resolved)
    _wait_for_stale_shm(resolved, path)
    try:
        return sqlite3.connect(resolved, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
    except sqlite3.Error as error:
        raise DatabaseUnavailable.from_sqlite(path, error, "opened for writing") from error


def _wait_for_stale_shm(resolved: Path, path: Path) -> None:
    """Wait until the readers of a replaced file have closed it; writing through its `-shm` would corrupt this one."""
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while _has_stale_shm(resolved):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"{path} replaced a file that another process still has open. Try again in a minute."
            )
        time.sleep(POLL_INTERVAL_SECONDS)


def _has_stale_shm(resolved: Path) -> bool:
    """Return whether the file looks corrupt with the `-shm` next to it, and is readable without."""
    if not resolved.exists() or has_wal(resolved):
        return False
    try:
        connect(resolved, "ro", sqlite3.Connection).close()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT:
            with suppress(sqlite3.Error):
                open_immutable(resolved).close()
                return True
    return False
