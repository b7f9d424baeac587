"""Undo of a revision: its records are as before, old ids are back, and later changes are not lost."""

import re
from pathlib import Path
from typing import Any

import pytest

from schemas import RECORDS
from seed.bundles import SEED, load
from seed.doctor import run_checks
from seed.life import InvalidChange, merge, rename, withdraw
from seed.storage.references import RecordRef
from seed.storage.writer import Authorship
from seed.undo import undo
from tests.support.bundle_files import SECOND, edit_record, read_document, select, stream_lines, write_stream
from tests.support.changes import BY, CHANGES, POSITION, PROPOSAL, Change
from tests.support.clients import client_of
from tests.support.database_state import read_state
from tests.support.small_bundles import ADDING, bundle

UNDO = Authorship("B. Editor", "It was right.")
Contents = list[list[tuple[str, ...]]]


def read_records(path: Path) -> Contents:
    """Return every record as it is stored and served, without revisions."""
    return [select(path, f'select id, bundle, record, derived from "{plural}" order by id') for plural in RECORDS]


def load_edited(path: Path) -> None:
    lines = edit_record(stream_lines(read_document(SECOND)), PROPOSAL.id, title="Another title")
    load([write_stream(path.with_name("edited.ndjson"), lines)], path)


def load_less(path: Path) -> None:
    lines = [line for line in stream_lines(read_document(SECOND)) if line["record"]["id"] != POSITION.id]
    load([write_stream(path.with_name("less.ndjson"), lines)], path)


def load_moved(path: Path) -> None:
    """Load two bundles; the second contains a record that belonged to the first."""
    lines = [line for line in stream_lines(read_document(SECOND)) if line["record"]["id"] != POSITION.id]
    (position,) = [line for line in stream_lines(read_document(SECOND)) if line["record"]["id"] == POSITION.id]
    moved = edit_record([position], POSITION.id, citations=[{"source": "adding", "paragraph": 1}])
    load([write_stream(path.with_name("moved.ndjson"), [*lines, *stream_lines(ADDING), *moved])], path)


LOADS: dict[str, Change] = {
    "load a changed bundle": load_edited,
    "load a bundle without a record": load_less,
    "load bundles that moved a record": load_moved,
}


UNDONE = CHANGES | LOADS
QUICK = {"merge proposals", "load bundles that moved a record"}
"""A change by command and a load; the others are slow together."""


@pytest.mark.parametrize(
    "change",
    [pytest.param(change, id=id, marks=[] if id in QUICK else pytest.mark.slow) for id, change in UNDONE.items()],
)
def test_undo_brings_everything_back(loaded: Path, change: Change) -> None:
    before = read_records(loaded)
    change(loaded)
    after = read_records(loaded)
    assert after != before
    assert undo(loaded, 3, UNDO).number == 4
    assert read_records(loaded) == before
    assert {result.check: result.detail for result in run_checks(loaded) if result.state != "ok"} == {}
    assert select(loaded, "select author, reason from revisions where revision = 4") == [UNDO]
    undo(loaded, 4, BY)
    assert read_records(loaded) == after


def test_old_ids_work_again_and_new_ones_lead_back(loaded: Path) -> None:
    rename(loaded, PROPOSAL, "three-days", BY)
    undo(loaded, 3, UNDO)
    client = client_of(loaded)
    assert client.get(f"/proposals/{PROPOSAL.id}").status_code == 200
    gone = client.get("/proposals/three-days")
    assert (gone.status_code, gone.get_json()["successor"]) == (410, PROPOSAL.id)
    assert load([SECOND], loaded).changes == {}
    changes = client.get("/changes?since=3").get_json()["data"]
    assert {(one["author"], one["reason"]) for one in changes} == {UNDO}


def test_what_the_revision_created_is_withdrawn(loaded: Path) -> None:
    undo(loaded, 2, UNDO)
    gone = client_of(loaded).get(f"/positions/{POSITION.id}")
    assert (gone.status_code, gone.get_json()["removal"]) == (410, "withdrawn")


RENAMES: list[Change] = [
    lambda path: rename(path, PROPOSAL, "three-days", BY),
    lambda path: rename(path, RecordRef("proposals", "three-days"), "four-days", BY),
    lambda path: rename(path, RecordRef("proposals", "four-days"), "five-days", BY),
]


def test_successive_changes_are_undone_one_after_the_other(loaded: Path) -> None:
    states = [read_records(loaded)]
    for change in RENAMES:
        change(loaded)
        states.append(read_records(loaded))
    for revision, state in ((5, states[2]), (4, states[1]), (3, states[0])):
        undo(loaded, revision, UNDO)
        assert read_records(loaded) == state


def test_advice_names_the_revision_that_is_still_in_effect(loaded: Path) -> None:
    """Revision 6 is the undo of revision 5: to undo that would only bring revision 5 back."""
    for change in RENAMES:
        change(loaded)
    undo(loaded, 5, UNDO)
    with pytest.raises(InvalidChange, match=re.escape("first:\nproposals/three-days in revision 4\n")):
        undo(loaded, 3, UNDO)


