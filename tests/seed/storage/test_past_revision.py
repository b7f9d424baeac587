"""Restored past revisions: the same file as at the time, except for what was purged since."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from schemas import RECORDS
from schemas.record import Record
from schemas.timeline import Timeline
from seed.doctor import run_checks
from seed.purge import purge
from seed.storage.mapping import tables
from seed.storage.past_revision import write_past_revision
from seed.storage.references import RecordRef
from seed.storage.sqlite_file import open_readonly
from tests.support.bundle_files import select
from tests.support.history import BY, STEPS

LOG = ("select * from revisions", "select * from changes")
TYPES: tuple[type[Record], ...] = (*RECORDS.values(), Timeline)
RECORD_TABLES = [table for record in TYPES for table in tables(record)]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a copy of the database at each revision, the first at 0 without any."""
    folder = tmp_path_factory.mktemp("history")
    path, copies = folder / "readout.db", [folder / "none.db"]
    for number, step in enumerate(STEPS, 1):
        step(path)
        copies.append(Path(shutil.copy(path, folder / f"then-{number}.db")))
    return copies


def read_rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table; records are in the order of their keys, which are numbered again."""
    rows = {statement: select(path, statement) for statement in LOG}
    for table in RECORD_TABLES:
        names = [name for (name,) in select(path, f"select name from pragma_table_xinfo('{table}')")]
        shown = ", ".join(f'"{name}"' for name in names if name != "key")
        order = "key" if table in RECORDS else "id, ordinal" if "ordinal" in names else "id"
        rows[table] = select(path, f'select {shown} from "{table}" order by {order}')
    return rows


def write_again(path: Path, revision: int, copy: Path) -> Path:
    with closing(open_readonly(path)) as present:
        write_past_revision(present, revision, copy)
    return copy


@pytest.mark.parametrize(
    "revision",
    [pytest.param(number, marks=() if number % 4 == 0 else pytest.mark.slow) for number in range(1, len(STEPS) + 1)],
)
def test_the_file_is_as_it_was(history: list[Path], tmp_path: Path, revision: int) -> None:
    copy = write_again(history[-1], revision, tmp_path / "copy.db")
    assert read_rows(copy) == read_rows(history[revision])


def test_the_doctor_finds_nothing(history: list[Path], tmp_path: Path) -> None:
    copy = write_again(history[-1], 4, tmp_path / "copy.db")
    assert {result.check: result.detail for result in run_checks(copy) if result.state != "ok"} == {}


def test_what_was_purged_does_not_come_back(history: list[Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(history[-1], tmp_path / "readout.db"))
    purge(path, RecordRef("events", "secret"), BY)
    copy = write_again(path, 3, tmp_path / "copy.db")
    assert b"zyxwvut" in history[3].read_bytes()
    assert b"zyxwvut" not in copy.read_bytes()
    assert select(copy, "select id from events order by id") == [("call",)]
    assert select(copy, "select record, purged from changes where id = 'secret'") == [(None, len(STEPS) + 1)]
