"""Pool of read-only connections, each kept for a moment after use.

SQLite parses the schema when a connection is first used, which takes longer than most queries. But while a connection
is open, Litestream cannot write the file, so connections are closed after a moment without a request, after one second,
and when the file has changed or was replaced.
"""

import os
import sqlite3
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seed.storage.sqlite_file import open_readonly

PROGRESS_STEPS = 20_000
"""Steps of SQLite's virtual machine between two checks of the deadline: about a millisecond."""
IDLE_SECONDS = 0.05
"""Seconds for which an unused connection is kept."""
MAX_AGE_SECONDS = 1.0
"""Seconds after which a connection is not reused."""


class Deadline:
    """Deadline of statements, checked by SQLite's progress handler."""

    def __init__(self) -> None:
        self.moment = 0.0

    def allow(self, seconds: float) -> None:
        """Set the deadline, in seconds from now."""
        self.moment = time.monotonic() + seconds

    def passed(self) -> bool:
        """Return whether statements must be interrupted."""
        return time.monotonic() > self.moment


class PooledConnection(NamedTuple):
    """Connection with its deadline, the fingerprint of its file, and when it was opened and last used."""

    connection: sqlite3.Connection
    deadline: Deadline
    file: tuple[int, ...]
    opened: float
    used: float


class ConnectionPool:
    """Read-only connections of a process to one file, with a time limit for statements."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.in_use: dict[int, PooledConnection] = {}
        self.idle: deque[PooledConnection] = deque()
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()

    def acquire(self) -> sqlite3.Connection:
        """Return a connection with a consistent snapshot. Raises DatabaseUnavailable."""
        opened = self._kept() or self._new()
        self.in_use[id(opened.connection)] = opened
        opened.deadline.allow(self.seconds)
        return opened.connection

    def extend_deadline(self, connection: sqlite3.Connection) -> None:
        """Restart the time limit of a connection in use."""
        self.in_use[id(connection)].deadline.allow(self.seconds)

    def release(self, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next request, or close it if it is too old."""
        reader, now = self.in_use.pop(id(connection)), time.monotonic()
        with suppress(sqlite3.Error):
            connection.rollback()
        if connection.in_transaction or now - reader.opened > MAX_AGE_SECONDS:
            connection.close()
            return
        with self.lock:
            self.idle.append(reader._replace(used=now))
            if self.timer is None:
                self._close_later()

    def _kept(self) -> PooledConnection | None:
        """Return an idle connection that is still valid, or None."""
        with self.lock:
            reader = self.idle.pop() if self.idle else None
        if reader is None:
            return None
        if time.monotonic() - reader.opened < MAX_AGE_SECONDS:
            with suppress(sqlite3.Error):  # an error will occur again, or be gone, when a new connection is opened
                reader.connection.execute("begin")
                reader.connection.execute("pragma user_version").fetchone()  # the snapshot begins with the first read
                if reader.file == _file_at(self.path):
                    return reader
        reader.connection.close()
        return None

    def _new(self) -> PooledConnection:
        file, now, deadline = _file_at(self.path), time.monotonic(), Deadline()
        connection = open_readonly(self.path)
        connection.set_progress_handler(deadline.passed, PROGRESS_STEPS)
        return PooledConnection(connection, deadline, file, now, now)

    def _close_later(self) -> None:
        self.timer = threading.Timer(IDLE_SECONDS, self._close_idle)
        self.timer.daemon = True
        self.timer.start()

    def _close_idle(self) -> None:
        now = time.monotonic()
        with self.lock:
            while self.idle and now - self.idle[0].used >= IDLE_SECONDS:
                self.idle.popleft().connection.close()
            self.timer = None
            if self.idle:
                self._close_later()


def _file_at(path: Path) -> tuple[int, ...]:
    """Return the fingerprint of the file, or () if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
