"""Withdraw, rename and merge: references follow, the old id is retired, and the file stays intact."""

import re
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from schemas import RECORDS
from seed.bundles import check, load
from seed.doctor import run_checks
from seed.errors import InvalidBundles
from seed.life import InvalidChange, merge, open_built, rename, require_no_referrers, withdraw
from seed.storage.references import RecordRef
from seed.storage.referrers import read_bundle
from seed.storage.writer import Authorship
from tests.support.bundle_files import SECOND, select
from tests.support.changes import BY, CHANGES, POSITION, PROPOSAL, SOURCE, Change
from tests.support.clients import client_of
from tests.support.cpu_time import limit_cpu_time
from tests.support.database_state import read_state
from tests.support.small_bundles import base, bundle, load_bundles


def references_to(path: Path, id: str) -> list[str]:
    """Return the records whose JSON names an id."""
    like = f'%"{id}"%'
    return [
        f"{plural}/{row}"
        for plural in RECORDS
        for (row,) in select(path, f"select id from {plural} where record like '{like}' or derived like '{like}'")
    ]


QUICK = {"withdraw a source that adds", "rename a party with an addition", "rename a source", "merge proposals"}
"""One of each kind; the others are slow together."""


@pytest.mark.parametrize(
    "change",
    [pytest.param(change, id=id, marks=[] if id in QUICK else pytest.mark.slow) for id, change in CHANGES.items()],
)
def test_the_file_is_as_if_it_had_been_loaded_so(loaded: Path, change: Change) -> None:
    """The doctor writes the records again into another file and compares all tables, derived ones too."""
    change(loaded)
    assert {result.check: result.detail for result in run_checks(loaded) if result.state != "ok"} == {}
    ((author, reason),) = select(loaded, "select author, reason from revisions where revision = 3")
    assert (author, reason) == BY


def test_references_follow_a_rename(loaded: Path) -> None:
    before = references_to(loaded, "zelenskyy")
    result = rename(loaded, RecordRef("parties", "zelenskyy"), "zelensky", BY)
    assert result.changes == {"delete": 1, "create": 1, "update": result.changes["update"]}
    assert set(result.bundles) == {"trump-putin-call-article", "invented-article", "adding"}
    assert references_to(loaded, "zelenskyy") == []
    renamed = [name.replace("parties/zelenskyy", "parties/zelensky") for name in before]
    assert set(references_to(loaded, "zelensky")) == set(renamed)
    client = client_of(loaded)
    assert "Volodymyr" in client.get("/parties/zelensky").get_json()["aliases"]
    assert client.get("/statements/invented-refusal").get_json()["revision"] == 3


def test_old_id_answers_gone_with_the_new_one(loaded: Path) -> None:
    rename(loaded, PROPOSAL, "pause", BY)
    rename(loaded, PROPOSAL._replace(id="pause"), "three-day-pause", Authorship("B. Editor", "Clearer."))
    client = client_of(loaded)
    response = client.get("/proposals/invented-pause")
    problem = response.get_json()
    assert response.status_code == 410
    expected = {"removal": "renamed", "successor": "three-day-pause", "author": "A. Editor", "reason": "A mistake."}
    assert problem | expected == problem
    assert client.get(problem["links"]["successor"]).get_json()["id"] == "three-day-pause"
    page = client.get("/proposals/invented-pause.html")
    assert page.status_code == 410
    assert f'<a href="{problem["links"]["successor"]}">three-day-pause</a>' in page.text
    assert client.get("/proposals/invented-pause/standing").status_code == 410
    (error,) = client.get("/positions?proposal=invented-pause").get_json()["errors"]
    assert error["did_you_mean"] == "three-day-pause"


def test_successor_after_many_renames_is_found(loaded: Path) -> None:
    rename(loaded, PROPOSAL, "pause-0", BY)
    renamed = "delete", "proposals", "invented-article", "renamed"
    rows = [(*renamed, f"pause-{number}", f"pause-{number + 1}", 100 + number) for number in range(1000)]
    with closing(sqlite3.connect(loaded)) as connection, connection:
        columns = "action, type, source, removal, id, successor, ordinal, revision"
        connection.executemany(f"insert into changes ({columns}) values (?, ?, ?, ?, ?, ?, ?, 3)", rows)
    response = client_of(loaded).get(f"/proposals/{PROPOSAL.id}")
    assert (response.status_code, response.get_json()["successor"]) == (410, "pause-1000")


