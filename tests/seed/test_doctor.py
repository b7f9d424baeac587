"""The doctor finds nothing in an intact file, and each damage in the right place."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from schemas import RECORDS
from seed.bundles import load
from seed.cli import cli
from seed.doctor import NAMES, rebuild, run_checks
from seed.doctor.file_checks import network_file_system
from seed.doctor.results import MAX_LISTED, CheckResult
from seed.progress import Progress
from seed.storage import writer
from seed.storage.file_format import SCHEMA_VERSION
from seed.storage.indexes import indexes
from tests.support import ROOT
from tests.support.bundle_files import SECOND, stream_lines, write_stream
from tests.support.damages import replace_with_fifo, spoil_schema
from tests.support.small_bundles import ADDING

INDEX = next(indexes(RECORDS["parties"])).name
SOURCE = "trump-putin-call-article"


@pytest.fixture(scope="module")
def with_history(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of three revisions, in which records were created, updated, deleted and added to."""
    folder = tmp_path_factory.mktemp("history")
    path = Path(shutil.copy(database, folder / "readout.db"))
    load([SECOND, write_stream(folder / "adding.ndjson", stream_lines(ADDING))], path)
    text = SECOND.read_text()
    edited = folder / SECOND.name
    edited.write_text(
        text.replace(text[text.index("positions:") : text.index("statements:\n")], "").replace(
            "All sides", "Both sides"
        )
    )
    assert load([edited], path).changes == {"update": 1, "delete": 1}
    return path


@pytest.fixture
def file(with_history: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(with_history, tmp_path / "own.db"))


def check(path: Path) -> dict[str, CheckResult]:
    """Run the doctor, which must leave every file in the folder as it was."""
    before = {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}
    results = run_checks(path)
    assert {each: each.read_bytes() for each in path.parent.iterdir() if each.is_file()} == before
    assert tuple(result.check for result in results) == NAMES
    return {result.check: result for result in results}


def failures(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.state != "ok"}


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def run_command(path: Path) -> Result:
    return CliRunner().invoke(cli, ["doctor"], env={"READOUT_DATABASE": str(path)})


def test_new_file_is_intact(database: Path) -> None:
    assert failures(check(database)) == set()
    result = run_command(database)
    assert result.exit_code == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [[name, "ok"] for name in NAMES]


def test_updated_file_is_intact(file: Path) -> None:
    results = check(file)
    assert failures(results) == set()
    assert results["digests"].detail.startswith("3, ")


