"""The SQLite file: what marks it as ours, and the two ways to open it."""

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
"""What the file says of its tables: another number where a record type or a field is added, changed or taken away.

SQLite holds it in 32 bits, of which one is a sign. The 3 is to be raised for a change that the columns do not show.
"""
LOCK_TIMEOUT_SECONDS = 10.0
"""Seconds a writer waits for another to finish, or for those who read a file that was there before this one."""
SHM_TIMEOUT_SECONDS = 0.25
"""Seconds a reader waits for those."""
POLL_INTERVAL_SECONDS = 0.1
"""Seconds between two looks whether they have ended; whoever looks has the other's notes open for that moment, too."""
CHECKPOINT_TIMEOUT_MS = 1000
"""Milliseconds it waits for readers when all is written, to empty the log."""


WRITER_CACHE_KIB = 32 * 1024
"""Kilobytes of the file that a writer holds in memory."""


STAT_FIELDS = attrgetter("st_size", "st_mtime_ns")
"""What tells a file that has been written to from what it was."""
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
"""What to do about an error, by SQLite's code for it."""


class DatabaseUnavailable(RuntimeError):
    """The file is missing, is not ours, is damaged, or was built for other record types.

    It is a RuntimeError because gunicorn tells those in words, and ends, where an application cannot start.
    """

    @classmethod
    def because(cls, path: Path, error: sqlite3.Error, wanted: str = "read") -> "DatabaseUnavailable":
        """What SQLite said of a file that was to be read or written, and what to do about it."""
        advice = HINTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # what is above says more of the same
        return cls(f"{path} cannot be {wanted}: {error}." + (f" {advice}" if advice else ""))


class ImmutableConnection(sqlite3.Connection):
    """A connection to a file that is read as one that does not change, and that nothing keeps from being changed."""

    path: Path
    look: os.stat_result

    def changed_since_open(self) -> bool:
        """Whether the file has been written to since, so that what was read may be of two states."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        # Where another has taken its place, this one still reads the whole of what was there before.
        return os.path.samestat(now, self.look) and STAT_FIELDS(now) != STAT_FIELDS(self.look)


def open_readonly(path: Path) -> sqlite3.Connection:
    """A read-only connection to one unchanging view of the file; DatabaseUnavailable where there is none to be had.

    It may be used by one thread after the other.
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
    """Whether the file holds records; DatabaseUnavailable where it holds anything but what this program writes."""
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
    """The file open in one transaction, which is kept when the block ends well and leaves no trace when it does not.

    A file that is built anew gets its log afterwards: every page would be written twice, and nobody reads it yet.
    SQLite is not asked to look after references, which may point forward: the writer looks when all is written.
    """
    _wait_for_stale_shm(path)
    try:
        # The absolute path, lest a name such as :memory: mean something to SQLite.
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
    """Wait until nobody reads the file whose place this one has taken, and by whose notes it would be written."""
    patience = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while _has_stale_shm(path):
        if time.monotonic() > patience:
            raise DatabaseUnavailable(
                f"{path} has taken the place of a file that is still being read; try again in a minute."
            )
        time.sleep(POLL_INTERVAL_SECONDS)


def _has_stale_shm(path: Path) -> bool:
    """Whether a file looks damaged by what lies beside it, and is whole when it is read by itself."""
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
    """A connection that reads and never writes, with its view of the file begun.

    To share a file with a writer SQLite keeps notes beside it. Where it may write none, or there is no room for any,
    nobody can be writing the file from here either, unless a log says otherwise, and it is read as one that does not
    change. So it is where the notes belong to another file whose place this one has taken, which makes it look damaged,
    if they do not go soon, with the last who reads the other.

    Where a journal lies beside it, whoever was building it was stopped, or is still at it: SQLite undoes the one and
    waits for the other.
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
        connection.execute("pragma mmap_size = 0")  # a file that is cut off while it is mapped would end the process
        connection.execute("begin")
        connection.execute("pragma user_version").fetchone()  # the view begins with the first that is read
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _has_wal(path: Path) -> bool:
    """Whether something is committed that may not be in the file yet."""
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


def _is_replicated(path: Path) -> bool:
    """Whether Litestream carries the file elsewhere, of which it keeps notes beside it.

    It reads what is new from the log, and empties that itself: what another moves into the file first, it takes for
    something that it has carried over already.
    """
    return path.with_name(f".{path.name}-litestream").exists()


def _checkpoint_wal(connection: sqlite3.Connection) -> None:
    """Move what was committed from the log into the file, if no reader keeps it there for long.

    A reader that has the file open leaves the log beside it. Were the log still full when another file takes this one's
    place, SQLite would mix the two.
    """
    with suppress(sqlite3.OperationalError):
        connection.execute(f"pragma busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma wal_checkpoint(truncate)")


def write_format_marker(db: Database) -> None:
    """Write into the file what it is."""
    db.execute(f"pragma application_id = {APPLICATION_ID}")
    db.execute(f"pragma user_version = {SCHEMA_VERSION}")


def is_readout_file(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether an open file holds our tables; DatabaseUnavailable where it holds others, False where it holds none."""
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
    """What is said of a file that has other tables than this program."""
    return f"{path} was built for other record types or fields. Delete it and {REBUILD_HINT}"