def test_an_account_with_an_old_id_is_an_error_with_the_new_one(loaded: Path) -> None:
    rename(loaded, RecordRef("parties", "kremlin"), "russian-presidency", BY)
    (error,) = client_of(loaded).get("/statements?account=kremlin").get_json()["errors"]
    assert error["detail"].startswith("The party 'kremlin' was renamed to 'russian-presidency' on ")
    assert error["did_you_mean"] == "russian-presidency"


def test_changes_say_where_a_record_went(loaded: Path) -> None:
    rename(loaded, PROPOSAL, "pause", BY)
    changes = client_of(loaded).get("/changes?since=2").get_json()["data"]
    assert [(one["action"], one["id"], one["removal"], one["successor"]) for one in changes] == [
        ("delete", "invented-pause", "renamed", "pause"),
        ("create", "pause", None, None),
        ("update", POSITION.id, None, None),
        ("update", "invented-refusal", None, None),
    ]
    assert changes[2]["record"]["proposal"] == "pause"


def test_old_id_is_refused_with_the_new_one(loaded: Path, tmp_path: Path) -> None:
    rename(loaded, PROPOSAL, "pause", BY)
    written = (
        re.escape("The proposal 'invented-pause' was renamed to 'pause' on ")
        + r"\S+ by A\. Editor\. Reason: A mistake\."
    )
    with pytest.raises(InvalidBundles, match=f"/proposals/0/id: {written} Did you mean 'pause'"):
        load([SECOND], loaded)
    edited = tmp_path / "second.yaml"
    edited.write_text(SECOND.read_text().replace("id: invented-pause", "id: pause"))
    with pytest.raises(InvalidBundles, match=f"/positions/0/proposal: {written} Did you mean 'pause'"):
        check([edited], loaded)
    text = SECOND.read_text().replace("invented-pause", "pause")
    edited.write_text(text.replace("rejects-pause", "rejects-invented-pause"))
    assert load([edited], loaded).changes == {}


def test_withdrawal_with_referrers_names_them_all(loaded: Path) -> None:
    with pytest.raises(InvalidChange) as error:
        withdraw(loaded, PROPOSAL, BY)
    assert "positions/ukraine-rejects-invented-pause refers to proposals/invented-pause" in str(error.value)
    with pytest.raises(InvalidChange) as error:
        withdraw(loaded, RecordRef("sources", "trump-putin-call-article"), BY)
    referrers = [line.split(" refers to ")[0] for line in str(error.value).splitlines()[1:]]
    assert {"additions/name", "additions/day", "events/invented-statement"} <= set(referrers)
    assert not [name for name in referrers if name.startswith(("parties/", "issues/"))]
    assert select(loaded, "select max(revision) from revisions") == [(2,)]


@pytest.mark.slow
def test_withdrawal_of_a_large_source_takes_linear_time(tmp_path: Path) -> None:
    path, source = tmp_path / "readout.db", RecordRef("sources", "text")
    load_bundles(path, base(), bundle("text", events=[{"id": f"event-{number}"} for number in range(4000)]))
    with open_built(path) as db, limit_cpu_time(0.5):
        require_no_referrers(db, source, list(read_bundle(db, source.id)))


def test_withdrawn_record_may_not_return(loaded: Path) -> None:
    withdraw(loaded, SOURCE, BY)
    with pytest.raises(InvalidBundles) as error:
        load([SECOND], loaded)
    (one,) = error.value.errors
    assert one.error.pointer == "/sources/0/id"
    assert "was withdrawn on" in one.error.detail
    client = client_of(loaded)
    assert client.get("/sources/invented-article").get_json()["removal"] == "withdrawn"
    assert client.get(f"/positions/{POSITION.id}").status_code == 410
    assert client.get("/sources").get_json()["page"]["total"] == 2


def test_rename_can_be_taken_back(loaded: Path) -> None:
    rename(loaded, PROPOSAL, "pause", BY)
    rename(loaded, PROPOSAL._replace(id="pause"), PROPOSAL.id, Authorship("A. Editor", "It was right."))
    client = client_of(loaded)
    assert client.get(f"/proposals/{PROPOSAL.id}").status_code == 200
    assert client.get("/proposals/pause").get_json()["successor"] == PROPOSAL.id
    assert load([SECOND], loaded).changes == {}
    assert {result.check for result in run_checks(loaded) if result.state != "ok"} == set()


