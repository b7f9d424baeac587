"""The SQLite file: format marker, and how it is opened for reading and writing."""

import os
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.mapping import tables

APPLICATION_ID = 0x52444F54  # "RDOT"
SCHEMA_COLUMNS = [
    (table, column.name, column.type, column.nullable)
    for record in RECORDS.values()
    for table, columns in tables(record).items()
    for column in columns
]
SCHEMA_VERSION = zlib.crc32(repr((3, SCHEMA_COLUMNS)).encode()) >> 1
"""Version of the tables, stored as `user_version`: changes with every record type and field.

SQLite stores 32 bits with a sign. Increase the 3 for a change that the columns do not show.
"""
LOCK_TIMEOUT_SECONDS = 10.0
"""Seconds that a writer waits for another writer, or for readers of a replaced file."""
SHM_TIMEOUT_SECONDS = 0.25
"""Seconds that a reader waits for a stale `-shm` file to disappear."""
POLL_INTERVAL_SECONDS = 0.1
"""Seconds between two attempts; each opens the stale `-shm` file for a moment."""
CHECKPOINT_TIMEOUT_MS = 1000
"""Milliseconds that the checkpoint after a load waits for readers."""


WRITER_CACHE_KIB = 32 * 1024
"""Page cache of a writer in KiB."""


STAT_FIELDS = attrgetter("st_size", "st_mtime_ns")
"""Fields of `stat` that change when a file is written."""
Kind = TypeVar("Kind", bound=sqlite3.Connection)

REBUILD_HINT = "build it anew: python -m seed load"
HINTS = {
    sqlite3.SQLITE_CORRUPT: f"Put a good copy in its place, or delete it and {REBUILD_HINT}",
    sqlite3.SQLITE_NOTADB: f"Put a good copy in its place, or delete it and {REBUILD_HINT}",
    sqlite3.SQLITE_FULL: "Make room on its disk and try again.",
    sqlite3.SQLITE_IOERR: "See whether its disk is full or failing, and try again.",
    sqlite3.SQLITE_READONLY: "Whoever loads must have the right to write it, and into its folder.",
    sqlite3.SQLITE_CANTOPEN: "Its folder must be there, and whoever loads must have the right to write into it.",
    sqlite3.SQLITE_BUSY: "Another load is at work; try again when it has ended.",
}
"""What to do about an error, by SQLite error code."""


class DatabaseUnavailable(RuntimeError):
    """The database is missing, foreign, damaged, or was built for other record types.

    It is a RuntimeError so that gunicorn prints its message only and exits.
    """

    @classmethod
    def because(cls, path: Path, error: sqlite3.Error, wanted: str = "read") -> "DatabaseUnavailable":
        """Build from an SQLite error, with a hint what to do."""
        advice = HINTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # the higher bits are an extended error code
        return cls(f"{path} cannot be {wanted}: {error}." + (f" {advice}" if advice else ""))


