"""Damages to a database file."""

from pathlib import Path


def spoil_schema(path: Path) -> None:
    """Write a byte into the text of the schema with which that is not UTF-8."""
    data = bytearray(path.read_bytes())
    data[data.index(b"CREATE TABLE") + 2] = 0xFF
    path.write_bytes(data)