def test_every_earlier_id_can_be_taken_back(loaded: Path) -> None:
    for old, new in pairwise([PROPOSAL.id, "pause", "three-days", PROPOSAL.id, "pause"]):
        rename(loaded, PROPOSAL._replace(id=old), new, BY)
    client = client_of(loaded)
    assert client.get("/proposals/pause").status_code == 200
    assert {client.get(f"/proposals/{id}").get_json()["successor"] for id in (PROPOSAL.id, "three-days")} == {"pause"}
    assert {result.check for result in run_checks(loaded) if result.state != "ok"} == set()


INVALID: dict[str, tuple[Change, str]] = {
    "unknown record": (lambda path: withdraw(path, RecordRef("parties", "nobody"), BY), "There is no party 'nobody'"),
    "id in use": (
        lambda path: rename(path, PROPOSAL, "energy-strikes-halt", BY),
        "There is already a proposal 'energy-strikes-halt'. Choose a different id, or merge one into the other.",
    ),
    "id of a source in use": (
        lambda path: rename(path, SOURCE, "trump-putin-call-article", BY),
        "There is already a source 'trump-putin-call-article'. Choose a different id.",
    ),
    "id of its own": (lambda path: rename(path, PROPOSAL, PROPOSAL.id, BY), "has this id already. Choose a different"),
    "not an id": (lambda path: rename(path, PROPOSAL, "Three Days", BY), "proposals/Three Days at /id: "),
    "party with the id of a source": (
        lambda path: rename(path, RecordRef("parties", "zelenskyy"), "invented-article", BY),
        "parties/invented-article and sources/invented-article have one id",
    ),
    "merged into nothing": (lambda path: merge(path, PROPOSAL, "nothing", BY), "There is no proposal 'nothing'"),
    "merged into itself": (lambda path: merge(path, PROPOSAL, PROPOSAL.id, BY), "is the same record"),
    "source merged": (lambda path: merge(path, SOURCE, "trump-putin-call-article", BY), "Withdraw it instead"),
    "merged into a party that others act for": (
        lambda path: merge(path, RecordRef("parties", "united-states"), "kremlin", BY),
        "has the principal 'kremlin', which itself acts for 'russia': write the last one",
    ),
    "merged into what refers to it": (
        lambda path: merge(path, RecordRef("events", "trump-putin-call"), "invented-statement", BY),
        "events/invented-statement at /relations/0/event: Refers to the record itself.",
    ),
}


@pytest.mark.parametrize(("change", "message"), INVALID.values(), ids=list(INVALID))
def test_invalid_change_changes_nothing(loaded: Path, change: Change, message: str) -> None:
    before = read_state(loaded)
    with pytest.raises(InvalidChange, match=re.escape(message)):
        change(loaded)
    assert read_state(loaded) == before


def test_a_retired_id_is_not_given_to_another_record(loaded: Path) -> None:
    withdraw(loaded, POSITION, BY)
    other = select(loaded, f"select id from positions where id <> '{POSITION.id}' limit 1")[0][0]
    with pytest.raises(InvalidChange, match=r"was withdrawn on .* Choose a different id"):
        rename(loaded, RecordRef("positions", other), POSITION.id, BY)


@pytest.mark.parametrize("name", [PROPOSAL.id, "pause"])
def test_id_of_a_merged_record_is_not_given_to_the_other(loaded: Path, name: str) -> None:
    """Nor one that it had before: the history of that id is of another record."""
    other = "energy-strikes-halt"
    if name != PROPOSAL.id:
        rename(loaded, PROPOSAL, name, BY)
    merge(loaded, PROPOSAL._replace(id=name), other, BY)
    with pytest.raises(InvalidChange, match=f"was .* {other!r} on .* Choose a different id"):
        rename(loaded, PROPOSAL._replace(id=other), PROPOSAL.id, BY)


def test_items_that_become_equal_by_a_merge_are_one(tmp_path: Path) -> None:
    path = tmp_path / "readout.db"
    load_bundles(path, base("truce", "pause", questions=[{"id": "open", "proposals": ["truce", "pause"]}]))
    merge(path, RecordRef("proposals", "pause"), "truce", BY)
    assert client_of(path).get("/questions/open").get_json()["proposals"] == ["truce"]
