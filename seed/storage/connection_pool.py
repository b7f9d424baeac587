"""Connections to the file, each kept for a moment after use.

SQLite reads the definitions of all tables when a connection is first used, which takes longer than most answers. While
a connection is open, though, nothing can replicate into the file, so that none stays open for long: not beyond a moment
without a request, nor longer than a second, nor when the file has been changed or another has taken its place.
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
"""How many steps of SQLite's machine are taken between two looks at the clock: about a millisecond."""
IDLE_SECONDS = 0.05
"""Seconds for which a connection is kept that nobody uses."""
MAX_AGE_SECONDS = 1.0
"""Seconds after which a connection is not used again."""


class Deadline:
    """A moment until which statements may run; SQLite asks while it runs them whether it has passed."""

    def __init__(self) -> None:
        self.moment = 0.0

    def allow(self, seconds: float) -> None:
        """Let statements run for so long from now on."""
        self.moment = time.monotonic() + seconds

    def passed(self) -> bool:
        """Whether they are to be interrupted."""
        return time.monotonic() > self.moment


class PooledConnection(NamedTuple):
    """A connection, its deadline, the file that it is open on, when it was opened, and when it was last used."""

    connection: sqlite3.Connection
    deadline: Deadline
    file: tuple[int, ...]
    opened: float
    used: float


class ConnectionPool:
    """The read-only connections of a process to one file, each of which may work for so many seconds at a time."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.in_use: dict[int, PooledConnection] = {}
        self.idle: deque[PooledConnection] = deque()
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()

    def acquire(self) -> sqlite3.Connection:
        """A connection with one unchanging view of the file; DatabaseUnavailable where there is none to be had."""
        opened = self._kept() or self._new()
        self.in_use[id(opened.connection)] = opened
        opened.deadline.allow(self.seconds)
        return opened.connection

    def extend_deadline(self, connection: sqlite3.Connection) -> None:
        """Let statements on a connection that is lent run for as long as at first."""
        self.in_use[id(connection)].deadline.allow(self.seconds)

    def release(self, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next request, or close it where it has been open for long enough."""
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
        """One that is open already, and can be used on."""
        with self.lock:
            reader = self.idle.pop() if self.idle else None
        if reader is None:
            return None
        if time.monotonic() - reader.opened < MAX_AGE_SECONDS:
            with suppress(sqlite3.Error):  # what was wrong with it will show again, or be gone, when it is opened anew
                reader.connection.execute("begin")
                reader.connection.execute("pragma user_version").fetchone()  # the view begins with what is read first
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
    """What tells the file at a path from what it becomes, and from another that takes its place; () where none is."""
    try:
        status = os.stat(path)  # noqa: PTH116 - half the time of Path.stat
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
