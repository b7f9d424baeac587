"""Bundles as a stream of lines: as many as there are, told and kept as those in YAML are."""

import json
import os
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

from api import create_app
from schemas import RECORDS
from seed.bundles import default_bundles, load
from seed.errors import MAX_ERRORS, InvalidBundles
from seed.loader import PARALLEL_THRESHOLD_BYTES, RecordStillReferenced
from seed.ndjson import MAX_LINE_BYTES
from seed.storage.sqlite_file import is_built
from seed.yaml_document import parse_yaml
from tests.support import ROOT

SECOND = ROOT / "tests" / "support" / "second_bundle.yaml"
Line = dict[str, Any]
Stream = Callable[..., Path]


def lines_of(*bundles: Path) -> list[Line]:
    """What YAML bundles hold, as the lines of a stream."""
    documents = [parse_yaml(path.read_bytes()).data for path in bundles]
    return [
        {"type": plural, "record": record}
        for document in documents
        for plural in RECORDS
        for record in document.get(plural, [])
    ]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    """A file of such lines; what is text or bytes already is written as it is."""

    def write(*lines: Line | str | bytes, name: str = "stream.ndjson") -> Path:
        texts = [json.dumps(line, ensure_ascii=False) if isinstance(line, dict) else line for line in lines]
        path = tmp_path / name
        path.write_bytes(b"".join((text.encode() if isinstance(text, str) else text) + b"\n" for text in texts))
        return path

    return write


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Invented negotiations of so many events."""
    folder = tmp_path_factory.mktemp("invented")

    def path_of(events: int) -> Path:
        path = folder / f"{events}.ndjson"
        if not path.exists():
            run("bench.synthetic", "--events", events, path)
        return path

    return path_of


def run(module: str, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the file, but for the time of a revision."""
    listed = [name for (name,) in rows(path, "select name from sqlite_master where type = 'table' order by name")]
    held = {name: rows(path, f'select * from "{name}"') for name in listed}
    return {**held, "revisions": rows(path, "select revision, digest from revisions")}


def flaws(*paths: Path, into: Path) -> list[str]:
    """What is said of a load that must fail, and leave the file as it is."""
    before = into.read_bytes() if into.exists() else b""
    with pytest.raises(InvalidBundles) as refused:
        load(paths, into)
    assert (into.read_bytes() if into.exists() else b"") == before
    return str(refused.value).splitlines()


def edited(lines: list[Line], id: str, **changes: Any) -> list[Line]:
    """The lines, with something else in one record."""
    assert any(line["record"]["id"] == id for line in lines)
    return [{**line, "record": line["record"] | (changes if line["record"]["id"] == id else {})} for line in lines]


def test_the_same_records_give_the_same_tables_in_yaml_and_on_lines(tmp_path: Path, stream: Stream) -> None:
    load([*default_bundles(), SECOND], tmp_path / "yaml.db")
    load([stream(*lines_of(*default_bundles(), SECOND))], tmp_path / "lines.db")
    assert tables(tmp_path / "lines.db") == tables(tmp_path / "yaml.db")
    load([SECOND, stream(*lines_of(*default_bundles()))], tmp_path / "both.db")
    for plural in RECORDS:
        every = f'select id, record from "{plural}" order by id'
        assert rows(tmp_path / "both.db", every) == rows(tmp_path / "yaml.db", every)


