"""Snapshots: files for download, built once per revision and shared by all clients of a worker.

While it is written, a snapshot is an unlinked temporary file, which disappears when the process exits or is killed. A
complete snapshot is shared with the other workers (`shared_snapshots.py`).
"""

import os
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn

from flask import Flask, g
from werkzeug.exceptions import ServiceUnavailable

from api.database import KnownAt, connection, ensure_consistent, known_at
from api.views.shared_snapshots import SharedSnapshots
from seed.storage.temporary_folder import temporary_folder

CHUNK_BYTES = 1 << 16
MAX_BUILDS = 2
"""The maximum number of snapshots that a worker builds at the same time."""
MAX_WAITING = 2
"""The maximum number of requests that wait for a snapshot: each occupies one of the worker's few threads."""
RETRY_AFTER_SECONDS = 10


class Snapshot:
    """A file that one thread writes and any number of threads read, also while it is being written."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.size = 0
        self.complete = False
        self.error: Exception | None = None
        self._file, name = tempfile.mkstemp(prefix="readout-snapshot-", dir=temporary_folder())
        weakref.finalize(self, os.close, self._file)
        self.path = Path(name)
        self._changed = threading.Condition()

    def unlink(self) -> None:
        """Unlink the file, so that it disappears if the process is killed while writing it."""
        self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> int:
        """Append data and make it available to readers."""
        written = 0
        while written < len(data):
            written += os.write(self._file, data[written:])
        with self._changed:
            self.size += written
            self._changed.notify_all()
        return written

    def flush(self) -> None:
        """Do nothing, since `write` does not buffer. Required by zipfile."""

    def close(self) -> None:
        """Do nothing, since readers need the file. Required by zipfile."""

    def replace(self, descriptor: int) -> None:
        """Read from another, complete file with the same content from now on, and close its descriptor."""
        os.dup2(descriptor, self._file, inheritable=False)
        os.close(descriptor)

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file

    def finish(self, error: Exception | None = None) -> None:
        """Mark the file as complete or failed."""
        if error:
            with suppress(OSError):  # a file that was shared is not writable
                os.ftruncate(self._file, 0)  # it may have failed for lack of space
        with self._changed:
            self.error, self.complete = error, error is None
            self.size = os.fstat(self._file).st_size
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the file is complete and return whether it is. Raise what made the build fail."""
        with self._changed:
            self._changed.wait_for(lambda: self.complete or self.error, timeout)
        if self.error:
            raise self.error
        return self.complete

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` to `stop`, or to the end, waiting for those not yet written."""
        while data := self._next(start, stop):
            yield data
            start += len(data)

    def _next(self, start: int, stop: int | None) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self.size > start or self.complete or self.error)
        if self.error:
            raise self.error
        length = min(CHUNK_BYTES, (self.size if stop is None else stop) - start)
        return os.pread(self._file, length, start)


Build = Callable[[Snapshot], None]
"""Writes a snapshot, in a thread of its own and with the database connection of the request that started it."""


class SnapshotStore:
    """The latest snapshot of each name: of a download, or of one of past revisions.

    An older one remains as long as a client reads it.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._latest: dict[str, Snapshot] = {}
        self._lock = threading.Lock()
        self._builds = threading.BoundedSemaphore(MAX_BUILDS)
        self.shared = SharedSnapshots()
        self.waiting = threading.BoundedSemaphore(MAX_WAITING)

    def get(self, name: str, version: str, build: Build) -> Snapshot:
        """Return the snapshot of a version. If it does not exist, start to build it."""
        with self._lock:
            snapshot = self._latest.get(name)
            if snapshot is None or snapshot.version != version or snapshot.error:
                snapshot = self._latest[name] = self._start(version, build)
            return snapshot

    def _start(self, version: str, build: Build) -> Snapshot:
        if not self._builds.acquire(blocking=False):
            raise_busy()
        with ExitStack() as on_failure:
            on_failure.callback(self._builds.release)
            snapshot = Snapshot(version)
            on_failure.callback(snapshot.unlink)
            threading.Thread(target=self._run, args=(snapshot, build, connection(), known_at()), daemon=True).start()
            on_failure.pop_all()  # the thread does it
        g.pop("connection")  # the thread releases it
        return snapshot

    def _run(self, snapshot: Snapshot, build: Build, database: sqlite3.Connection, known: KnownAt | None) -> None:
        error = None
        try:
            with self._app.app_context():
                g.connection, g.known_at = database, known
                g.base_url = self._app.extensions["settings"].base_url or ""  # a request's host would need its own file
                build(snapshot)
                ensure_consistent(g.connection)
        except Exception as failure:
            error = failure
        finally:
            snapshot.unlink()
            self._builds.release()
            snapshot.finish(error)


def raise_busy() -> NoReturn:
    """Raise ServiceUnavailable: other files are being built."""
    detail = f"Other downloads are being prepared. Try again in {RETRY_AFTER_SECONDS} seconds."
    raise ServiceUnavailable(detail, retry_after=RETRY_AFTER_SECONDS)
