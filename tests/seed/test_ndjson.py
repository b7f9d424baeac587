"""Bundles as a stream of lines: validated and stored as those in YAML are."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner
from sqlite_utils import Database

from api import create_app
from schemas import RECORDS
from seed.bundles import check, default_bundles, load
from seed.cli import cli
from seed.errors import MAX_ERRORS, InvalidBundles
from seed.ndjson import MAX_LINE_BYTES
from seed.storage import writer
from seed.storage.derived import update_derived
from seed.storage.sqlite_file import is_built
from seed.validation import PARALLEL_THRESHOLD_BYTES
from tests.support import ROOT
from tests.support.bundle_files import (
    SECOND,
    Line,
    edit_record,
    read_document,
    run_module,
    select,
    stream_lines,
    write_stream,
)
from tests.support.synthetic import write_synthetic

LINES = stream_lines(read_document(SECOND))
SOURCE, EVENT = LINES[:2]
Stream = Callable[..., Path]


@pytest.fixture
def stream(tmp_path: Path) -> Stream:
    """Write lines into a file."""
    return lambda *lines: write_stream(tmp_path / "stream.ndjson", lines)


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Return a file of synthetic negotiations with a number of events."""
    folder = tmp_path_factory.mktemp("synthetic")

    def write(events: int) -> Path:
        path = folder / f"{events}.ndjson"
        return path if path.exists() else write_synthetic(path, events)

    return write


def default_lines() -> list[Line]:
    return stream_lines(*map(read_document, default_bundles()))


def read_tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in the database except the times of its revisions."""
    names = [name for (name,) in select(path, "select name from sqlite_master where type = 'table' order by name")]
    rows = {name: select(path, f'select * from "{name}"') for name in names}
    return {**rows, "revisions": select(path, "select revision, digest from revisions")}


def load_errors(*paths: Path, into: Path) -> list[str]:
    """Return the errors of a load that must fail, and leave the database as it is."""
    before = into.read_bytes() if into.exists() else b""
    with pytest.raises(InvalidBundles) as refusal:
        load(paths, into)
    assert (into.read_bytes() if into.exists() else b"") == before
    return str(refusal.value).splitlines()


def test_yaml_and_ndjson_give_the_same_tables(tmp_path: Path, stream: Stream) -> None:
    load([*default_bundles(), SECOND], tmp_path / "yaml.db")
    load([stream(*default_lines(), *LINES)], tmp_path / "lines.db")
    assert read_tables(tmp_path / "lines.db") == read_tables(tmp_path / "yaml.db")
    load([SECOND, stream(*default_lines())], tmp_path / "both.db")
    for plural in RECORDS:
        records = f'select id, record from "{plural}" order by id'
        assert select(tmp_path / "both.db", records) == select(tmp_path / "yaml.db", records)


def test_stream_loaded_twice_changes_nothing(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    before = own.read_bytes()
    assert load([stream(*LINES)], own).changes == {}
    assert own.read_bytes() == before


def test_blank_lines_and_carriage_returns_are_ignored(tmp_path: Path, stream: Stream) -> None:
    spaced = [part for line in default_lines() for part in (json.dumps(line) + "\r", "", "  \r")]
    changes = load([stream(*spaced)], tmp_path / "new.db").changes
    assert changes == load(default_bundles(), tmp_path / "other.db").changes


def test_source_starts_its_bundle(own: Path, stream: Stream) -> None:
    """A record that is missing after its source is deleted; those of other bundles are not."""
    load([stream(*LINES)], own)
    rest = [line for line in LINES if line["type"] != "positions"]
    result = load([stream(*edit_record(rest, "invented-pause", summary="Everybody holds still."))], own)
    assert result.changes == {"update": 1, "delete": 1}
    assert select(own, "select action, type, id from changes where revision = 3 order by ordinal") == [
        ("update", "proposals", "invented-pause"),
        ("delete", "positions", "ukraine-rejects-invented-pause"),
    ]
    assert select(own, "select count(*) from positions_citations where id = 'ukraine-rejects-invented-pause'") == [(0,)]


def split_bundle(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Return the bundle without its statement, and another bundle with the statement."""
    source, statement = lines[0], lines[-1]
    rest = edit_record(lines[:-1], "ukraine-rejects-invented-pause", statements=[])
    other = {**source, "record": source["record"] | {"id": "other-article"}}
    moved = edit_record([statement], "invented-refusal", citations=[{"source": "other-article", "paragraph": 1}])
    return rest, [other, *moved]


