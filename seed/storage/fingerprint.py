"""Fingerprint of the database file, to detect changes with two `stat` calls and without opening it."""

import os
import time
from operator import attrgetter
from pathlib import Path

STABLE_AFTER_SECONDS = 2.0
"""How long the fingerprint must be unchanged before responses may be cached under it."""

STAT_FIELDS = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
"""Fields of `stat` that identify a state of a file."""

FileFingerprint = tuple[int, ...]


class FileMonitor:
    """Fingerprint of a database file and its WAL."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.fingerprint: FileFingerprint | None = None
        self.since = 0.0
        self._file: FileFingerprint = ()
        self._log = ""
        self.changed()

    def changed(self) -> bool:
        """Update the fingerprint; return whether it has changed."""
        look = self._looked()
        if look == self.fingerprint:
            return False
        self.fingerprint, self.since = look, time.monotonic()
        return True

    def is_stable(self) -> bool:
        """Return whether the fingerprint is stable: any later write is guaranteed to change it.

        A commit is written to the WAL before readers see it, and file timestamps are coarse: data read in between is
        old under a new fingerprint, and two quick changes may have the same one. So a fingerprint counts only after it
        has lasted, by the monotonic clock.
        """
        return self.fingerprint is not None and time.monotonic() - self.since >= STABLE_AFTER_SECONDS

    def _looked(self) -> FileFingerprint | None:
        """Return the current fingerprint, or None if the file cannot be read."""
        try:
            file: FileFingerprint = STAT_FIELDS(os.stat(self.path))  # noqa: PTH116 - at every request, and pathlib is slower
            if file != self._file:
                # SQLite puts the WAL next to the real file, not next to a symlink.
                self._file, self._log = file, f"{os.path.realpath(self.path)}-wal"
            return file + self._logged()
        except OSError:
            return None

    def _logged(self) -> FileFingerprint:
        try:
            log = os.stat(self._log)  # noqa: PTH116
        except FileNotFoundError:
            return ()
        return STAT_FIELDS(log) if log.st_size else ()  # readers create and remove an empty WAL