CASCADE = "pragma foreign_keys = on"
DAMAGES: dict[str, tuple[list[str], dict[str, str]]] = {
    "table dropped": (
        ["drop table timeline_citations"],
        {"schema": "table timeline_citations is missing", "timeline": "cannot be read: no such table"},
    ),
    "column type changed": (
        [
            "pragma writable_schema = on",
            "update sqlite_master set sql = replace(sql, '\"role\" text', '\"role\" any') where name = 'parties'",
        ],
        {"schema": "table parties is not as declared"},
    ),
    "index dropped": ([f'drop index "{INDEX}"'], {"schema": f"index {INDEX} is missing"}),
    "index on other columns": (
        [f'drop index "{INDEX}"', f'create index "{INDEX}" on parties (note, id)'],
        {"schema": f"index {INDEX} is not as declared"},
    ),
    "foreign table": (["create table notes (text)"], {"schema": "table notes was added by another program"}),
    "foreign view": (["create view people as select 1"], {"schema": "view people was added by another program"}),
    "foreign index": (["create index quick on parties (note)"], {"schema": "index quick was added by another program"}),
    "foreign trigger": (
        ["create trigger t after insert on parties begin delete from parties; end"],
        {"schema": "trigger t was added by another program"},
    ),
    "column": (
        ["update parties set role = 'x' where id = 'putin'"],
        {"records": "parties/putin: parties.role differs"},
    ),
    "JSON value": (
        ["update parties set record = json_set(record, '$.role', 'x') where id = 'putin'"],
        {"records": "parties/putin: parties.role differs", "digests": "revision 1: "},
    ),
    "JSON value that is not allowed": (
        ["update parties set record = json_set(record, '$.kind', 'x') where id = 'putin'"],
        {"records": "parties/putin: its JSON at /kind: ", "digests": "revision 1: "},
    ),
    "JSON value that is derived": (
        ["update events set record = json_set(record, '$.date_latest', '2025-03-19') where id = 'trump-putin-call'"],
        {"records": "events/trump-putin-call: its JSON is not canonical: date_latest", "digests": "revision 1: "},
    ),
    "JSON without a key": (
        ["update parties set record = json_remove(record, '$.note') where id = 'putin'"],
        {"records": "parties/putin: its JSON is not canonical: note", "digests": "revision 1: "},
    ),
    "JSON with another id": (
        ["update parties set record = json_set(record, '$.id', 'trump') where id = 'putin'"],
        {"records": "parties/putin: its JSON has the id 'trump'", "digests": "revision 1: "},
    ),
    "JSON cut short": (
        ["update parties set record = substr(record, 1, 20) where id = 'putin'"],
        {"records": "parties/putin: its JSON cannot be parsed: ", "digests": "revision 1: "},
    ),
    "JSON that is no object": (
        ["update parties set record = '[]' where id = 'putin'"],
        {"records": "parties/putin: its JSON is not an object", "digests": "revision 1: "},
    ),
    "record without its addition": (
        ["update parties set record = original where id = 'zelenskyy'"],
        {"records": "parties/zelenskyy: parties.record differs"},
    ),
    "column without its addition": (
        ["update events set date = '2025-03-10/2025-03-16' where id = 'kyiv-signs-up-to-truce'"],
        {"records": "events/kyiv-signs-up-to-truce: events.date differs"},
    ),
    "own JSON removed": (
        ["update parties set original = null where id = 'zelenskyy'"],
        {"references": "additions/name at /aliases/0: 'zelenskyy' already has this name.", "digests": "revision 2: "},
    ),
    "own JSON without an addition": (
        ["update parties set original = record where id = 'putin'"],
        {"records": "parties/putin: parties.record, parties.original differs"},
    ),
    "row of an addition removed": (
        ["delete from parties_additions where addition = 'name'"],
        {"records": "parties/zelenskyy: a row is missing in parties_additions"},
    ),
    "addition removed": (
        [CASCADE, "delete from additions where id = 'name'"],
        {"records": "parties/zelenskyy: ", "changes": "additions/name does not exist", "digests": "revision 2: "},
    ),
    "list row removed": (
        ["delete from events_participants where id = 'trump-putin-call' and party = 'putin'"],
        {"records": "events/trump-putin-call: a row is missing in events_participants"},
    ),
    "list row added": (
        [
            "create temp table one as select * from events_participants limit 1",
            "update one set ordinal = 99",
            "insert into events_participants select * from one",
        ],
        {"records": ": an extra row in events_participants"},
    ),
    "list row without a record": (
        ["insert into negotiations_parties select 'none', 0, 'putin'"],
        {"references": "negotiations_parties.id of 1 rows is missing in negotiations"},
    ),
    "dangling reference": (
        ["update positions set party = 'nobody' where id = 'ukraine-accepts-thirty-day-truce'"],
        {
            "references": "positions/ukraine-accepts-thirty-day-truce refers to parties/nobody, which does not exist",
            "records": "positions/ukraine-accepts-thirty-day-truce: positions.party differs",
        },
    ),
    "party with the id of a source": (
        [f"update parties set id = '{SOURCE}' where id = 'nato'"],
        {
            "references": f"parties/{SOURCE} and sources/{SOURCE} have one id",
            "records": f"parties/{SOURCE}",
            "changes": "parties/nato",
            "digests": "revision 1: ",
        },
    ),
    "issues that are parts of each other": (
        ["update issues set part_of = 'general-ceasefire-terms' where id = 'general-ceasefire'"],
        {
            "references": "is part of itself: general-ceasefire",
            "records": "issues/general-ceasefire: issues.part_of differs",
        },
    ),
    "identifier of another party": (
        [
            "insert into parties_identifiers (id, ordinal, scheme, identifier)"
            " select 'hannity', 0, scheme, identifier from parties_identifiers where id = 'putin'"
        ],
        {
            "references": "parties/hannity and parties/putin are both Q7747 in wikidata: they are one, or one is wrong",
            "records": "parties/hannity: an extra row in parties_identifiers",
        },
    ),
    "proposals that are parts of each other": (
        [
            "insert into proposals_relations (id, ordinal, proposal, relation)"
            " select proposal, 99, id, relation from proposals_relations where relation = 'part_of' limit 1",
        ],
        {"references": "is part of itself: ", "records": ": an extra row in proposals_relations"},
    ),
    "paragraph out of range": (
        [f"update sources set paragraphs = 1 where id = '{SOURCE}'"],
        {
            "references": "cites a paragraph beyond the end of its source",
            "records": f"sources/{SOURCE}: sources.paragraphs differs",
        },
    ),
    "record in no bundle": (
        ["update questions set bundle = 'nothing' where id = (select min(id) from questions)"],
        {
            "references": " is in the bundle of sources/nothing, which does not exist",
            "records": "questions/",
        },
    ),
    "source in another bundle": (
        [f"update sources set bundle = 'invented-article' where id = '{SOURCE}'"],
        {"records": f"sources/{SOURCE} belongs to the bundle of another source"},
    ),
    "words missing in a full-text index": (
        [
            "insert into parties_fts (parties_fts, rowid, name)"
            " select 'delete', key, name from parties where id = 'putin'"
        ],
        {"search": "parties_fts does not hold the words of the parties"},
    ),
    "row missing in a full-text index": (
        ["delete from parties_fts_docsize where id = (select key from parties where id = 'putin')"],
        {"search": "parties_fts does not hold the words of the parties"},
    ),
    "version of a full-text index removed": (
        ["delete from statements_fts_config where k = 'version'"],
        {"search": "statements_fts_config does not hold the options of a new index"},
    ),
    "other version of a full-text index": (
        ["update statements_fts_config set v = 9 where k = 'version'"],
        {"search": "statements_fts_config does not hold the options of a new index"},
    ),
    "option of a full-text index added": (
        ["insert into statements_fts_config values ('rank', 'foo()')"],
        {"search": "statements_fts_config does not hold the options of a new index"},
    ),
    "full-text index dropped": (
        ["drop table parties_fts"],
        {"schema": "table parties_fts is missing", "search": "cannot be read: no such table: main.parties_fts_config"},
    ),
    "trigger dropped": (["drop trigger parties_au"], {"schema": "trigger parties_au is missing"}),
    "removal": (
        ["update changes set removal = null where removal = 'dropped'"],
        {
            "changes": "revision 3 deletes positions/ukraine-rejects-invented-pause, but does not say whether it was",
            "digests": "revision 3: ",
        },
    ),
    "successor": (
        ["update changes set removal = 'renamed', successor = 'nothing' where removal = 'dropped'"],
        {
            "changes": "the successor 'nothing' of positions/ukraine-rejects-invented-pause never existed",
            "digests": "revision 3: ",
        },
    ),
    "author": (
        ["update revisions set author = 'Somebody else' where revision = 2"],
        {"digests": "revision 2: the checksum is not that of its time"},
    ),
    "digest": (["update revisions set digest = 'x' where revision = 3"], {"digests": "revision 3: "}),
    "change removed": (
        ["delete from changes where revision = 1 and ordinal = 5"],
        {"changes": "the changes of revision 1 are not numbered from 0 without gaps", "digests": "revision 1: "},
    ),
    "earlier version removed": (
        ["update changes set record = null where type = 'proposals' and id = 'invented-pause'"],
        {"changes": "the JSON of proposals/invented-pause in revision 2 is missing", "digests": "revision 2: "},
    ),
    "mark of a purge": (
        ["update changes set record = null, purged = 3 where type = 'proposals' and id = 'invented-pause'"],
        {"changes": "the JSON of proposals/invented-pause in revision 2 is marked as purged by revision 3, but no"},
    ),
    "action": (
        ["update changes set action = 'update' where type = 'parties' and id = 'putin'"],
        {"changes": "revision 1 updates parties/putin, which did not exist before", "digests": "revision 1: "},
    ),
    "revision removed": (
        ["delete from revisions where revision = 2"],
        {
            "references": "changes.revision of 10 rows is missing in revisions",
            "changes": "revision 3 follows revision 1",
            "digests": "revision 3: ",
        },
    ),
    "invalid time": (
        ["update revisions set recorded_at = 'noon' where revision = 2"],
        {
            "changes": "revision 2 was recorded at 'noon', which is not a time in UTC",
            "digests": "revision 2: the checksum is not that of its time",
        },
    ),
    "time before the previous one": (
        ["update revisions set recorded_at = '2025-03-18T00:00:00+00:00' where revision = 2"],
        {
            "changes": "revision 2 was not recorded after the previous one",
            "digests": "revision 2: the checksum is not that of its time",
        },
    ),
    "all times moved back by a year": (
        ["update revisions set recorded_at = (substr(recorded_at, 1, 4) - 1) || substr(recorded_at, 5)"],
        {"digests": "revision 1: the checksum is not that of its time"},
    ),
    "statistics of other data": (
        ["analyze", "update sqlite_stat1 set stat = '1000000 1' where idx like 'parties%'"],
        {"statistics": "sqlite_stat1 does not describe the data"},
    ),
    "count by month": (
        ["update month_counts set records = 9 where party = 'putin' and month = '2025-03'"],
        {"counts": "month_counts does not hold the number of events_participants of putin in 2025-03"},
    ),
    "revision of a record": (
        ["update parties set revision = 2 where id = 'putin'"],
        {"changes": "parties/putin has revision 2, but was last created in revision 1"},
    ),
    "record removed": (
        [CASCADE, "delete from statements where id = 'invented-refusal'"],
        {
            "changes": "statements/invented-refusal does not exist, but was last created in revision 2",
            "digests": "revision 2: ",
            "timeline": "statements/invented-refusal: an extra row in timeline",
        },
    ),
    "timeline entry changed": (
        ["update timeline set parties = json_array('x') where id = 'events/trump-putin-call'"],
        {"timeline": "events/trump-putin-call: timeline.parties differs"},
    ),
    "revision of a timeline entry": (
        ["update timeline set revision = 2 where id = 'events/trump-putin-call'"],
        {"timeline": "events/trump-putin-call: timeline.revision is not that of the record"},
    ),
    "timeline entry removed": (
        [CASCADE, "delete from timeline where id = 'events/trump-putin-call'"],
        {"timeline": "events/trump-putin-call: a row is missing in timeline"},
    ),
    "timeline entry without a record": (
        [
            "create temp table one as select * from timeline where id = 'events/trump-putin-call'",
            "update one set key = (select max(key) + 1 from timeline), id = 'events/none'",
            "insert into timeline select * from one",
        ],
        {"timeline": "events/none: an extra row in timeline"},
    ),
}
"""Statements that damage a file, and the checks that find it with their texts."""