@pytest.mark.parametrize("first", [0, 1])
def test_record_moves_between_two_bundles_of_a_load(own: Path, stream: Stream, first: int) -> None:
    load([SECOND], own)
    bundles = split_bundle(LINES)
    load([stream(*bundles[first], *bundles[1 - first])], own)
    assert select(own, "select bundle from statements where id = 'invented-refusal'") == [("other-article",)]
    moved = "select action from changes where id = 'invented-refusal' and revision = 3 order by ordinal"
    assert select(own, moved) == [("delete",), ("create",)]


def test_record_of_a_bundle_outside_the_load_stays(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    path = stream(*split_bundle(LINES)[1])
    error = "/id: 'invented-refusal' belongs to the bundle 'invented-article'. Refer to it, or choose a different id."
    assert load_errors(path, into=own) == [f"{path}:2: {error}"]


@pytest.mark.parametrize(("stored", "distance"), [(True, 0), (False, 1500)])
def test_repeated_id_is_rejected(own: Path, stream: Stream, stored: bool, distance: int) -> None:
    """Whether in the same batch or another, and whether the record was stored before."""
    if stored:
        load([SECOND], own)
    between = [{**EVENT, "record": EVENT["record"] | {"id": f"event-{number}"}} for number in range(distance)]
    path = stream(*LINES, *between, LINES[2])
    error = "/id: 'invented-pause' is already the id of another of the proposals. Choose a different id."
    assert load_errors(path, into=own) == [f"{path}:{len(LINES) + distance + 1}: {error}"]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ('{"type": "events",', "Not JSON: Expecting property name"),
        ('{"type": "events", "record": {"id": NaN}}', "Not JSON: NaN is not a number in JSON"),
        ('{"type": "events", "record": {"id": "a", "id": "b"}}', "Not JSON: an object has the same key twice"),
        ('{"type": "events", "record": {"id": "\\ud800"}}', "Not JSON: \\ud800 is half of a surrogate pair"),
        ("[" * 100_000, "Not JSON: it has more than 100 levels"),
        (b'{"type": "events\xff"}', "Not UTF-8 text: invalid start byte at byte 17"),
        ("\ufeff" + json.dumps(EVENT), "Not JSON: it begins with a byte order mark"),
        ("[]", 'Must be {"type": '),
        ('{"type": "events"}', 'Must be {"type": '),
        ('{"type": "events", "record": []}', 'Must be {"type": '),
        ({**EVENT, "bundle": "other"}, 'Must be {"type": '),
        ({**EVENT, "type": "event"}, "/type: Not a type of record. Did you mean 'events'? Allowed: "),
        ({**EVENT, "type": ["events"]}, "/type: Not a type of record."),
        ({**EVENT, "record": EVENT["record"] | {"kind": "statment"}}, "Did you mean 'statement'? Allowed: "),
        ({**EVENT, "record": EVENT["record"] | {"colour": 1}}, "/colour: There is no such field."),
        ("x" * MAX_LINE_BYTES * 2, "Longer than"),
        (" " * (MAX_LINE_BYTES + 1) + json.dumps(EVENT), "Longer than"),
        (" " * MAX_LINE_BYTES * 3, "Longer than"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_invalid_line_is_reported_with_its_number(own: Path, stream: Stream, line: Any, detail: str) -> None:
    path = stream(SOURCE, "", line, {**EVENT, "record": EVENT["record"] | {"id": "another"}})
    (error,) = load_errors(path, into=own)
    assert error.startswith(f"{path}:3: ")
    assert detail in error


@pytest.mark.parametrize(
    ("encode", "detail"),
    [
        (
            lambda text: text.encode("utf-8-sig"),
            "begins with a byte order mark (U+FEFF). Save it as UTF-8 without BOM.",
        ),
        (lambda text: text.encode("utf-16"), "is UTF-16. Save it as UTF-8."),
        (lambda text: text.encode("utf-16-le"), "is UTF-16. Save it as UTF-8."),
        (lambda text: text.encode("utf-16-be"), "is UTF-16. Save it as UTF-8."),
        (lambda text: gzip.compress(text.encode()), "is compressed (gzip). Decompress it first."),
        (lambda text: zstandard.compress(text.encode()), "is compressed (zstd). Decompress it first."),
    ],
)
@pytest.mark.parametrize("name", ["stream.ndjson", "stream.jsonl"])
def test_file_that_is_not_utf8_has_one_error(
    own: Path, tmp_path: Path, encode: Callable[[str], bytes], detail: str, name: str
) -> None:
    """Also if another file of the load refers to its records."""
    path = tmp_path / name
    path.write_bytes(encode(write_stream(tmp_path / "plain.ndjson", LINES).read_text()))
    other = {**SOURCE, "record": SOURCE["record"] | {"id": "other-article"}}
    refusal = {**LINES[-1], "record": LINES[-1]["record"] | {"id": "other-refusal"}}
    referrer = write_stream(tmp_path / "referrer.ndjson", [other, refusal])
    assert load_errors(path, referrer, into=own) == [f"{path}:1: The file {detail}"]
    with pytest.raises(InvalidBundles, match="The file"):
        check([path], own)


@pytest.mark.parametrize("suffix", [".jsonl", ".NDJSON"])
def test_other_suffixes_of_streams_are_accepted(own: Path, tmp_path: Path, suffix: str) -> None:
    path = write_stream(tmp_path / f"stream{suffix}", LINES)
    assert load([path], own).changes == {"create": len(LINES)}


def test_standard_input_is_rejected(own: Path) -> None:
    error = "Cannot be read: standard input can be read only once; write a file, as in bundles.ndjson."
    assert load_errors(Path("-"), into=own) == [f"-: {error}"]


def test_record_before_any_source_is_rejected(own: Path, stream: Stream) -> None:
    path = stream(EVENT, SOURCE)
    error = "Comes before any source. A source starts the bundle read from it."
    assert load_errors(path, into=own) == [f"{path}:1: {error}"]


@pytest.mark.parametrize("text", ["", "\n \r\n"])
def test_stream_without_records_is_rejected(own: Path, stream: Stream, text: str) -> None:
    path = stream(text)
    assert load_errors(path, into=own) == [f"{path}:1: Contains no record."]


def test_dangling_reference_has_a_line_and_a_suggestion(own: Path, stream: Stream) -> None:
    path = stream(*edit_record(LINES, "invented-pause", proposed_by=["puttin"], event="invented-statment"))
    assert load_errors(path, into=own) == [
        f"{path}:3: /event: There is no event 'invented-statment'. Did you mean 'invented-statement'?",
        f"{path}:3: /proposed_by/0: There is no party 'puttin'. Did you mean 'putin'?",
    ]


def test_reference_to_an_invalid_record_is_no_error(own: Path, stream: Stream) -> None:
    path = stream(*edit_record(LINES, "invented-pause", kind="pause"))
    (error,) = load_errors(path, into=own)
    assert error.startswith(f"{path}:3: /kind: ")


def test_paragraph_out_of_range_is_rejected(own: Path, stream: Stream) -> None:
    """In the citation itself, or because only the source has changed."""
    path = stream(*edit_record(LINES, "invented-refusal", citations=[{"source": "invented-article", "paragraph": 3}]))
    error = "/citations/0/paragraph: The source 'invented-article' has only 2 paragraphs."
    assert load_errors(path, into=own) == [f"{path}:5: {error}"]
    load([SECOND], own)
    path = stream(*edit_record(LINES, "invented-article", paragraphs=1, paragraph_sha256=["0" * 64]))
    assert len(load_errors(path, into=own)) == 2


def test_record_is_kept_while_another_bundle_refers_to_it(own: Path, stream: Stream) -> None:
    load([SECOND], own)
    third = {**LINES[0], "record": LINES[0]["record"] | {"id": "third-article"}}
    cited = {"citations": [{"source": "third-article", "paragraph": 1}]}
    refusal = {**LINES[-1], "record": LINES[-1]["record"] | {"id": "third-refusal", **cited}}
    load([stream(third, refusal)], own)
    rest = edit_record([LINES[0], LINES[1], LINES[-1]], "invented-refusal", proposals=[])
    path = stream(*rest)
    (error,) = load_errors(path, into=own)
    referrer = "statements/third-refusal of the bundle 'third-article'"
    assert error.startswith(f"{path}:1: Leaves out proposals/invented-pause, to which {referrer} refers.")
    assert select(own, "select max(revision) from revisions") == [(3,)]


def test_errors_are_limited_in_number(own: Path, stream: Stream) -> None:
    errors = load_errors(stream(SOURCE, *[{"type": "events", "record": {}}] * MAX_ERRORS), into=own)
    assert len(errors) == MAX_ERRORS + 1
    assert errors[-1] == f"There are more than {MAX_ERRORS} errors; the others are not shown."


def test_errors_of_stream_and_yaml_are_reported_together(own: Path, stream: Stream, tmp_path: Path) -> None:
    bundle = tmp_path / "second.yaml"
    bundle.write_text(SECOND.read_text().replace("stance: rejects", "stance: reject"))
    other = {**SOURCE, "record": SOURCE["record"] | {"id": "other-article", "kind": "article"}}
    errors = load_errors(stream(other), bundle, into=own)
    assert ["/positions/0/stance" in errors[0], "stream.ndjson:1: /kind" in errors[1]] == [True, True]


@pytest.mark.slow
def test_large_stream_rebuilds_the_indexes(own: Path, tmp_path: Path, synthetic: Callable[[int], Path]) -> None:
    load([synthetic(2000)], own)
    load([synthetic(2000)], tmp_path / "new.db")
    schema = "select type, name, sql from sqlite_master where name not like '%_fts%' order by name"
    assert select(own, schema) == select(tmp_path / "new.db", schema)
    assert select(own, "pragma integrity_check") == [("ok",)]
    assert select(own, "pragma foreign_key_check") == []
    page = create_app(database=str(own)).test_client().get("/events?q=ceasefire&limit=1").get_json()["page"]
    assert page["total"] > 100


@pytest.mark.slow
def test_synthetic_data_is_reproducible(tmp_path: Path, synthetic: Callable[[int], Path]) -> None:
    run_module("bench.synthetic", "--events", 2000, tmp_path / "again.ndjson")
    assert (tmp_path / "again.ndjson").read_bytes() == synthetic(2000).read_bytes()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_stream(tmp_path: Path, synthetic: Callable[[int], Path]) -> None:
    code = "import sys, resource, pathlib; from seed.bundles import load; load([pathlib.Path(sys.argv[1])], "
    code += "pathlib.Path(sys.argv[2])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    kibibytes = []
    for events in (2000, 20_000):
        command = [sys.executable, "-c", code, str(synthetic(events)), str(tmp_path / f"{events}.db")]
        kibibytes.append(int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout))
    assert kibibytes[1] - kibibytes[0] < 48 * 1024  # of which 32 MiB are SQLite's page cache


@pytest.mark.slow
def test_cost_of_derived_data_grows_with_the_number_of_records(
    tmp_path: Path, synthetic: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an index, looking up the relations of 100,000 events took 50 s of CPU, and those of a million hours."""
    steps: list[int] = []

    def count_steps(db: Database, revision: int) -> None:
        steps.append(0)
        db.conn.set_progress_handler(count, 1000)
        update_derived(db, revision)
        db.conn.set_progress_handler(None, 0)

    def count() -> None:
        steps[-1] += 1

    monkeypatch.setattr(writer, "update_derived", count_steps)
    for events in (2000, 20_000):
        load([synthetic(events)], tmp_path / f"{events}.db")
    assert steps[1] < 12 * steps[0]


@pytest.mark.slow
@pytest.mark.parametrize("built", [True, False])
def test_kill_during_a_stream_leaves_the_old_database(
    own: Path, tmp_path: Path, synthetic: Callable[[int], Path], built: bool
) -> None:
    path = own if built else tmp_path / "new.db"
    stream = synthetic(20_000)
    old = select(own, "select type, id, record from changes")
    command = [sys.executable, "-m", "seed", "load", str(stream)]
    loader = subprocess.Popen(command, env={**os.environ, "READOUT_DATABASE": str(path)}, stderr=-3, stdout=-3)
    while loader.poll() is None and bytes_written(path) < 20_000_000:
        time.sleep(0.05)
    loader.send_signal(signal.SIGKILL)
    assert loader.wait() == -signal.SIGKILL
    assert is_built(path) is built
    load(default_bundles(), path)
    assert select(path, "select type, id, record from changes") == old
    assert select(path, "pragma integrity_check") == [("ok",)]


def bytes_written(path: Path) -> int:
    """Return how much of a load is on the disk, in the database and its WAL."""
    return sum(file.stat().st_size for file in (path, Path(f"{path}-wal")) if file.exists())


@pytest.mark.slow
def test_error_found_by_a_worker_has_its_line(own: Path, tmp_path: Path, synthetic: Callable[[int], Path]) -> None:
    path = tmp_path / "invalid.ndjson"
    text = synthetic(20_000).read_text()
    assert len(text.encode()) > PARALLEL_THRESHOLD_BYTES
    path.write_text(text.replace('"id": "event-15000"', '"id": "Event"').replace('"event-12345"', '"event-1234S"'))
    errors = load_errors(path, into=own)
    lines = path.read_text().splitlines()
    assert any("/id: Must be lower-case words" in error for error in errors)
    for error in errors:
        line = lines[int(error.removeprefix(f"{path}:").split(":", 1)[0]) - 1]
        assert '"Event"' in line or "event-1234S" in line or "event-15000" in line


def test_progress_is_written_to_stderr(own: Path, stream: Stream) -> None:
    result = CliRunner().invoke(cli, ["load", str(stream(*LINES))], env={"READOUT_DATABASE": str(own)})
    assert result.stdout == f"{own}: revision 2, 5 created\n"
    assert "Reading" in result.stderr
    assert "Checking references" in result.stderr
