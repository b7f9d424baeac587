"""Bitmaps of common words are correct after every kind of write."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.lists.corrections import SEARCHED
from seed.bundles import SEED, load
from seed.doctor import run_checks
from seed.life import merge, rename
from seed.purge import purge
from seed.storage import word_bitmaps
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from seed.undo import undo
from tests.support.bundle_files import SECOND, edit_record, read_document, select, stream_lines, write_stream
from tests.support.editor import CREATE, NEW, Editor

PATH = "/questions/new-question"


@pytest.fixture(autouse=True)
def small_types_have_bitmaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_bitmaps, "MIN_RECORDS", 1)


def check(path: Path) -> None:
    """Check that every type with records has bitmaps, and that the doctor finds nothing wrong with them."""
    has_bitmaps = {plural for (plural,) in select(path, "select distinct type from word_bitmaps")}
    assert has_bitmaps == {plural for plural in SEARCHED if select(path, f"select 1 from {plural} limit 1")}
    assert [result.detail for result in run_checks(path) if result.state != "ok"] == []


def test_bitmaps_follow_every_write(own: Path, editor: Editor) -> None:
    created = editor.send("POST", CREATE, {**NEW, "question": "What of the ceasefire in the energy talks?"})
    assert created.status_code == 201
    check(own)
    assert select(own, "select 1 from word_bitmaps where type = 'questions' and text = 'the text'")
    question = "Who is for the unheardof, and does the text say so?"
    changed = editor.send("PATCH", PATH, {"question": question}, If_Match=editor.etag(PATH))
    assert changed.status_code == 200
    check(own)
    assert editor.send("DELETE", f"{PATH}?reason=Done.", If_Match=editor.etag(PATH)).status_code == 204
    check(own)


@pytest.mark.slow
def test_bitmaps_follow_changes_of_single_records(own: Path, editor: Editor) -> None:
    """An addition, a replacement, a new id, a merger, and the merger undone."""
    by = Authorship("A. Editor", "A test.")
    assert editor.send("POST", CREATE, NEW).status_code == 201
    replaced = editor.send("PUT", PATH, {**NEW, "question": "How long, for the Kremlin?"}, If_Match=editor.etag(PATH))
    assert replaced.status_code == 200
    check(own)
    names = {"id": "a-name", "summary": "A name.", "party": "waltz", "aliases": ["Unheardof"]}
    added = editor.send("POST", "/additions?source=invented-article", {**names, "citations": NEW["citations"]})
    assert added.status_code == 201
    assert select(own, "select 1 from indexed_words where type = 'parties' and word = 'unheardof'")
    check(own)
    rename(own, RecordRef("questions", "new-question"), "renamed", by)
    check(own)
    changed = merge(own, RecordRef("parties", "waltz"), "rubio", by)
    check(own)
    undo(own, changed.number, by)
    check(own)


def test_bitmaps_follow_a_load(own: Path, tmp_path: Path) -> None:
    """Records of the bundle are changed and dropped."""
    lines = stream_lines(read_document(SECOND))
    load([write_stream(tmp_path / "same.ndjson", lines)], own)
    kept = [line for line in lines if line["type"] != "positions"]
    (event, *_) = (line["record"]["id"] for line in lines if line["type"] == "events")
    changed = edit_record(kept, event, summary="What of the ceasefire?")
    result = load([write_stream(tmp_path / "changed.ndjson", changed)], own)
    assert result.changes["update"] == 1
    assert result.changes["delete"] > 0
    check(own)


def test_bitmaps_of_a_large_load(tmp_path: Path) -> None:
    """A load larger than the database drops the indexes, and creates them and the bitmaps at its end."""
    path = tmp_path / "new.db"
    load([SEED / "trump-putin-call.yaml", SECOND], path)
    check(path)


def test_wrong_bitmap_is_found(own: Path, editor: Editor) -> None:
    assert editor.send("POST", CREATE, NEW).status_code == 201
    check(own)
    with closing(sqlite3.connect(own)) as file, file:
        file.execute("update word_bitmaps set bits = zeroblob(768) where type = 'events' and text = 'the'")
    found = {result.check: result.detail for result in run_checks(own) if result.state != "ok"}
    assert found == {"search": "word_bitmaps does not hold the common words of the events"}


def test_missing_word_is_found(own: Path, editor: Editor) -> None:
    assert editor.send("POST", CREATE, NEW).status_code == 201
    with closing(sqlite3.connect(own)) as file, file:
        file.execute("delete from indexed_words where type = 'events' and word = 'ceasefir'")
    found = {result.check: result.detail for result in run_checks(own) if result.state != "ok"}
    assert found == {"search": "indexed_words does not hold the words of the events"}


def test_purge_removes_the_words(own: Path, editor: Editor) -> None:
    unheard = "select word from indexed_words where word like 'unheard%'"
    assert editor.send("POST", CREATE, {**NEW, "question": "Who is for the unheardof?"}).status_code == 201
    assert select(own, unheard) == [("unheardof",)]
    purge(own, RecordRef("questions", "new-question"), Authorship("A. Editor", "A court order."))
    assert select(own, unheard) == []
    check(own)
