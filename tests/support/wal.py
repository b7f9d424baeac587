"""Whether the WAL of a database is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path


def use_wal(path: Path, padding_bytes: int = 0) -> sqlite3.Connection:
    """Switch a database to WAL and return the connection that keeps the WAL; optionally make the file larger."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    if padding_bytes:
        pad(connection, padding_bytes)
    return connection


def pad(connection: sqlite3.Connection, size: int) -> None:
    """Make every download of the records larger by `size` bytes: a note of one record has them."""
    connection.execute("update parties set note = hex(zeroblob(? / 2)) where id = 'putin'", (size,))


def is_being_read(path: Path) -> bool:
    """Return whether a reader prevents a checkpoint of the WAL, to which something is added first."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        connection.execute("update revisions set revision = revision")
        ((busy, *_),) = connection.execute("pragma wal_checkpoint(truncate)")
    return bool(busy)


def is_open(path: Path) -> bool:
    """Return whether this process has the database open."""
    return any(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
