"""The fingerprint of the database: a few system calls show whether it has changed, without opening it."""

import os
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from seed.storage.database_path import resolve_path, side_file

Stat = tuple[int, ...]
STAT_FIELDS = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")


class FileFingerprint(NamedTuple):
    """What the file system reports of the database file and its WAL; `wal` is () if that is missing or empty."""

    file: Stat
    wal: Stat

    def is_same_file(self, other: "FileFingerprint") -> bool:
        """Return whether both are of one file, changed or not: device and inode are equal."""
        return self.file[:2] == other.file[:2]


class FingerprintReader:
    """Reads the fingerprint of the database at a path, which may be a symbolic link. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._last = FileFingerprint((), ()), ""
        """The last fingerprint, and the path of the WAL, resolved when the fingerprint was read."""

    def read(self) -> FileFingerprint | None:
        """Return the current fingerprint, or None if the file cannot be examined."""
        last, wal_path = self._last
        try:
            file: Stat = STAT_FIELDS(os.stat(self.path))  # noqa: PTH116 - for every request, and Path.stat is slower
            if file != last.file:
                wal_path = str(side_file(resolve_path(Path(self.path)), "-wal"))
            wal = _wal_stat(wal_path)
        except OSError:
            return None
        if file == last.file and wal == last.wal:
            return last
        current = FileFingerprint(file, wal)
        self._last = current, wal_path
        return current


def read_fingerprint(path: Path) -> FileFingerprint | None:
    """Return the fingerprint of the database, or None if the file cannot be examined."""
    return FingerprintReader(path).read()


def _wal_stat(wal_path: str) -> Stat:
    try:
        wal = os.stat(wal_path)  # noqa: PTH116
    except FileNotFoundError:
        return ()
    return STAT_FIELDS(wal) if wal.st_size else ()  # readers create and remove an empty one
