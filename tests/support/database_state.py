"""The content of a database after a load that failed, compared in tests."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from schemas import RECORDS
from tests.support.bundle_files import select

State = tuple[Any, ...]


def read_state(path: Path) -> State:
    """Return revisions without their times, changes and records; () if there is no database."""
    if not path.exists() or not select(path, "select 1 from sqlite_master"):
        return ()
    history = ("select revision, digest from revisions", "select * from changes")
    records = (f'select id, bundle, revision, record from "{plural}" order by id' for plural in RECORDS)
    return tuple(tuple(select(path, statement)) for statement in (*history, *records))


def read_copied_state(path: Path, copy: Path) -> State:
    """Return the state that the next reader sees, read from a copy, since opening the file may repair it."""
    for suffix in ("", "-wal", "-journal"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    if copy.exists():
        assert select(copy, "pragma integrity_check") == [("ok",)]
        assert select(copy, "pragma foreign_key_check") == []
    return read_state(copy)
