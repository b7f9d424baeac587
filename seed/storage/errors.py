"""The error that every reader and writer of the database raises, with what to do about it."""

import sqlite3
from pathlib import Path

REBUILD_HINT = "rebuild it: python -m seed load"
HINTS = {
    sqlite3.SQLITE_CORRUPT: f"Replace it with a good copy, or delete it and {REBUILD_HINT}",
    sqlite3.SQLITE_NOTADB: f"Replace it with a good copy, or delete it and {REBUILD_HINT}",
    sqlite3.SQLITE_FULL: "Free space on its disk and on that of temporary files (TMPDIR), and try again.",
    sqlite3.SQLITE_IOERR: "Check whether its disk, or that of temporary files (TMPDIR), is full or failing; try again.",
    sqlite3.SQLITE_READONLY: "A load needs write permission for the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "Its folder must exist, and a load needs write permission for it.",
    sqlite3.SQLITE_BUSY: "Another load is running; try again when it has finished.",
}
"""What to do about an SQLite error, by primary result code."""
PRIMARY_CODE_MASK = 0xFF
"""The bits of an extended result code that hold the primary one."""


class DatabaseUnavailable(RuntimeError):
    """The database file is missing, damaged, not a Readout database, or of another version.

    A RuntimeError, because gunicorn prints the message of one without a traceback and stops if the application raises
    it at start.
    """

    @classmethod
    def from_sqlite(cls, path: Path, error: sqlite3.Error, action: str = "read") -> "DatabaseUnavailable":
        """Return the error for an SQLite error that occurred while the file was read, or `action`."""
        hint = HINTS.get(getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE_MASK)
        return cls(f"{path} cannot be {action}: {error}." + (f" {hint}" if hint else ""))
