"""How the database is opened for reading: shared with writers, or with `immutable=1`."""

import os
import sqlite3
import time
from pathlib import Path
from typing import TypeVar

from seed.storage.database_path import require_regular_file, side_file
from seed.storage.fingerprint import FileFingerprint, read_fingerprint
from seed.storage.wal import has_wal

SHM_TIMEOUT_SECONDS = 0.25
"""How long a reader waits for a stale `-shm` to disappear."""
POLL_INTERVAL_SECONDS = 0.1
"""How often that is checked. Each check keeps the stale `-shm` open for a moment, so not too often."""
LOCK_TIMEOUT_SECONDS = 1.0
"""How long a reader waits for a lock. A WAL database is locked only for moments; a thread must not wait for longer."""

C = TypeVar("C", bound=sqlite3.Connection)


class ImmutableConnection(sqlite3.Connection):
    """A connection opened with `immutable=1`. SQLite takes no lock, so the file may still change under it."""

    path: Path
    fingerprint: FileFingerprint | None

    def changed_since_open(self) -> bool:
        """Return whether the file was written to since, so that reads may mix two states.

        If another file was renamed over it, this connection still reads the old one, completely.
        """
        current = read_fingerprint(self.path)
        if current is None or self.fingerprint is None:
            return False
        return current.is_same_file(self.fingerprint) and current.file != self.fingerprint.file


def open_snapshot(path: Path) -> sqlite3.Connection:
    """Open the file at a resolved path for reading, in a read transaction that has begun. Raises sqlite3.Error.

    SQLite needs a `-shm` file to share the database with a writer. If it cannot be created and there is no WAL, no
    local process can be writing, so the file is opened with `immutable=1`. The same is done if the stale `-shm` of a
    file that this one has replaced makes it look corrupt for longer than SHM_TIMEOUT_SECONDS; it disappears with the
    last reader of the replaced file.

    A rollback journal means that a build is running or was interrupted. SQLite then waits for it, or rolls it back,
    which needs write access.
    """
    require_regular_file(path)
    if side_file(path, "-journal").exists():
        return connect(path, "rw", sqlite3.Connection)
    if not os.access(path.parent, os.W_OK) and not has_wal(path):
        return open_immutable(path)
    deadline = time.monotonic() + SHM_TIMEOUT_SECONDS
    while True:
        try:
            return connect(path, "ro", sqlite3.Connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CORRUPT) or has_wal(path):
                raise
            immutable = open_immutable(path)
            if error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHMSIZE or time.monotonic() > deadline:
                return immutable
            immutable.close()
        time.sleep(POLL_INTERVAL_SECONDS)


def open_immutable(path: Path) -> ImmutableConnection:
    """Open the file with `immutable=1`: without locks, without `-shm`, and without the WAL."""
    fingerprint = read_fingerprint(path)
    connection = connect(path, "ro&immutable=1", ImmutableConnection)
    connection.path, connection.fingerprint = path, fingerprint
    return connection


def connect(path: Path, mode: str, factory: type[C]) -> C:
    """Open the file and begin a read transaction; `mode` is what follows `mode=` in the URI."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=LOCK_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("pragma mmap_size = 0")  # truncating a mapped file would kill the process with SIGBUS
        connection.execute("begin")
        connection.execute("pragma user_version").fetchone()  # the snapshot starts with the first read
    except sqlite3.Error:
        connection.close()
        raise
    return connection