class ImmutableConnection(sqlite3.Connection):
    """Connection opened with `immutable=1`. SQLite takes no lock, so the file may still change under it."""

    path: Path
    look: os.stat_result

    def changed_since_open(self) -> bool:
        """Return whether the file was written to since, so that reads may mix two states."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        # If the file was replaced, this connection still reads the old one completely.
        return os.path.samestat(now, self.look) and STAT_FIELDS(now) != STAT_FIELDS(self.look)


def open_readonly(path: Path) -> sqlite3.Connection:
    """Open a read-only connection with a consistent snapshot. Raises DatabaseUnavailable.

    It may be used by several threads, one after the other.
    """
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(closing(_open_for_reading(path)))
            (version,) = connection.execute("pragma user_version").fetchone()
            if version != SCHEMA_VERSION and not is_readout_file(connection, path):
                raise DatabaseUnavailable(f"{path} is empty; {REBUILD_HINT}")
        except sqlite3.Error as error:
            raise DatabaseUnavailable.because(path, error) from error
        opened.pop_all()
        return connection


def is_built(path: Path) -> bool:
    """Return whether the file holds records. Raises DatabaseUnavailable if it is not a Readout database."""
    try:
        if not path.exists():
            return False
        if not path.is_file():
            raise DatabaseUnavailable(f"{path} is not a file; name one in READOUT_DATABASE.")
        with closing(_open_for_reading(path)) as connection:
            return is_readout_file(connection, path)
    except sqlite3.Error as error:
        raise DatabaseUnavailable.because(path, error) from error
    except OSError as error:
        raise DatabaseUnavailable(f"{path} cannot be read: {error.strerror}.") from error


@contextmanager
def write_transaction(path: Path) -> Iterator[Database]:
    """Open the file in one transaction, committed if the block succeeds and rolled back if it does not.

    A new file is switched to WAL mode afterwards, since otherwise every page would be written twice. Foreign keys are
    not enforced by SQLite, because references may point forward; the loader checks them at the end.
    """
    _wait_for_stale_shm(path)
    try:
        # The absolute path, because SQLite gives names such as :memory: a meaning.
        connection = sqlite3.connect(path.absolute(), isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
    except sqlite3.Error as error:
        raise DatabaseUnavailable.because(path, error, "opened for writing") from error
    with closing(connection):
        try:
            if is_readout_file(connection, path):
                connection.execute("pragma journal_mode = wal")
            replicated = _is_replicated(path)
            if replicated:
                connection.execute("pragma wal_autocheckpoint = 0")
            connection.execute(f"pragma cache_size = -{WRITER_CACHE_KIB}")
            connection.execute("begin immediate")
            yield Database(connection)
            connection.execute("commit")
            if not replicated:
                _checkpoint_wal(connection)
        except sqlite3.Error as error:
            raise DatabaseUnavailable.because(path, error, "written") from error
        finally:
            if connection.in_transaction:
                connection.rollback()


def _wait_for_stale_shm(path: Path) -> None:
    """Wait while another process has the replaced file open, whose `-shm` file would be used for this one."""
    patience = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while _has_stale_shm(path):
        if time.monotonic() > patience:
            raise DatabaseUnavailable(
                f"{path} has taken the place of a file that is still being read; try again in a minute."
            )
        time.sleep(POLL_INTERVAL_SECONDS)


def _has_stale_shm(path: Path) -> bool:
    """Return whether a file looks corrupt only because of the `-shm` file of another."""
    if not path.exists() or _has_wal(path):
        return False
    try:
        _open(path, "ro", sqlite3.Connection).close()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT:
            with suppress(sqlite3.Error):
                _open_immutable(path).close()
                return True
    return False


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a read-only connection and begin its snapshot.

    SQLite needs a `-shm` file to share the database with a writer. If it cannot be created and there is no WAL, no
    local process can be writing, so open with `immutable=1`. Do the same if a stale `-shm` of a replaced file makes
    this one look corrupt for longer than SHM_TIMEOUT_SECONDS.

    If there is a rollback journal, a first load is running or was killed: SQLite waits for it, or rolls it back.
    """
    if Path(f"{path}-journal").exists():
        return _open(path, "rw", sqlite3.Connection)
    if not os.access(path.absolute().parent, os.W_OK) and not _has_wal(path):
        return _open_immutable(path)
    patience = time.monotonic() + SHM_TIMEOUT_SECONDS
    while True:
        try:
            return _open(path, "ro", sqlite3.Connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CORRUPT) or _has_wal(path):
                raise
            apart = _open_immutable(path)
            if error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHMSIZE or time.monotonic() > patience:
                return apart
            apart.close()
        time.sleep(POLL_INTERVAL_SECONDS)


def _open_immutable(path: Path) -> ImmutableConnection:
    look = path.stat()
    connection = _open(path, "ro&immutable=1", ImmutableConnection)
    connection.path, connection.look = path, look
    return connection


def _open(path: Path, mode: str, kind: type[Kind]) -> Kind:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, factory=kind)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("pragma mmap_size = 0")  # truncating a mapped file would kill the process
        connection.execute("begin")
        connection.execute("pragma user_version").fetchone()  # the snapshot begins with the first read
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _has_wal(path: Path) -> bool:
    """Return whether the WAL contains commits that may not be in the file yet."""
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


def _is_replicated(path: Path) -> bool:
    """Return whether Litestream replicates the file, which shows in a folder next to it.

    Litestream reads commits from the WAL and checkpoints it itself; what another process checkpoints first, Litestream
    takes for replicated.
    """
    return path.with_name(f".{path.name}-litestream").exists()


def _checkpoint_wal(connection: sqlite3.Connection) -> None:
    """Checkpoint and truncate the WAL, unless readers keep it for long.

    A reader that has the file open leaves the WAL behind. If it still had content when the file is replaced, SQLite
    would apply it to the new file.
    """
    with suppress(sqlite3.OperationalError):
        connection.execute(f"pragma busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma wal_checkpoint(truncate)")


def write_format_marker(db: Database) -> None:
    """Write `application_id` and `user_version`."""
    db.execute(f"pragma application_id = {APPLICATION_ID}")
    db.execute(f"pragma user_version = {SCHEMA_VERSION}")


def is_readout_file(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether an open file holds our tables; False if empty. Raises DatabaseUnavailable otherwise."""
    application, version, tables = (
        connection.execute(question).fetchone()[0]
        for question in ("pragma application_id", "pragma user_version", "select count(*) from sqlite_master")
    )
    if tables == 0 and application in (0, APPLICATION_ID):
        return False
    if application != APPLICATION_ID:
        told = f"{path} is an SQLite file, but not one of Readout's; it is left as it is."
        raise DatabaseUnavailable(f"{told} Name another in READOUT_DATABASE.")
    if version != SCHEMA_VERSION:
        raise DatabaseUnavailable(schema_mismatch_message(path))
    return True


def schema_mismatch_message(path: Path) -> str:
    """Return the message for a database of another version."""
    return f"{path} was built for other record types or fields. Delete it and {REBUILD_HINT}"
