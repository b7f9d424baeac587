"""Whether the file has changed, told from outside: without opening it, and for the price of two system calls."""

import os
import time
from operator import attrgetter
from pathlib import Path

STABLE_AFTER_SECONDS = 2.0
"""Seconds for which a file must have looked the same before its look stands for what is in it."""

STAT_FIELDS = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
"""What tells one state of a file from another."""

FileFingerprint = tuple[int, ...]


class FileMonitor:
    """A file as it looked when it was last looked at, its log beside it included."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.fingerprint: FileFingerprint | None = None
        self.since = 0.0
        self._file: FileFingerprint = ()
        self._log = ""
        self.changed()

    def changed(self) -> bool:
        """Look at the file: whether it looks otherwise than it did the last time."""
        look = self._looked()
        if look == self.fingerprint:
            return False
        self.fingerprint, self.since = look, time.monotonic()
        return True

    def is_stable(self) -> bool:
        """Whether what is read from here on is sure to look otherwise once it is no longer true.

        A commit is written into the log before readers see it, and the clock of the file system is coarse: what is read
        in between is old under a look that is already new, and two changes that follow closely may look like one. So
        nothing is told from a look until it has lasted, by a clock that nobody sets.
        """
        return self.fingerprint is not None and time.monotonic() - self.since >= STABLE_AFTER_SECONDS

    def _looked(self) -> FileFingerprint | None:
        """The file and its log as the file system describes them; None where there is nothing to rely on."""
        try:
            file: FileFingerprint = STAT_FIELDS(os.stat(self.path))  # noqa: PTH116 - at every request, and pathlib is slower
            if file != self._file:
                # SQLite keeps the log beside the file itself, wherever a link to it stands.
                self._file, self._log = file, f"{os.path.realpath(self.path)}-wal"
            return file + self._logged()
        except OSError:
            return None

    def _logged(self) -> FileFingerprint:
        try:
            log = os.stat(self._log)  # noqa: PTH116
        except FileNotFoundError:
            return ()
        return STAT_FIELDS(log) if log.st_size else ()  # an empty log comes and goes with readers