def test_revision_that_is_undone_already_is_an_error(loaded: Path) -> None:
    withdraw(loaded, POSITION, BY)
    undo(loaded, 3, UNDO)
    with pytest.raises(InvalidChange, match=r"Revision 3 cannot be undone: its records are as they were before it\."):
        undo(loaded, 3, UNDO)


def test_edit_of_a_record_is_kept_when_an_addition_to_it_returns(loaded: Path) -> None:
    """The withdrawal of the addition changed that record only as it is served."""
    withdraw(loaded, RecordRef("sources", "adding"), BY)
    lines = stream_lines(read_document(SEED / "trump-putin-call.yaml"))
    load([write_stream(loaded.with_suffix(".ndjson"), edit_record(lines, "zelenskyy", note="Edited."))], loaded)
    undo(loaded, 3, UNDO)
    party = client_of(loaded).get("/parties/zelenskyy").get_json()
    assert (party["note"], "Volodymyr" in party["aliases"]) == ("Edited.", True)


def load_reference(path: Path) -> None:
    """Load a bundle with a position on a proposal of another."""
    position = {"id": "other", "proposal": PROPOSAL.id}
    load([write_stream(path.with_name("other.ndjson"), stream_lines(bundle("other-text", positions=[position])))], path)


OWN_QUESTION: dict[str, Any] = {"id": "own", "negotiations": [], "issues": []}
WITHOUT_SOURCE = "questions/own is in the bundle of sources/own-text, which does not exist"


def load_own(path: Path) -> None:
    """Load a bundle with a question."""
    own = bundle("own-text", questions=[OWN_QUESTION])
    load([write_stream(path.with_name("own.ndjson"), stream_lines(own))], path)


def load_own_source(path: Path) -> None:
    load([write_stream(path.with_name("own.ndjson"), stream_lines(bundle("own-text")))], path)


def move_own(path: Path) -> None:
    """Move the question to another bundle."""
    bundles = [bundle("own-text"), bundle("next-text", questions=[OWN_QUESTION])]
    load([write_stream(path.with_name("moved.ndjson"), stream_lines(*bundles))], path)


def withdraw_own(path: Path) -> None:
    withdraw(path, RecordRef("questions", "own"), BY)


def withdraw_own_source(path: Path) -> None:
    withdraw(path, RecordRef("sources", "own-text"), BY)


def rename_own_source(path: Path) -> None:
    rename(path, RecordRef("sources", "own-text"), "another-text", BY)


INVALID: dict[str, tuple[list[Change], int, str]] = {
    "no such revision": ([], 9, "There is no revision 9. The latest is 2."),
    "changed later": (
        [lambda path: rename(path, PROPOSAL, "three-days", BY), lambda path: withdraw(path, POSITION, BY)],
        3,
        f"changed later. Undo that first:\npositions/{POSITION.id} in revision 4",
    ),
    "referred to since": (
        [load_reference],
        2,
        f"After the change, positions/other refers to proposals/{PROPOSAL.id}, which does not exist",
    ),
    "record added since": ([load_own_source, load_own], 3, WITHOUT_SOURCE),
    "source withdrawn since": ([load_own, withdraw_own, withdraw_own_source], 4, WITHOUT_SOURCE),
}


@pytest.mark.parametrize(("changes", "revision", "message"), INVALID.values(), ids=list(INVALID))
def test_undo_that_would_lose_something_changes_nothing(
    loaded: Path, changes: list[Change], revision: int, message: str
) -> None:
    for change in changes:
        change(loaded)
    before = read_state(loaded)
    with pytest.raises(InvalidChange, match=re.escape(message)):
        undo(loaded, revision, UNDO)
    assert read_state(loaded) == before


def rename_pause(path: Path) -> None:
    rename(path, PROPOSAL, "pause", BY)


def rename_twice(path: Path) -> None:
    rename_pause(path)
    rename(path, RecordRef("proposals", "pause"), "three-days", BY)


def merge_pause(path: Path) -> None:
    merge(path, PROPOSAL, "energy-strikes-halt", BY)


@pytest.mark.parametrize(
    ("change", "current"),
    [(rename_pause, "pause"), (rename_twice, "three-days"), (merge_pause, "energy-strikes-halt")],
    ids=["renamed", "renamed twice", "merged"],
)
def test_references_follow_what_happened_since(loaded: Path, change: Change, current: str) -> None:
    withdraw(loaded, POSITION, BY)
    change(loaded)
    undo(loaded, 3, UNDO)
    assert select(loaded, f"select proposal from positions where id = '{POSITION.id}'") == [(current,)]
    assert {result.check: result.detail for result in run_checks(loaded) if result.state != "ok"} == {}


@pytest.mark.parametrize("change", [withdraw_own, move_own], ids=["withdrawn", "moved"])
def test_record_returns_to_the_bundle_of_a_renamed_source(loaded: Path, change: Change) -> None:
    for one in (load_own, change, rename_own_source):
        one(loaded)
    undo(loaded, 4, UNDO)
    assert select(loaded, "select bundle from questions where id = 'own'") == [("another-text",)]
    assert {result.check: result.detail for result in run_checks(loaded) if result.state != "ok"} == {}
