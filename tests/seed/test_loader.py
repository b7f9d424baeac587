"""Bringing bundles into the file: all or nothing, and every change logged."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schemas import RECORDS
from seed.bundles import default_bundles, load
from seed.errors import InvalidBundles
from seed.loader import RecordStillReferenced
from seed.storage.errors import DatabaseUnavailable
from seed.storage.sqlite_file import open_readonly
from tests.support import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
Edit = Callable[..., Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of a bundle with a stretch of its text replaced."""

    def edit(*replacements: tuple[str, str], bundle: Path = SECOND) -> Path:
        text = bundle.read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / bundle.name
        path.write_text(text)
        return path

    return edit


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def log(path: Path, revision: int) -> list[tuple[Any, ...]]:
    return rows(path, f"select action, type, id from changes where revision = {revision} order by ordinal")


def run(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "seed", *map(str, arguments)]
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_loading_twice_changes_nothing(own: Path) -> None:
    before = own.read_bytes()
    applied = load(default_bundles(), own)
    assert (applied.revision, applied.changes) == (1, {})
    assert own.read_bytes() == before


def test_a_second_bundle_refers_to_records_of_the_first(own: Path) -> None:
    assert load([SECOND], own).revision == 2
    assert {action for action, _, _ in log(own, 2)} == {"create"}
    assert rows(own, "select party from positions where id = 'ukraine-rejects-invented-pause'") == [("ukraine",)]


def test_bundles_are_loaded_together_in_whatever_order(tmp_path: Path) -> None:
    assert load([SECOND, *default_bundles()], tmp_path / "new.db").revision == 1