QUICK = {
    "table dropped",
    "index on other columns",
    "foreign trigger",
    "JSON value that is not allowed",
    "JSON cut short",
    "column without its addition",
    "list row removed",
    "list row without a record",
    "dangling reference",
    "proposals that are parts of each other",
    "words missing in a full-text index",
    "version of a full-text index removed",
    "earlier version removed",
    "author",
    "count by month",
    "revision removed",
    "statistics of other data",
    "timeline entry changed",
}
"""At least one for each check and each way to fail it; the others are slow together."""


@pytest.mark.parametrize(
    ("statements", "details"),
    [pytest.param(*DAMAGES[id], id=id, marks=[] if id in QUICK else pytest.mark.slow) for id in DAMAGES],
)
def test_damage_is_found(file: Path, statements: list[str], details: dict[str, str]) -> None:
    change(file, *statements)
    results = check(file)
    assert {name: results[name].detail for name in failures(results)}.keys() == details.keys(), results
    for name, text in details.items():
        assert text in results[name].detail
    assert not all(result.passed for result in results.values())


def test_damage_exits_with_status_1(file: Path) -> None:
    change(file, "update parties set role = 'x' where id = 'putin'")
    assert run_command(file).exit_code == 1


def clear_page(path: Path) -> None:
    """Overwrite the root page of an index of the change log with zeros."""
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("select rootpage from sqlite_master where name = 'changes_of_one'")
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


