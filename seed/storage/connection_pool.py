"""Pool of read-only connections, each kept for a moment after use.

SQLite reads the definitions of all tables when a connection is first used, which takes longer than most queries. While
a connection is open, though, another file cannot safely be renamed over the database. So a connection is closed when it
has been idle for a moment, is a second old, or the fingerprint of the database has changed.

Why not a pool of a library such as SQLAlchemy: it would neither watch the fingerprint nor close idle connections.
"""

import sqlite3
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seed.storage.fingerprint import FileFingerprint, FingerprintReader
from seed.storage.read_connection import ImmutableConnection
from seed.storage.sqlite_file import open_readonly

PROGRESS_STEPS = 20_000
"""Instructions of SQLite's virtual machine between two checks of the deadline: about a millisecond."""
IDLE_SECONDS = 0.05
"""How long an unused connection is kept."""
MAX_AGE_SECONDS = 1.0
"""How old a connection may be when it is used again."""


class Deadline:
    """The time until which statements may run. SQLite calls `passed` while it runs them."""

    def __init__(self) -> None:
        self.time = 0.0

    def set(self, seconds: float) -> None:
        """Set the deadline to `seconds` from now."""
        self.time = time.monotonic() + seconds

    def passed(self) -> bool:
        """Return whether SQLite shall interrupt the statement."""
        return time.monotonic() > self.time


class PooledConnection(NamedTuple):
    """A connection, its deadline, and the fingerprint of the database when it was opened."""

    connection: sqlite3.Connection
    deadline: Deadline
    fingerprint: FileFingerprint | None
    opened: float
    used: float


class ConnectionPool:
    """The read-only connections of a process to one database; statements may take `timeout_seconds`."""

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        self.path, self.timeout_seconds = path, timeout_seconds
        self.in_use: dict[int, PooledConnection] = {}
        self.idle: deque[PooledConnection] = deque()
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()
        self._fingerprint = FingerprintReader(path)

    def acquire(self) -> sqlite3.Connection:
        """Return a connection with a new snapshot of the database. Raises DatabaseUnavailable."""
        pooled = self._reuse() or self._open()
        self.in_use[id(pooled.connection)] = pooled
        pooled.deadline.set(self.timeout_seconds)
        return pooled.connection

    def extend_deadline(self, connection: sqlite3.Connection, seconds: float | None = None) -> None:
        """Restart the timeout of an acquired connection, or set it to other seconds."""
        self.in_use[id(connection)].deadline.set(seconds or self.timeout_seconds)

    def release(self, connection: sqlite3.Connection) -> None:
        """Keep the connection for the next request, or close it if it is too old."""
        pooled, now = self.in_use.pop(id(connection)), time.monotonic()
        with suppress(sqlite3.Error):
            connection.rollback()
        if connection.in_transaction or now - pooled.opened > MAX_AGE_SECONDS:
            connection.close()
            return
        with self.lock:
            self.idle.append(pooled._replace(used=now))
            if self.timer is None:
                self._start_timer()

    def _reuse(self) -> PooledConnection | None:
        """Return an idle connection in a new read transaction, or None if none can be used."""
        with self.lock:
            pooled = self.idle.pop() if self.idle else None
        if pooled is None:
            return None
        if time.monotonic() - pooled.opened < MAX_AGE_SECONDS:
            with suppress(sqlite3.Error):  # opening a new connection reports the error again, if it persists
                pooled.connection.execute("begin")
                pooled.connection.execute("pragma user_version").fetchone()  # the snapshot starts with the first read
                if self._is_current(pooled):
                    return pooled
        pooled.connection.close()
        return None

    def _is_current(self, pooled: PooledConnection) -> bool:
        """Return whether the connection reads the newest state: an immutable one never sees what is in the WAL."""
        current = self._fingerprint.read()
        if current is None or pooled.fingerprint is None or isinstance(pooled.connection, ImmutableConnection):
            return current == pooled.fingerprint
        return current.file == pooled.fingerprint.file

    def _open(self) -> PooledConnection:
        fingerprint, now, deadline = self._fingerprint.read(), time.monotonic(), Deadline()
        connection = open_readonly(self.path)
        connection.set_progress_handler(deadline.passed, PROGRESS_STEPS)
        return PooledConnection(connection, deadline, fingerprint, now, now)

    def _start_timer(self) -> None:
        timer = threading.Timer(IDLE_SECONDS, self._close_idle)
        timer.daemon = True
        with suppress(RuntimeError):  # no more threads can be started; the next release tries again
            timer.start()
            self.timer = timer

    def _close_idle(self) -> None:
        now = time.monotonic()
        with self.lock:
            self.timer = None
            while self.idle and now - self.idle[0].used >= IDLE_SECONDS:
                self.idle.popleft().connection.close()
            if self.idle:
                self._start_timer()
