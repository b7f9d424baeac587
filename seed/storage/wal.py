"""The write-ahead log (WAL) next to the database, and its checkpoint."""

import sqlite3
from contextlib import suppress
from pathlib import Path

from seed.storage.database_path import file_size, side_file

CHECKPOINT_TIMEOUT_MS = 1000
"""How long a checkpoint waits for readers after a load."""


def has_wal(path: Path) -> bool:
    """Return whether there are commits that may not be in the database file yet; `path` must be resolved."""
    return file_size(side_file(path, "-wal")) > 0


def is_replicated(*paths: Path) -> bool:
    """Return whether Litestream replicates the database; it keeps a folder next to the path in its configuration.

    That may be the path of a symbolic link, so pass the resolved path and the one that was configured.
    Litestream reads new transactions from the WAL and checkpoints itself. Frames that another process checkpoints
    first are never replicated.
    """
    return any(path.with_name(f".{path.name}-litestream").exists() for path in paths)


def checkpoint(connection: sqlite3.Connection, timeout_ms: int) -> None:
    """Switch to WAL mode, copy the WAL into the database and truncate it, unless readers hold it for longer.

    Why truncate: a WAL that still has frames when another file is renamed over the database would be applied to that
    file.
    """
    with suppress(sqlite3.OperationalError):
        connection.execute(f"pragma busy_timeout = {timeout_ms}")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma wal_checkpoint(truncate)")