def test_damaged_page_does_not_stop_other_checks(file: Path) -> None:
    clear_page(file)
    results = check(file)
    assert failures(results) == {"file", "changes"}
    assert results["file"].state == "error"
    assert results["changes"] == ("changes", "not checked", "cannot be read: database disk image is malformed")


@pytest.mark.parametrize("seed_number", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, 10))])
def test_overwritten_data_is_found(file: Path, seed_number: int) -> None:
    random = Random(seed_number)  # noqa: S311 - not for cryptography
    before = dump(file)
    data = bytearray(file.read_bytes())
    position = random.randrange(len(data) - 200)
    data[position : position + 200] = random.randbytes(200)
    file.write_bytes(data)
    assert failures(check(file)) or dump(file) == before
    assert isinstance(run_command(file).exception, SystemExit | None)


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        return list(connection.iterdump())


def test_missing_last_byte_is_found(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)
    assert "the file ends within a page" in check(file)["file"].detail


@pytest.mark.parametrize(
    ("spoil", "name", "text"),
    [
        pytest.param(lambda path: path.unlink(), "file", "cannot be opened: No such file or directory", id="missing"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "file", "is not a regular file", id="folder"),
        pytest.param(replace_with_fifo, "file", "is not a regular file", id="fifo"),
        pytest.param(lambda path: path.write_bytes(b""), "format", "rebuild it: python -m seed load", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"text " * 999), "file", "file is not a database", id="text"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:5000]), "file", "disk image is malformed", id="cut short"
        ),
        pytest.param(spoil_schema, "format", "malformed database schema", id="schema"),
        pytest.param(
            lambda path: change(path, "pragma application_id = 1"), "format", "not a Readout database", id="foreign"
        ),
        pytest.param(
            lambda path: change(path, f"pragma user_version = {SCHEMA_VERSION + 1}"),
            "format",
            "Delete it and rebuild it: python -m seed load",
            id="other version",
        ),
    ],
)
def test_unusable_file_is_reported_in_one_line(
    file: Path, spoil: Callable[[Path], object], name: str, text: str
) -> None:
    spoil(file)
    results = check(file)
    assert results.pop(name).state == "error"
    assert {result.state for key, result in results.items() if key != "wal"} == {"not checked"}
    result = run_command(file)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert [line for line in result.stdout.splitlines() if text in line]


