"""The state of the database, as a number. A response may be served from the cache while the number is the same.

For some time after a change the fingerprint of the file proves nothing: a commit reaches the WAL before readers see it,
and two writes shortly after each other may have the same timestamp. Meanwhile, SQLite's `data_version` is read too.
"""

import asyncio
import sqlite3
import time
from pathlib import Path

from seed.storage.database_path import require_regular_file, resolve_path
from seed.storage.errors import DatabaseUnavailable
from seed.storage.fingerprint import FileFingerprint, FingerprintReader

STABLE_AFTER_SECONDS = 2.0
"""How long the fingerprint must be unchanged until any later commit is certain to change it."""
TICK_SECONDS = 0.05
"""Time within which two writes may have the same time in the file system."""
MAX_AGE_SECONDS = 1.0
"""How long a connection is used: while one is open, another file cannot safely be renamed over the database."""
CLOSE_AFTER_SECONDS = MAX_AGE_SECONDS + 0.1
"""Time after which an unused connection is closed."""
RETRY_AFTER_SECONDS = 0.1
"""Time after which a file that could not be read is tried again."""


class DatabaseState:
    """The number of the state of the database. The event loop reads it, so it never blocks."""

    def __init__(self, path: Path) -> None:
        self._number = 0
        self._fingerprints, self._commits = FingerprintReader(path), CommitCounter(path)
        self._fingerprint: FileFingerprint | None = None
        self._since = 0.0
        self._is_stable = self._is_current = False
        self._commit_count: int | None = None

    def read_once(self) -> int:
        """Return the number as `read` does, but look at the file once for all requests that arrived together.

        Only for requests in the order in which the event loop reads them: those of one poll were all sent before the
        first is read, so that a later commit need not be in their responses. The next poll comes after `_forget`.
        A poll returns at most 1,024 sockets, more than a worker has; libuv would repeat it without other callbacks.
        """
        if not self._is_current:
            self.read()
            self._is_current = True
            asyncio.get_running_loop().call_soon(self._forget)
        return self._number

    def _forget(self) -> None:
        self._is_current = False

    def read(self) -> int:
        """Return the number of the current state, which is a new one unless the state is certainly the same."""
        fingerprint = self._fingerprints.read()
        if fingerprint is None or fingerprint != self._fingerprint:
            if self._is_replaced_by(fingerprint):
                self._commits.pause(STABLE_AFTER_SECONDS)
            self._fingerprint, self._since, self._is_stable = fingerprint, time.monotonic(), False
            self._commits.close()
        if not self._is_stable:
            self._compare(time.monotonic() - self._since)
        return self._number

    def _is_replaced_by(self, fingerprint: FileFingerprint | None) -> bool:
        """Return whether another file was renamed over the last one."""
        last = self._fingerprint
        return last is not None and (fingerprint is None or not fingerprint.is_same_file(last))

    def _compare(self, age: float) -> None:
        """Change the number unless the state is the same, given the age of the fingerprint in seconds."""
        count = self._commits.read()
        if count is None or count != self._commit_count or age < TICK_SECONDS:
            self._number += 1
        self._commit_count = count
        self._is_stable = self._fingerprint is not None and age >= STABLE_AFTER_SECONDS
        if self._is_stable:
            self._commits.close()


class CommitCounter:
    """Counts the commits that readers see, by the data version (https://sqlite.org/pragma.html#pragma_data_version)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._count = self._version = 0
        self._replace_at = self._retry_at = 0.0

    def read(self) -> int | None:
        """Return a number that equals the last one only if nothing was committed since; None if that is unknown."""
        now = time.monotonic()
        try:
            if self._connection is not None:
                self._compare(self._connection)
            if now >= max(self._replace_at, self._retry_at):
                self._replace(now)
        except (sqlite3.Error, OSError, DatabaseUnavailable):
            self.close()
            self._retry_at = now + RETRY_AFTER_SECONDS
        return None if self._connection is None else self._count

    def pause(self, seconds: float) -> None:
        """Open no connection for some time: one to a new file would use the `-shm` that readers of the old one use."""
        self._retry_at = time.monotonic() + seconds

    def close(self) -> None:
        """Close the connection, if one is open, and count a commit, since there may be one before another is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection, self._replace_at = None, 0.0
            self._count += 1

    def _compare(self, connection: sqlite3.Connection) -> None:
        version = data_version(connection)
        if version != self._version:
            self._version = version
            self._count += 1

    def _replace(self, now: float) -> None:
        """Open a new connection, count a commit that the last one still shows, and close the last one."""
        path = resolve_path(self._path)
        require_regular_file(path)
        new = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0, isolation_level=None)
        try:
            version = data_version(new)
            if self._connection is not None:
                self._compare(self._connection)
                self._connection.close()
        except sqlite3.Error:
            new.close()
            raise
        self._connection, self._version, self._replace_at = new, version, now + MAX_AGE_SECONDS
        asyncio.get_running_loop().call_later(CLOSE_AFTER_SECONDS, self._close_if_old)

    def _close_if_old(self) -> None:
        if time.monotonic() >= self._replace_at:
            self.close()


def data_version(connection: sqlite3.Connection) -> int:
    """Return the data version. Versions of two connections cannot be compared."""
    (version,) = connection.execute("pragma data_version").fetchone()
    return int(version)