def test_loading_a_stream_twice_changes_nothing(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    before = own.read_bytes()
    assert load([stream(*lines_of(SECOND))], own).changes == {}
    assert own.read_bytes() == before


def test_blank_lines_and_carriage_returns_do_not_matter(tmp_path: Path, stream: Stream) -> None:
    spaced = [part for line in lines_of(*default_bundles()) for part in (json.dumps(line) + "\r", "", "  \r")]
    assert (
        load([stream(*spaced)], tmp_path / "new.db").changes == load(default_bundles(), tmp_path / "other.db").changes
    )


def test_each_bundle_of_a_stream_holds_what_stands_after_its_source(own: Path, stream: Stream) -> None:
    load([stream(*lines_of(SECOND))], own)
    left = [line for line in lines_of(SECOND) if line["type"] != "positions"]
    applied = load([stream(*edited(left, "invented-pause", summary="Everybody holds still."))], own)
    assert applied.changes == {"update": 1, "delete": 1}
    assert rows(own, "select action, type, id from changes where revision = 3 order by ordinal") == [
        ("update", "proposals", "invented-pause"),
        ("delete", "positions", "ukraine-rejects-invented-pause"),
    ]
    assert rows(own, "select count(*) from positions_citations where id = 'ukraine-rejects-invented-pause'") == [(0,)]


def parted(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The bundle of a stream without its statement, and another bundle that has it."""
    source, statement = lines[0], lines[-1]
    rest = edited(lines[:-1], "ukraine-rejects-invented-pause", statements=[])
    other = {**source, "record": source["record"] | {"id": "other-article"}}
    return rest, [other, statement]


@pytest.mark.parametrize("first", [0, 1])
def test_a_record_moves_between_bundles_that_are_both_given(own: Path, stream: Stream, first: int) -> None:
    load([SECOND], own)
    bundles = parted(lines_of(SECOND))
    load([stream(*bundles[first], *bundles[1 - first])], own)
    assert rows(own, "select bundle from statements where id = 'invented-refusal'") == [("other-article",)]
    moved = "select action from changes where id = 'invented-refusal' and revision = 3 order by ordinal"
    assert rows(own, moved) == [("delete",), ("create",)]


def test_a_record_does_not_move_from_a_bundle_that_is_not_given(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    path = stream(*parted(lines_of(SECOND))[1])
    told = f"{path}:2: /id: 'invented-refusal' belongs to the bundle 'invented-article'; refer to it instead."
    assert flaws(path, into=own) == [told]


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("apart", [0, 1500])
def test_an_id_that_stands_twice_is_a_fault(own: Path, stream: Stream, stored: bool, apart: int) -> None:
    lines = lines_of(SECOND)
    if stored:
        load([SECOND], own)
    between = [{**lines[1], "record": lines[1]["record"] | {"id": f"event-{place}"}} for place in range(apart)]
    path = stream(*lines, *between, lines[2])
    told = f"{path}:{len(lines) + apart + 1}: /id: 'invented-pause' is the id of another record of these proposals."
    assert flaws(path, into=own) == [told]


SOURCE = lines_of(SECOND)[0]
EVENT = lines_of(SECOND)[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"type": "events",', "Not JSON: Expecting property name"),
        ('{"type": "events", "record": {"id": NaN}}', "Not JSON: NaN is not a number in JSON"),
        ('{"type": "events", "record": {"id": "a", "id": "b"}}', "Not JSON: an object has the same key twice"),
        ('{"type": "events", "record": {"id": "\\ud800"}}', "Not JSON: 'utf-8' codec can't encode"),
        ("[" * 100_000, "Not JSON: it has more than 100 levels"),
        (b'{"type": "events\xff"}', "Not UTF-8 text: invalid start byte at byte 17"),
        ("\ufeff" + json.dumps(EVENT), "Begins with a byte order mark"),
        ("[]", 'Must be {"type": '),
        ('{"type": "events"}', 'Must be {"type": '),
        ('{"type": "events", "record": []}', 'Must be {"type": '),
        ({**EVENT, "bundle": "other"}, 'Must be {"type": '),
        ({**EVENT, "type": "event"}, "/type: 'event' is not a type of record. Did you mean 'events'? Allowed: "),
        ({**EVENT, "type": ["events"]}, "/type: ['events'] is not a type of record."),
        ({**EVENT, "record": EVENT["record"] | {"kind": "statment"}}, "Did you mean 'statement'? Allowed: "),
        ({**EVENT, "record": EVENT["record"] | {"colour": 1}}, "/colour: There is no such field."),
        ("x" * MAX_LINE_BYTES * 2, "Is longer than the"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_line_at_fault_is_told_with_its_number(own: Path, stream: Stream, line: str, told: str) -> None:
    path = stream(SOURCE, "", line, EVENT)
    (only,) = flaws(path, into=own)
    assert only.startswith(f"{path}:3: /")
    assert told in only


def test_a_record_before_any_source_is_a_fault(own: Path, stream: Stream) -> None:
    path = stream(EVENT, SOURCE)
    assert flaws(path, into=own) == [f"{path}:1: /: Stands before any source; a source opens the bundle read from it."]


@pytest.mark.parametrize("text", ["", "\n \r\n"])
def test_a_file_without_a_record_is_a_fault(own: Path, stream: Stream, text: str) -> None:
    path = stream(text)
    assert flaws(path, into=own) == [f"{path}:1: /: Holds no record."]


def test_a_reference_that_leads_nowhere_is_told_with_its_line_and_the_nearest_id(own: Path, stream: Stream) -> None:
    lines = edited(lines_of(SECOND), "invented-pause", proposed_by=["puttin"], event="invented-statment")
    path = stream(*lines)
    assert flaws(path, into=own) == [
        f"{path}:3: /event: There is no event 'invented-statment'. Did you mean 'invented-statement'?",
        f"{path}:3: /proposed_by/0: There is no party 'puttin'. Did you mean 'putin'?",
    ]


def test_a_reference_to_a_record_at_fault_leads_there(own: Path, stream: Stream) -> None:
    path = stream(*edited(lines_of(SECOND), "invented-pause", kind="pause"))
    (only,) = flaws(path, into=own)
    assert only.startswith(f"{path}:3: /kind: ")


def test_a_citation_beyond_the_end_is_told_even_where_only_the_source_has_changed(own: Path, stream: Stream) -> None:
    lines = lines_of(SECOND)
    path = stream(*edited(lines, "invented-refusal", citations=[{"source": "invented-article", "paragraph": 3}]))
    told = f"{path}:5: /citations/0/paragraph: 'invented-article' has 2 paragraphs."
    assert flaws(path, into=own) == [told]
    load([SECOND], own)
    path = stream(*edited(lines, "invented-article", paragraphs=1, paragraph_sha256=["0" * 64]))
    assert len(flaws(path, into=own)) == 2


def test_a_record_is_not_deleted_while_another_bundle_refers_to_it(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    lines = lines_of(SECOND)
    third = {**lines[0], "record": lines[0]["record"] | {"id": "third-article"}}
    refusal = {**lines[-1], "record": lines[-1]["record"] | {"id": "third-refusal"}}
    load([stream(third, refusal)], own)
    left = edited([lines[0], lines[1], lines[-1]], "invented-refusal", proposals=[])
    with pytest.raises(RecordStillReferenced, match="statements/third-refusal refers to one of the proposals"):
        load([stream(*left)], own)
    assert rows(own, "select max(revision) from revisions") == [(3,)]


def test_of_very_many_faults_only_the_first_are_told(own: Path, stream: Stream) -> None:
    told = flaws(stream(SOURCE, *[{"type": "events", "record": {}}] * MAX_ERRORS), into=own)
    assert len(told) == MAX_ERRORS + 1
    assert told[-1] == f"There are more faults than these {MAX_ERRORS}."


def test_faults_in_a_stream_and_a_bundle_are_told_together(own: Path, stream: Stream, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    bundle.write_text(SECOND.read_text().replace("stance: rejects", "stance: reject"))
    other = {**SOURCE, "record": SOURCE["record"] | {"id": "other-article", "kind": "article"}}
    told = flaws(stream(other), bundle, into=own)
    assert ["/positions/0/stance" in told[0], "stream.ndjson:1: /kind" in told[1]] == [True, True]


def test_a_big_stream_leaves_a_small_file_with_the_same_indexes(
    own: Path, tmp_path: Path, invented: Callable[[int], Path]
) -> None:
    load([invented(2000)], own)
    load([invented(2000)], tmp_path / "new.db")
    made = "select type, name, sql from sqlite_master where name not like '%_fts%' order by name"
    assert rows(own, made) == rows(tmp_path / "new.db", made)
    assert rows(own, "pragma integrity_check") == [("ok",)]
    assert rows(own, "pragma foreign_key_check") == []
    found = create_app(database=str(own)).test_client().get("/events?q=ceasefire&limit=1").get_json()
    assert found["page"]["total"] > 100


def test_what_is_invented_is_the_same_every_time(tmp_path: Path, invented: Callable[[int], Path]) -> None:
    run("bench.synthetic", "--events", 2000, tmp_path / "again.ndjson")
    assert (tmp_path / "again.ndjson").read_bytes() == invented(2000).read_bytes()


def test_memory_does_not_grow_with_the_stream(tmp_path: Path, invented: Callable[[int], Path]) -> None:
    code = "import sys, resource, pathlib; from seed.bundles import load; load([pathlib.Path(sys.argv[1])], "
    code += "pathlib.Path(sys.argv[2])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    used = []
    for events in (2000, 20_000):
        command = [sys.executable, "-c", code, str(invented(events)), str(tmp_path / f"{events}.db")]
        used.append(int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout))
    assert used[1] - used[0] < 48 * 1024  # of which 32 MB are the pages that SQLite holds


@pytest.mark.parametrize("built", [True, False])
def test_a_kill_in_the_middle_of_a_stream_leaves_the_old_file(
    own: Path, tmp_path: Path, invented: Callable[[int], Path], built: bool
) -> None:
    path = own if built else tmp_path / "new.db"
    stream = invented(20_000)
    old = rows(own, "select type, id, record from changes")
    command = [sys.executable, "-m", "seed", "load", str(stream)]
    loader = subprocess.Popen(command, env={**os.environ, "READOUT_DATABASE": str(path)}, stderr=-3, stdout=-3)
    while loader.poll() is None and not written(path):
        time.sleep(0.05)
    loader.send_signal(signal.SIGKILL)
    assert loader.wait() == -signal.SIGKILL
    assert is_built(path) is built
    load(default_bundles(), path)
    assert rows(path, "select type, id, record from changes") == old
    assert rows(path, "pragma integrity_check") == [("ok",)]


def test_a_fault_in_a_stream_that_several_processes_read_is_told_with_its_line(
    own: Path, tmp_path: Path, invented: Callable[[int], Path]
) -> None:
    path = tmp_path / "faulty.ndjson"
    text = invented(20_000).read_text()
    assert len(text.encode()) > PARALLEL_THRESHOLD_BYTES
    path.write_text(text.replace('"id": "event-15000"', '"id": "Event"').replace('"event-12345"', '"event-1234S"'))
    told = flaws(path, into=own)
    lines = path.read_text().splitlines()
    assert any("/id: Must be lower-case words" in flaw for flaw in told)
    for flaw in told:
        line = lines[int(flaw.removeprefix(f"{path}:").split(":", 1)[0]) - 1]
        assert '"Event"' in line or "event-1234S" in line or "event-15000" in line


def written(path: Path) -> bool:
    """Whether much of a stream has gone to the disk."""
    beside = [path, Path(f"{path}-wal")]
    return sum(file.stat().st_size for file in beside if file.exists()) > 20_000_000


def test_a_check_of_a_stream_tells_what_a_load_would_and_changes_nothing(
    own: Path, stream: Stream, tmp_path: Path
) -> None:
    before = own.read_bytes()
    answer = run("seed", "check", stream(*lines_of(SECOND)), READOUT_DATABASE=str(own))
    assert answer.stdout.endswith("sound, 5 created by loading it\n")
    answer = run(
        "seed", "check", stream(SOURCE, {**EVENT, "type": "event"}), READOUT_DATABASE=str(tmp_path / "none.db")
    )
    assert "stream.ndjson:2: /type: " in answer.stderr
    assert own.read_bytes() == before
    assert not (tmp_path / "none.db").exists()


def test_verify_says_that_it_takes_no_stream(stream: Stream) -> None:
    path = stream(*lines_of(SECOND))
    answer = run("seed", "verify", path, path)
    assert answer.returncode == 1
    assert "give its bundle as YAML" in answer.stderr


def test_a_load_shows_how_far_it_is_beside_what_it_says(own: Path, stream: Stream) -> None:
    answer = run("seed", "load", stream(*lines_of(SECOND)), READOUT_DATABASE=str(own))
    assert answer.stdout == f"{own}: revision 2, 5 created\n"
    assert "Reading" in answer.stderr
    assert "Looking after references" in answer.stderr
