"""Where the database is: the path behind symbolic links, and the files that SQLite keeps next to it."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from seed.storage.errors import DatabaseUnavailable

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite appends to the path of the database for its other files."""


def resolve_path(path: Path) -> Path:
    """Return the absolute path of a file behind any symbolic links.

    SQLite keeps the WAL next to the file itself, not next to a link to it. Everything that opens the database or looks
    at its files resolves the path here, once, so that a link that changes meanwhile cannot lead it to two files.

    Why not Path.resolve: until Python 3.13, it raises RuntimeError for a link to itself.
    """
    return Path(os.path.realpath(path))


def side_file(path: Path, suffix: str) -> Path:
    """Return the path of the file that SQLite keeps next to the database; `path` must be resolved."""
    return path.with_name(path.name + suffix)


def file_size(path: Path) -> int:
    """Return the size in bytes, 0 if there is no such file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def require_regular_file(path: Path) -> None:
    """Raise DatabaseUnavailable if the database, or a file next to it, exists and is not a regular file.

    Checked before SQLite opens it: opening a FIFO blocks until another process writes to it.
    """
    for each in (path, *(side_file(path, suffix) for suffix in SIDE_FILES)):
        try:
            mode = each.stat().st_mode
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DatabaseUnavailable(f"{each} cannot be read: {error.strerror}.") from error
        if stat.S_ISFIFO(mode):
            _release_readers(each)
        if not stat.S_ISREG(mode):
            raise DatabaseUnavailable(f"{each} is not a regular file. Set READOUT_DATABASE to the path of one.")


def _release_readers(fifo: Path) -> None:
    """Let threads end that wait in open(2), as the FIFO was put there between the check and SQLite's opening of it."""
    with suppress(OSError):  # nobody reads it
        descriptor = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):  # closing the database would release SQLite's locks on it
            os.close(descriptor)