def test_one_edited_record_is_exactly_one_change(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    load([edited(("All sides hold still", "Everybody holds still"))], own)
    assert log(own, 3) == [("update", "proposals", "invented-pause")]
    ((record, revision),) = rows(own, "select record, revision from proposals where id = 'invented-pause'")
    assert json.loads(record)["summary"] == "Everybody holds still for three days."
    assert revision == 3


def test_the_key_of_a_record_outlives_an_edit(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    before = rows(own, "select key, id from proposals")
    load([edited(("All sides hold still", "Everybody holds still"))], own)
    assert rows(own, "select key, id from proposals") == before


def test_a_record_that_left_the_bundle_is_deleted_and_leaves_a_tombstone(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    text = SECOND.read_text()
    load([edited((text[text.index("positions:") : text.index("statements:\n")], ""))], own)
    assert log(own, 3) == [("delete", "positions", "ukraine-rejects-invented-pause")]
    assert rows(own, "select count(*) from positions_citations where id = 'ukraine-rejects-invented-pause'") == [(0,)]


def test_a_record_is_not_deleted_while_another_bundle_refers_to_it(own: Path, edited: Edit) -> None:
    load([SECOND], own)
    third = edited(("invented-", "third-"), ("of three days", "of a day"))
    third = third.rename(third.with_name("third.yaml"))
    third.write_text(third.read_text().replace("proposals: [third-pause]", "proposals: [invented-pause]"))
    load([third], own)
    before = own.read_bytes()
    text = SECOND.read_text()
    gone = edited(
        (text[text.index("proposals:\n") : text.index("statements:\n")], ""), ("    proposals: [invented-pause]\n", "")
    )
    with pytest.raises(RecordStillReferenced, match="statements/third-refusal refers to one of the proposals"):
        load([gone], own)
    assert own.read_bytes() == before


def test_a_record_moves_to_another_bundle(own: Path, edited: Edit, tmp_path: Path) -> None:
    load([SECOND], own)
    text = SECOND.read_text()
    statement = text[text.index("statements:\n") :]
    without = edited((statement, ""), ("    statements: [invented-refusal]\n", ""))
    other = tmp_path / "other.yaml"
    other.write_text(text[: text.index("events:\n")].replace("invented-article", "other-article") + statement)
    load([other, without], own)
    changes = log(own, 3)
    left = changes.index(("delete", "statements", "invented-refusal"))
    assert changes[left + 1] == ("create", "statements", "invented-refusal")
    assert rows(own, "select bundle from statements where id = 'invented-refusal'") == [("other-article",)]


def test_an_id_of_another_bundle_is_refused(own: Path, edited: Edit) -> None:
    with pytest.raises(InvalidBundles, match="'trump-putin-call' belongs to the bundle 'trump-putin-call-article'"):
        load([edited(("id: invented-statement", "id: trump-putin-call"))], own)


def test_a_fault_in_one_bundle_leaves_no_trace_of_any(tmp_path: Path, edited: Edit) -> None:
    path = tmp_path / "new.db"
    with pytest.raises(InvalidBundles):
        load([*default_bundles(), edited(("stance: rejects", "stance: reject"))], path)
    assert not path.exists()


def test_a_kill_in_the_middle_leaves_the_old_state_or_the_new(own: Path) -> None:
    old = rows(own, "select type, id, record from changes")
    for pause in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        environment = {**os.environ, "READOUT_DATABASE": str(own)}
        loader = subprocess.Popen(
            [sys.executable, "-m", "seed", "load", str(SECOND)], env=environment, stderr=-3, stdout=-3
        )
        time.sleep(pause)
        loader.send_signal(signal.SIGKILL)
        loader.wait()
        assert rows(own, "pragma integrity_check") == [("ok",)]
        assert rows(own, "pragma foreign_key_check") == []
        now = rows(own, "select type, id, record from changes")
        assert now == old or rows(own, "select max(revision) from revisions") == [(2,)]
    load([SECOND], own)
    assert rows(own, "select max(revision), count(*) from revisions") == [(2, 2)]


def test_two_loaders_at_once_both_succeed(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    environment = {**os.environ, "READOUT_DATABASE": str(path)}
    loaders = [subprocess.Popen([sys.executable, "-m", "seed", "load"], env=environment, stderr=-3) for _ in range(3)]
    assert [loader.wait(timeout=60) for loader in loaders] == [0, 0, 0]
    assert rows(path, "select max(revision) from revisions") == [(1,)]


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert load(default_bundles(), path).revision == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b"something else entirely " * 100), id="not a database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="truncated"),
        pytest.param(lambda path: rows(path, "pragma user_version = 99"), id="newer"),
        pytest.param(lambda path: rows(path, "pragma application_id = 1"), id="foreign"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(own: Path, spoil: Callable[[Path], object]) -> None:
    spoil(own)
    before = own.read_bytes()
    with pytest.raises(DatabaseUnavailable):
        load([SECOND], own)
    assert own.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "new.db"
    answer = run("load", READOUT_DATABASE=str(path))
    assert answer.returncode == 1
    assert f"Error: {path} cannot be opened" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_every_fault_is_told_at_once_with_its_line_and_the_nearest_value(edited: Edit) -> None:
    bundle = edited(
        ("stance: rejects", "stance: reject"),
        ("party: putin", "party: puttin"),
        ("duration: P3D", "duration: three days"),
        ("title: Putin speaks again", "titel: Putin speaks again"),
        ("paragraph: 2", "paragraph: 3"),
    )
    answer = run("check", bundle)
    assert answer.returncode == 1
    lines = bundle.read_text().splitlines()
    told = dict(line.removeprefix("Error: ").split(": ", 1) for line in answer.stderr.splitlines())
    by_line = {lines[int(place.rsplit(":", 1)[1]) - 1].strip(): fault for place, fault in told.items()}
    assert "Did you mean 'rejects'? Allowed: " in by_line["stance: reject"]
    assert by_line["stance: reject"].startswith("/positions/0/stance: ")
    assert "There is no party 'puttin'" in by_line["participants: [{party: puttin, role: speaker}]"]
    assert "ISO 8601 duration" in by_line["duration: three days"]
    assert "Did you mean 'title'?" in by_line["titel: Putin speaks again"]
    assert "/title: Missing data" in by_line["- id: invented-statement"]
    assert "'invented-article' has 2 paragraphs" in by_line["citations: [{source: invented-article, paragraph: 3}]"]


@pytest.mark.parametrize("command", [("check", SECOND), ("export",), ("verify", SECOND, SECOND)])
def test_no_other_command_makes_a_file(tmp_path: Path, command: tuple[object, ...]) -> None:
    path = tmp_path / "none.db"
    run(*command, READOUT_DATABASE=str(path))
    assert not path.exists()


def test_an_export_loads_as_the_same_records(own: Path, tmp_path: Path) -> None:
    load([SECOND], own)
    told = run("export", tmp_path / "out", READOUT_DATABASE=str(own))
    exported = [Path(line) for line in told.stdout.split()]
    assert [(path.stem,) for path in exported] == rows(own, "select id from sources order by key")
    assert load(exported, own).changes == {}
    again = tmp_path / "again.db"
    load(exported, again)
    assert held_in(again) == held_in(own)


def held_in(path: Path) -> dict[str, list[tuple[str, str]]]:
    return {plural: rows(path, f'select id, record from "{plural}" order by id') for plural in RECORDS}


def test_a_setting_that_makes_no_sense_is_named() -> None:
    answer = run("load", READOUT_WORKERS="many")
    assert answer.returncode == 1
    assert "READOUT_WORKERS: Not a valid integer." in answer.stderr


def test_a_folder_that_cannot_be_written_is_told_in_words(own: Path, tmp_path: Path) -> None:
    (tmp_path / "trump-putin-call-article.yaml").mkdir()
    for command, database in ((("export", tmp_path), own), (("load",), "x" * 300)):
        answer = run(*command, READOUT_DATABASE=str(database))
        assert answer.returncode == 1
        assert "Error: " in answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_file_may_be_called_as_sqlite_calls_what_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load(default_bundles(), Path(":memory:"))
    assert rows(tmp_path / ":memory:", "select count(*) from revisions") == [(1,)]


def test_a_load_leaves_no_log_that_another_file_in_its_place_would_be_mixed_with(own: Path, tmp_path: Path) -> None:
    older = Path(shutil.copy(own, tmp_path / "older.db"))
    with closing(open_readonly(own)) as reader:
        reader.execute("rollback")
        load([SECOND], own)
        assert reader.execute("select max(revision) from revisions").fetchone()[0] == 2
        older.replace(own)
        assert rows(own, "select max(revision) from revisions") == [(1,)]
        assert rows(own, "pragma integrity_check") == [("ok",)]
