"""Writes while another process keeps the database locked."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.editor import CREATE, NEW, Editor


def test_write_to_a_file_that_stays_locked_is_a_503(editor: Editor, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seed.storage.sqlite_file.LOCK_TIMEOUT_SECONDS", 0.2)
    with closing(sqlite3.connect(own, isolation_level=None)) as other:
        other.execute("begin immediate")
        response = editor.send("POST", CREATE, NEW)
        assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
        assert editor.client.get("/questions").status_code == 200
    assert editor.send("POST", CREATE, NEW).status_code == 201
