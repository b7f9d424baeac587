"""The SQL statements that requests run."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seed.storage import connection_pool
from seed.storage.sqlite_file import open_readonly


@contextmanager
def trace(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the statements on connections that are opened within the block."""
    statements: list[str] = []

    def open_traced(path: Path) -> sqlite3.Connection:
        connection = open_readonly(path)
        connection.set_trace_callback(statements.append)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(connection_pool, "open_readonly", open_traced)
        yield statements
