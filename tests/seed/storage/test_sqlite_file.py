"""The file is plain SQLite that anyone can open."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api import create_app
from schemas import RECORDS
from seed.bundles import load
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import APPLICATION_ID, SCHEMA_VERSION
from seed.storage.mapping import list_tables
from seed.storage.sqlite_file import open_readonly
from tests.support import ROOT


@pytest.fixture
def connection(own: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(own, isolation_level=None)) as opened:
        opened.execute("pragma foreign_keys = on")
        yield opened


def test_it_says_what_it_is(connection: sqlite3.Connection) -> None:
    assert connection.execute("pragma application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_file_built_for_other_types_is_refused_in_words(own: Path) -> None:
    with closing(sqlite3.connect(own)) as file:
        file.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    for use in (lambda: create_app(database=str(own)), lambda: load([], own), lambda: open_readonly(own)):
        with pytest.raises(DatabaseUnavailable, match=r"built for other record types.*python -m seed load"):
            use()


def test_every_type_and_every_list_is_a_strict_table(connection: sqlite3.Connection, plural: str) -> None:
    strict = {name for name, flag in connection.execute("select name, strict from pragma_table_list") if flag}
    assert {plural, *(link.table for link in list_tables(RECORDS[plural]))} <= strict


def test_a_reference_to_nothing_is_refused_by_the_file_itself(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("update positions set party = 'nobody'")


def test_the_columns_hold_what_the_record_says(connection: sqlite3.Connection) -> None:
    unlike = (
        "select count(*) from statements where quote is not record ->> 'quote' or speaker is not record ->> 'speaker'"
    )
    assert connection.execute(unlike).fetchone() == (0,)


def test_a_file_in_a_folder_that_cannot_be_written_is_served(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert create_app(database=str(own)).test_client().get("/parties/putin").status_code == 200
    assert [path.name for path in own.parent.iterdir()] == [own.name]


def test_vacuum_does_not_break_the_search(connection: sqlite3.Connection, own: Path) -> None:
    client = create_app(database=str(own)).test_client()
    before = client.get("/statements?q=ceasefire").data
    connection.execute("delete from changes")
    connection.execute("vacuum")
    connection.execute("insert into statements_fts(statements_fts, rank) values ('integrity-check', 1)")
    assert client.get("/statements?q=ceasefire").data == before


def test_the_log_is_left_to_litestream_where_that_carries_the_file(own: Path) -> None:
    bundle = ROOT / "tests" / "support" / "second_bundle.yaml"
    log = Path(f"{own}-wal")
    with closing(open_readonly(own)) as reader:  # or SQLite would remove the log with the last that has the file open
        reader.rollback()
        load([bundle], own)
        assert log.stat().st_size == 0
        (own.parent / f".{own.name}-litestream").mkdir()
        changed = own.parent / "changed.yaml"
        changed.write_text(bundle.read_text().replace("A pause of three days", "A pause of 3 days"))
        load([changed], own)
        assert log.stat().st_size > 0
