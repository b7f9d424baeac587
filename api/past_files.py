"""The files of past revisions: written when one is first requested, and shared by all workers.

They are in a temporary folder, which is removed with the process that started the workers, and created again if
it was deleted earlier. The number and total size of the files are bounded. Only one is written at a time.
"""

import os
import sqlite3
import tempfile
import threading
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from cachetools import LRUCache
from werkzeug.exceptions import ServiceUnavailable

from seed.storage.connection_pool import ConnectionPool
from seed.storage.errors import DatabaseUnavailable
from seed.storage.past_revision import LAST_PURGE_SELECT, PastRevision, read_past_revision, write_past_revision
from seed.storage.sqlite_file import open_readonly
from seed.storage.temporary_folder import TemporaryFolder

MAX_FILES = 32
MAX_TOTAL_BYTES = 128 * 1024 * 1024
"""Maximum size of all files together. The newest one is kept in any case."""
MAX_WAITING = 2
"""Maximum number of revisions that a worker prepares, and of requests that wait: each occupies one of few threads."""
WAIT_SECONDS = 2.0
"""How long a request waits for the file."""
RETRY_AFTER_SECONDS = 5
SUFFIX, UNFINISHED = ".db", ".part"
LOCK = "lock"


class PastFiles:
    """The files of past revisions of a database; statements on them may take `timeout_seconds`."""

    def __init__(self, database: Path, timeout_seconds: float) -> None:
        self._database, self._timeout_seconds = database, timeout_seconds
        self._pools: LRUCache[Path, ConnectionPool] = LRUCache(MAX_FILES)
        self._writing: dict[Path, Future[None]] = {}
        self._waiting = threading.BoundedSemaphore(MAX_WAITING)
        self._lock = threading.Lock()
        self._last_purge = 0

    @cached_property
    def _temporary_folder(self) -> TemporaryFolder:
        return TemporaryFolder("past")

    @property
    def folder(self) -> Path:
        """The folder of the files."""
        return self._temporary_folder.path

    def create_folder(self) -> Path:
        """Create the folder, which all workers that are forked later share, and return it."""
        return self.folder

    def pool(self, past: PastRevision) -> ConnectionPool:
        """Return the connections to the file of a revision. Raise ServiceUnavailable if it is not ready in time."""
        path = self._path(past)
        if past.last_purge != self._last_purge:
            self._remove_purged(past)
        if not path.exists():
            self._wait(path, past)
        with suppress(FileNotFoundError):
            os.utime(path)  # the least recently used one is removed first
        with self._lock:
            if path not in self._pools:
                self._pools[path] = ConnectionPool(path, self._timeout_seconds)
            return self._pools[path]

    def _path(self, past: PastRevision) -> Path:
        return self.folder / f"{past.checksum}-{past.last_purge}{SUFFIX}"

    def _wait(self, path: Path, past: PastRevision) -> None:
        """Wait until the file exists. Start writing it if nobody else does."""
        with self._lock:
            writing = self._writing.get(path)
            if writing is None:
                if len(self._writing) >= MAX_WAITING:
                    raise_busy(past)
                writing = Future()
                threading.Thread(target=self._write, args=(path, past, writing), daemon=True).start()
                self._writing[path] = writing  # after the start, which may fail; the thread waits for the lock
        if not self._waiting.acquire(blocking=False):
            raise_busy(past)
        try:
            writing.result(WAIT_SECONDS)
        except TimeoutError:
            raise_busy(past)
        finally:
            self._waiting.release()

    def _write(self, path: Path, past: PastRevision, writing: Future[None]) -> None:
        """Write the file and set the result, in a daemon thread."""
        try:
            with self._temporary_folder.lock(LOCK):  # no other thread of any worker writes a file
                if not path.exists():
                    self._remove_unfinished()
                    self._write_part(path, past)
                    self._remove_oldest(path)
        except Exception as error:
            writing.set_exception(error)
        else:
            writing.set_result(None)
        finally:
            with self._lock:
                del self._writing[path]

    def _write_part(self, path: Path, past: PastRevision) -> None:
        """Write the file under another name and rename it, so that other workers see only complete files."""
        number, name = tempfile.mkstemp(UNFINISHED, dir=self.folder)
        os.close(number)
        part = Path(name)
        try:
            with closing(open_readonly(self._database)) as present:
                if read_past_revision(present, past.number, read_last_purge(present)) != past:
                    raise DatabaseUnavailable(f"{self._database} was replaced or purged.")
                write_past_revision(present, past.number, part)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        with closing(open_readonly(self._database)) as present:
            if read_last_purge(present) != past.last_purge:  # the file may contain what was purged meanwhile
                path.unlink(missing_ok=True)
                raise DatabaseUnavailable(f"{self._database} was purged.")

    def _remove_purged(self, past: PastRevision) -> None:
        """Remove files from before the last purge: they may contain what it removed."""
        for path in self.folder.glob(f"*{SUFFIX}"):
            if not path.stem.endswith(f"-{past.last_purge}"):
                path.unlink(missing_ok=True)
        self._last_purge = past.last_purge

    def _remove_unfinished(self) -> None:
        """Remove unfinished files of killed workers."""
        for path in self.folder.glob(f"*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def _remove_oldest(self, newest: Path) -> None:
        """Remove the least recently used files until the others are within the limits."""
        found = list[tuple[os.stat_result, Path]]()
        for path in self.folder.glob(f"*{SUFFIX}"):
            with suppress(FileNotFoundError):  # a request that noticed a purge has removed it
                found.append((path.stat(), path))
        found.sort(key=lambda each: -each[0].st_mtime)
        total = 0
        for place, (stat, path) in enumerate(found, 1):
            total += stat.st_size
            if path != newest and (place > MAX_FILES or total > MAX_TOTAL_BYTES):
                path.unlink(missing_ok=True)


def read_last_purge(present: sqlite3.Connection) -> int:
    """Return the last revision that removed a record for good, or 0."""
    (revision,) = present.execute(LAST_PURGE_SELECT).fetchone()
    return int(revision)


def raise_busy(past: PastRevision) -> NoReturn:
    """Raise ServiceUnavailable: the file of a revision is being written, or has to wait for others."""
    detail = f"Revision {past.number} is being prepared. Try again in {RETRY_AFTER_SECONDS} seconds."
    raise ServiceUnavailable(detail, retry_after=RETRY_AFTER_SECONDS)
