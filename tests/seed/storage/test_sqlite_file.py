"""The database is plain SQLite: format marker, tables, WAL and the paths it is opened by."""

import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api import create_app
from schemas import RECORDS
from seed.bundles import SEED, load
from seed.doctor import run_checks
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import APPLICATION_ID, SCHEMA_VERSION
from seed.storage.fingerprint import FingerprintReader, read_fingerprint
from seed.storage.mapping import list_tables
from seed.storage.read_connection import connect
from seed.storage.sqlite_file import is_built, open_readonly, write_transaction
from tests.support import ROOT
from tests.support.load_clients import wait_until


@pytest.fixture
def connection(own: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(own, isolation_level=None)) as opened:
        opened.execute("pragma foreign_keys = on")
        yield opened


def test_format_marker(connection: sqlite3.Connection) -> None:
    assert connection.execute("pragma application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)


def test_other_version_is_rejected(own: Path) -> None:
    with closing(sqlite3.connect(own)) as file:
        file.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    for use in (lambda: create_app(database=str(own)), lambda: load([], own), lambda: open_readonly(own)):
        with pytest.raises(DatabaseUnavailable, match=r"built for other record types.*python -m seed load"):
            use()


def test_tables_are_strict(connection: sqlite3.Connection, plural: str) -> None:
    strict = {name for name, flag in connection.execute("select name, strict from pragma_table_list") if flag}
    assert {plural, *(link.table for link in list_tables(RECORDS[plural]))} <= strict


def test_foreign_keys_are_declared(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("update positions set party = 'nobody'")


def test_columns_equal_the_json(connection: sqlite3.Connection) -> None:
    differing = (
        "select count(*) from statements where quote is not record ->> 'quote' or platform is not record ->> 'platform'"
    )
    assert connection.execute(differing).fetchone() == (0,)


def test_read_only_folder_is_served(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert create_app(database=str(own)).test_client().get("/parties/putin").status_code == 200
    assert [path.name for path in own.parent.iterdir()] == [own.name]


def test_full_disk_of_temporary_files_is_named(own: Path) -> None:
    def fill() -> None:
        with write_transaction(own) as db:
            db.execute("create temp table large (content)")
            db.execute("pragma temp.max_page_count = 2")
            db.execute("insert into large values (zeroblob(100000))")

    with pytest.raises(DatabaseUnavailable, match="TMPDIR"):
        fill()


def test_vacuum_keeps_the_full_text_index(connection: sqlite3.Connection, own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    before = client.get("/statements?q=ceasefire").data
    connection.execute("delete from changes")
    connection.execute("vacuum")
    connection.execute("insert into statements_fts(statements_fts, rank) values ('integrity-check', 1)")
    assert client.get("/statements?q=ceasefire").data == before


def test_wal_is_left_to_litestream(own: Path) -> None:
    bundle = ROOT / "tests" / "support" / "second_bundle.yaml"
    wal = Path(f"{own}-wal")
    with closing(open_readonly(own)) as reader:  # SQLite deletes the WAL with the last connection
        reader.rollback()
        load([bundle], own)
        assert wal.stat().st_size == 0
        (own.parent / f".{own.name}-litestream").mkdir()
        changed = own.parent / "changed.yaml"
        changed.write_text(bundle.read_text().replace("A pause of three days", "A pause of 3 days"))
        load([changed], own)
        assert wal.stat().st_size > 0


@pytest.fixture
def link(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A symbolic link to the database in a folder without write permission (which root would have)."""
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "readout.db"
    link.symlink_to(own)
    monkeypatch.setattr("os.access", lambda path, _: Path(path) != folder)
    return link


@pytest.mark.slow
def test_wal_is_read_through_a_symlink(own: Path, link: Path, tmp_path: Path) -> None:
    client = create_app(database=str(link)).test_client()
    bundle, text = tmp_path / "bundle.yaml", (SEED / "trump-putin-call.yaml").read_text()
    with closing(open_readonly(own)):  # keeps the WAL from being checkpointed
        for name in ("V. Putin", "Vladimir V. Putin"):
            bundle.write_text(text.replace("name: Vladimir Putin", f"name: {name}"))
            load([bundle], own)
            assert Path(f"{own}-wal").stat().st_size > 0
            assert client.get("/parties/putin").get_json()["name"] == name


def test_load_through_a_symlink_writes_the_target(own: Path, link: Path) -> None:
    load([ROOT / "tests" / "support" / "second_bundle.yaml"], link)
    with closing(open_readonly(own)) as reader:
        assert reader.execute("select max(revision) from revisions").fetchone()[0] == 2
    assert [path.name for path in link.parent.iterdir()] == ["readout.db"]
    assert all(result.passed for result in run_checks(link))


def test_fingerprint_follows_a_symlink(own: Path, link: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(own, tmp_path / "other.db"))
    reader = FingerprintReader(link)
    first = reader.read()
    assert first == read_fingerprint(own)
    link.unlink()
    link.symlink_to(other)
    Path(f"{other}-wal").write_bytes(b"not empty")
    second = reader.read()
    assert first is not None
    assert second is not None
    assert not second.is_same_file(first)
    assert second.wal


def test_symlink_loop_is_rejected(tmp_path: Path) -> None:
    loop = tmp_path / "loop.db"
    loop.symlink_to(loop)
    with pytest.raises(DatabaseUnavailable, match="Too many levels of symbolic links"):
        is_built(loop)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_fifo_is_rejected(own: Path, suffix: str) -> None:
    """Opening a FIFO blocks until another process writes to it, also if it is one of SQLite's other files."""
    path = Path(f"{own}{suffix}")
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    for use in (open_readonly, is_built, lambda path: load([], path)):
        with pytest.raises(DatabaseUnavailable, match="is not a regular file"):
            use(own)
    path.unlink()


def test_socket_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 107 bytes at most
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind("readout.db")
        with pytest.raises(DatabaseUnavailable, match="is not a regular file"):
            is_built(Path("readout.db"))


def test_old_sqlite_is_reported(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 35, 2))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.35.2")
    for use in (lambda: create_app(database=str(own)), lambda: load([], own)):
        with pytest.raises(DatabaseUnavailable, match=r"needs SQLite 3\.38 or newer.*3\.35\.2"):
            use()
    assert "SQLite 3.38" in run_checks(own)[0].detail


def test_thread_that_waits_for_a_fifo_is_released(tmp_path: Path) -> None:
    """A FIFO may be put in place of the database after the check, before SQLite opens it."""
    path = tmp_path / "readout.db"
    os.mkfifo(path)
    errors = list[Exception]()

    def open_unchecked() -> None:
        try:
            connect(path, "ro", sqlite3.Connection)
        except sqlite3.Error as error:
            errors.append(error)

    waiting = threading.Thread(target=open_unchecked, daemon=True)
    waiting.start()

    def is_released() -> bool:
        with pytest.raises(DatabaseUnavailable, match="is not a regular file"):
            open_readonly(path)
        return not waiting.is_alive()

    wait_until(is_released)
    assert len(errors) == 1
