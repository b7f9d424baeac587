"""The format marker of the database file: `application_id` and `user_version`."""

import sqlite3
import zlib
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from schemas import RECORDS
from seed.storage.errors import REBUILD_HINT, DatabaseUnavailable
from seed.storage.mapping import tables

APPLICATION_ID = 0x52444F54
"""The bytes `RDOT`."""
SCHEMA_COLUMNS = [
    (table, column.name, column.type, column.nullable)
    for record in RECORDS.values()
    for table, columns in tables(record).items()
    for column in columns
]
FORMAT_NUMBER = 19
"""Increase it for a change to the tables that SCHEMA_COLUMNS does not show."""
SCHEMA_VERSION = zlib.crc32(repr((FORMAT_NUMBER, SCHEMA_COLUMNS)).encode()) >> 1
"""The `user_version` of the file. It changes when a record type or a field is added, changed or removed.

Shifted right by one bit, because SQLite stores it as a signed 32-bit integer.
"""
MIN_SQLITE = (3, 38, 0)
"""The first SQLite with the JSON operator `->`; STRICT tables are older by one version."""


def require_sqlite() -> None:
    """Raise DatabaseUnavailable if Python's SQLite is too old, or was compiled without full-text search."""
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        needed = ".".join(map(str, MIN_SQLITE[:2]))
        raise DatabaseUnavailable(
            f"Readout needs SQLite {needed} or newer, but this Python uses SQLite {sqlite3.sqlite_version}. Use a newer"
            " Python or operating system."
        )
    if not _has_fts5():
        raise DatabaseUnavailable("Readout needs SQLite with FTS5, but this Python's SQLite was compiled without it.")


@cache
def _has_fts5() -> bool:
    connection = sqlite3.connect(":memory:")
    (count,) = connection.execute("select count(*) from pragma_module_list where name = 'fts5'").fetchone()
    connection.close()
    return bool(count)


def write_format_marker(db: Database) -> None:
    """Mark the file as a Readout database of this version."""
    db.execute(f"pragma application_id = {APPLICATION_ID}")
    db.execute(f"pragma user_version = {SCHEMA_VERSION}")


def is_readout_file(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether the file holds Readout's tables; False if it is empty.

    Raises DatabaseUnavailable if it holds other tables, or those of another version.
    """
    application_id, version = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if count_objects(connection) == 0 and application_id in (0, APPLICATION_ID):
        return False
    if application_id != APPLICATION_ID:
        raise DatabaseUnavailable(f"{foreign_file_message(path)} Set READOUT_DATABASE to another path.")
    if version != SCHEMA_VERSION:
        raise DatabaseUnavailable(version_mismatch_message(path))
    return True


def count_objects(connection: sqlite3.Connection) -> int:
    """Return the number of tables, indexes and triggers. Raise sqlite3.DatabaseError if the schema is malformed.

    SQLite quotes the text of a malformed schema. If a byte of that is not UTF-8, Python raises UnicodeDecodeError
    instead of SQLite's error.
    """
    try:
        (count,) = connection.execute("select count(*) from sqlite_master").fetchone()
    except UnicodeDecodeError as reason:
        error = sqlite3.DatabaseError(reason.object.decode(errors="backslashreplace"))
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"
        raise error from reason
    return int(count)


def foreign_file_message(path: Path) -> str:
    """Return the message about an SQLite file that another program wrote."""
    return f"{path} is an SQLite file, but not a Readout database."


def version_mismatch_message(path: Path) -> str:
    """Return the message about a file whose `user_version` is not SCHEMA_VERSION."""
    return f"{path} was built for other record types or fields. Delete it and {REBUILD_HINT}"