def test_path_that_is_too_long_is_reported(tmp_path: Path) -> None:
    assert "cannot be read: File name too long" in run_command(tmp_path / ("x" * 300)).stdout


def test_statistics_of_analyze_are_accepted(file: Path) -> None:
    change(file, "analyze")
    assert failures(check(file)) == set()


def test_network_file_system_is_recognised(file: Path, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    device = f"{os.major(file.stat().st_dev)}:{os.minor(file.stat().st_dev)}"
    for file_system, expected in (("nfs4", "nfs4"), ("ext4", "")):
        mounts.write_text(f"36 35 {device} / /data rw,noatime shared:1 - {file_system} server:/data rw\n")
        assert network_file_system(file, mounts) == expected
    assert network_file_system(file, tmp_path / "missing") == ""


def test_time_in_the_future_is_a_warning(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
            return cls.fromtimestamp(time.time() + 24 * 60 * 60, tz)

    monkeypatch.setattr(writer, "datetime", Tomorrow)
    bundle = tmp_path / SECOND.name
    bundle.write_text(SECOND.read_text().replace("All sides", "Each side"))
    load([bundle], file)
    result = run_command(file)
    assert result.exit_code == 0
    assert "warning      revision 4 was recorded in the future" in result.stdout


def test_many_errors_are_counted(file: Path) -> None:
    change(file, "update statements set note = 'x'")
    ((count,),) = rows(file, "select count(*) from statements")
    assert check(file)["records"].detail.endswith(f"; and {count - MAX_LISTED} more")


def rows(path: Path, statement: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.slow
def test_file_in_use_is_checked_as_committed(own: Path) -> None:
    with closing(sqlite3.connect(own)) as reader, closing(sqlite3.connect(own)) as writer:
        reader.execute("begin")
        reader.execute("select count(*) from changes").fetchone()
        load([SECOND], own)
        writer.execute("begin immediate")
        writer.execute("update parties set role = 'half done'")
        wal = own.with_name("own.db-wal")
        before = own.read_bytes(), wal.read_bytes()
        results = {result.check: result for result in run_checks(own)}
        assert (own.read_bytes(), wal.read_bytes()) == before
        writer.commit()
    assert failures(results) == set()
    assert "up to revision 2, " in results["changes"].detail
    assert results["wal"].detail.endswith("B, included in the checks; the next load checkpoints it")


def test_file_loaded_meanwhile_is_checked_again(own: Path) -> None:
    amounts = []

    @contextmanager
    def show_progress(amount: int) -> Iterator[Progress]:
        amounts.append(amount)
        load([SECOND], own)
        yield Progress(lambda _: None, lambda _: None)

    results = {result.check: result for result in run_checks(own, show_progress)}
    assert len(amounts) == 2
    assert failures(results) == set()
    assert "up to revision 2, " in results["changes"].detail


def test_file_with_a_journal_is_left_alone(file: Path) -> None:
    file.with_name("own.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    results = check(file)
    assert "is being built, or its build was interrupted" in results["file"].detail
    assert results["wal"].state == "warning"
    assert results["records"].state == "not checked"


def test_progress_reaches_the_end(file: Path) -> None:
    amounts: list[int] = []
    read: list[int] = []

    @contextmanager
    def show_progress(amount: int) -> Iterator[Progress]:
        amounts.append(amount)
        yield Progress(read.append, lambda _: None)

    run_checks(file, show_progress)
    assert amounts == [sum(read)]


def test_many_records_are_validated_in_parallel(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PARALLEL_THRESHOLD", 0)
    change(file, "update parties set role = 'x' where id = 'putin'")
    assert failures(check(file)) == {"records"}


def test_full_temporary_folder_is_reported(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").touch()  # a folder in which none can be created
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "full" / "folder"))
    change(file, "analyze")
    results = check(file)
    for name in ("statistics", "records"):
        assert results[name].state == "not checked"
    assert "TMPDIR" in results["records"].detail


def test_missing_temporary_folder_is_reported(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._candidate_tempdir_list", list)
    change(file, "analyze")
    results = check(file)
    for name in ("statistics", "records"):
        assert results[name].state == "not checked"
        assert results[name].detail.startswith("No folder for temporary files is writable. Set TMPDIR")


KILLED = """
import os, pathlib, signal, sys
import seed.doctor
seed.doctor.check_records = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
seed.doctor.run_checks(pathlib.Path(sys.argv[1]))
"""


def test_copy_of_a_killed_doctor_is_removed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    command = [sys.executable, "-c", KILLED, str(file)]
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)}, check=False, timeout=60)
    assert (result.returncode, len(list(folder.iterdir()))) == (-signal.SIGTERM, 1)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert failures(check(file)) == set()
    assert list(folder.iterdir()) == []
