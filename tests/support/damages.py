"""Damages to a database file."""

import os
from pathlib import Path


def spoil_schema(path: Path) -> None:
    """Write a byte into the text of the schema with which that is not UTF-8."""
    data = bytearray(path.read_bytes())
    data[data.index(b"CREATE TABLE") + 2] = 0xFF
    path.write_bytes(data)


def replace_with_fifo(path: Path) -> None:
    """Put a FIFO in the place of the file. Opening one blocks until another process writes to it."""
    other = path.with_name("fifo")
    os.mkfifo(other)
    other.replace(path)
