"""Loading bundles: all or nothing, and every change logged."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seed.bundles import default_bundles, load
from seed.errors import InvalidBundles
from seed.storage.errors import DatabaseUnavailable
from seed.storage.sqlite_file import open_readonly
from tests.support.bundle_files import SECOND, select

Edit = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Write a copy of the second bundle with parts of its text replaced."""

    def edit(*replacements: tuple[str, str]) -> Path:
        text = SECOND.read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / SECOND.name
        path.write_text(text)
        return path

    return edit


def read_changes(path: Path, revision: int) -> list[tuple[Any, ...]]:
    return select(path, f"select action, type, id from changes where revision = {revision} order by ordinal")


def test_loading_twice_changes_nothing(own: Path) -> None:
    before = own.read_bytes()
    result = load(default_bundles(), own)
    assert (result.revision, result.changes) == (1, {})
    assert own.read_bytes() == before


def test_bundle_refers_to_records_of_another(own: Path) -> None:
    assert load([SECOND], own).revision == 2
    assert {action for action, _, _ in read_changes(own, 2)} == {"create"}
    parties = "select party from positions where id = 'ukraine-rejects-invented-pause'"
    assert select(own, parties) == [("ukraine",)]


def test_order_of_bundles_does_not_matter(tmp_path: Path) -> None:
    assert load([SECOND, *default_bundles()], tmp_path / "new.db").revision == 1


def test_one_edited_record_is_one_change(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    load([edited(("All sides hold still", "Everybody holds still"))], own)
    assert read_changes(own, 3) == [("update", "proposals", "invented-pause")]
    ((record, revision),) = select(own, "select record, revision from proposals where id = 'invented-pause'")
    assert json.loads(record)["summary"] == "Everybody holds still for three days."
    assert revision == 3


def test_key_of_a_record_survives_an_edit(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    before = select(own, "select key, id from proposals")
    load([edited(("All sides hold still", "Everybody holds still"))], own)
    assert select(own, "select key, id from proposals") == before


def test_record_left_out_is_deleted_and_logged(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    text = SECOND.read_text()
    load([edited((text[text.index("positions:") : text.index("statements:\n")], ""))], own)
    assert read_changes(own, 3) == [("delete", "positions", "ukraine-rejects-invented-pause")]
    assert select(own, "select count(*) from positions_citations where id = 'ukraine-rejects-invented-pause'") == [(0,)]


def test_record_is_kept_while_another_bundle_refers_to_it(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    third = edited(("invented-", "third-"), ("of three days", "of a day"))
    third = third.rename(third.with_name("third.yaml"))
    third.write_text(third.read_text().replace("proposals: [third-pause]", "proposals: [invented-pause]"))
    load([third], own)
    before = own.read_bytes()
    text = SECOND.read_text()
    proposals = text[text.index("proposals:\n") : text.index("statements:\n")]
    without = edited((proposals, ""), ("    proposals: [invented-pause]\n", ""))
    with pytest.raises(InvalidBundles, match="Leaves out proposals/invented-pause, to which statements/third-refusal"):
        load([without], own)
    assert own.read_bytes() == before


def test_record_moves_to_another_bundle(own: Path, edited: Edit, tmp_path: Path) -> None:
    load([SECOND], own)
    text = SECOND.read_text()
    statement = text[text.index("statements:\n") :]
    without = edited((statement, ""), ("    statements: [invented-refusal]\n", ""))
    other = tmp_path / "other.yaml"
    other.write_text((text[: text.index("events:\n")] + statement).replace("invented-article", "other-article"))
    load([other, without], own)
    changes = read_changes(own, 3)
    deletion = changes.index(("delete", "statements", "invented-refusal"))
    assert changes[deletion + 1] == ("create", "statements", "invented-refusal")
    assert select(own, "select bundle from statements where id = 'invented-refusal'") == [("other-article",)]


def test_id_of_another_bundle_is_rejected(own: Path, edited: Edit) -> None:
    with pytest.raises(InvalidBundles, match="'trump-putin-call' belongs to the bundle 'trump-putin-call-article'"):
        load([edited(("id: invented-statement", "id: trump-putin-call"))], own)


def test_error_in_one_bundle_stops_the_first_load(tmp_path: Path, edited: Edit) -> None:
    path = tmp_path / "new.db"
    with pytest.raises(InvalidBundles):
        load([*default_bundles(), edited(("stance: rejects", "stance: reject"))], path)
    assert not path.exists()


@pytest.mark.slow
def test_kill_during_a_load_leaves_the_old_state_or_the_new(own: Path) -> None:
    old = select(own, "select type, id, record from changes")
    for pause in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        environment = {**os.environ, "READOUT_DATABASE": str(own)}
        command = [sys.executable, "-m", "seed", "load", str(SECOND)]
        loader = subprocess.Popen(command, env=environment, stderr=-3, stdout=-3)
        time.sleep(pause)
        loader.send_signal(signal.SIGKILL)
        loader.wait()
        assert select(own, "pragma integrity_check") == [("ok",)]
        assert select(own, "pragma foreign_key_check") == []
        new = select(own, "select type, id, record from changes")
        assert new == old or select(own, "select max(revision) from revisions") == [(2,)]
    load([SECOND], own)
    assert select(own, "select max(revision), count(*) from revisions") == [(2, 2)]


@pytest.mark.slow
def test_concurrent_first_loads_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    environment = {**os.environ, "READOUT_DATABASE": str(path)}
    loaders = [subprocess.Popen([sys.executable, "-m", "seed", "load"], env=environment, stderr=-3) for _ in range(2)]
    assert [loader.wait(timeout=60) for loader in loaders] == [0, 0]
    assert select(path, "select max(revision) from revisions") == [(1,)]


def test_empty_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert load(default_bundles(), path).revision == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b"something else entirely " * 100), id="not a database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="truncated"),
        pytest.param(lambda path: select(path, "pragma user_version = 99"), id="newer"),
        pytest.param(lambda path: select(path, "pragma application_id = 1"), id="foreign"),
    ],
)
def test_file_of_another_kind_is_left_unchanged(own: Path, spoil: Callable[[Path], object]) -> None:
    spoil(own)
    before = own.read_bytes()
    with pytest.raises(DatabaseUnavailable):
        load([SECOND], own)
    assert own.read_bytes() == before


def test_database_may_be_called_like_sqlites_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load(default_bundles(), Path(":memory:"))
    assert select(tmp_path / ":memory:", "select count(*) from revisions") == [(1,)]


def test_load_leaves_no_wal_for_a_replacement(own: Path, tmp_path: Path) -> None:
    """A WAL that stayed behind would be mixed into another file that is renamed over the database."""
    older = Path(shutil.copy(own, tmp_path / "older.db"))
    with closing(open_readonly(own)) as reader:
        reader.execute("rollback")
        load([SECOND], own)
        assert reader.execute("select max(revision) from revisions").fetchone()[0] == 2
        older.replace(own)
        assert select(own, "select max(revision) from revisions") == [(1,)]
        assert select(own, "pragma integrity_check") == [("ok",)]
