"""What the doctor finds: nothing in a sound file, and of each damage what it is, and no more."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from schemas import RECORDS
from seed.__main__ import seed
from seed.bundles import load
from seed.doctor import NAMES, run_checks
from seed.doctor import record_checks as held
from seed.doctor.results import MAX_SHOWN, CheckResult
from seed.loader import Progress
from seed.storage.file_format import SCHEMA_VERSION
from seed.storage.indexes import indexes
from tests.seed.test_loader import SECOND

INDEX = next(indexes(RECORDS["parties"])).name
SOURCE = "trump-putin-call-article"


@pytest.fixture(scope="module")
def grown(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of three revisions, in which records were created, written over and deleted."""
    folder = tmp_path_factory.mktemp("grown")
    path = Path(shutil.copy(database, folder / "grown.db"))
    load([SECOND], path)
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
def file(grown: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(grown, tmp_path / "own.db"))


def examined(path: Path) -> dict[str, CheckResult]:
    """What the doctor finds in a file, which stays as it is, and alone if it was."""
    before = {one: one.read_bytes() for one in path.parent.iterdir() if one.is_file()}
    findings = run_checks(path)
    assert {one: one.read_bytes() for one in path.parent.iterdir() if one.is_file()} == before
    assert tuple(finding.examination for finding in findings) == NAMES
    return {finding.examination: finding for finding in findings}


def wrong(findings: dict[str, CheckResult]) -> set[str]:
    return {name for name, finding in findings.items() if finding.state != "ok"}


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def asked(path: Path) -> Result:
    return CliRunner().invoke(seed, ["doctor"], env={"READOUT_DATABASE": str(path)})


def test_a_file_just_built_is_sound(database: Path) -> None:
    assert wrong(examined(database)) == set()
    answer = asked(database)
    assert answer.exit_code == 0
    assert [line.split()[:2] for line in answer.stdout.splitlines()] == [[name, "ok"] for name in NAMES]


def test_a_file_is_still_sound_after_updates_and_deletes(file: Path) -> None:
    findings = examined(file)
    assert wrong(findings) == set()
    assert findings["digests"].detail.startswith("3, ")


CASCADE = "pragma foreign_keys = on"
DAMAGES: dict[str, tuple[list[str], dict[str, str]]] = {
    "a table dropped": (
        ["drop table timeline_citations"],
        {
            "tables": "timeline_citations is missing",
            "indexes": "timeline_citations_by_source_starts is missing",
            "timeline": "cannot be read: no such table",
        },
    ),
    "a column of another type": (
        [
            "pragma writable_schema = on",
            "update sqlite_master set sql = replace(sql, '\"role\" text', '\"role\" any') where name = 'parties'",
        ],
        {"tables": "parties.role is not as declared"},
    ),
    "an index dropped": ([f'drop index "{INDEX}"'], {"indexes": f"{INDEX} is missing"}),
    "an index on other columns": (
        [f'drop index "{INDEX}"', f'create index "{INDEX}" on parties (note, id)'],
        {"indexes": f"{INDEX} is on parties (note, id) and not on parties ("},
    ),
    "a column": (
        ["update parties set role = 'x' where id = 'putin'"],
        {"records": "parties/putin: differs from its JSON in the column role"},
    ),
    "a column that the timeline shows": (
        ["update events set title = 'x' where id = 'trump-putin-call'"],
        {
            "records": "events/trump-putin-call: differs from its JSON in the column title",
            "timeline": "events/trump-putin-call is not what is made of the record",
        },
    ),
    "a value in the JSON": (
        ["update parties set record = json_set(record, '$.role', 'x') where id = 'putin'"],
        {"records": "parties/putin: differs from its JSON in the column role", "digests": "revision 1 "},
    ),
    "a value in the JSON that is not allowed": (
        ["update parties set record = json_set(record, '$.kind', 'x') where id = 'putin'"],
        {"records": "parties/putin: its JSON at /kind: ", "digests": "revision 1 "},
    ),
    "a day in the JSON that is not derived from its date": (
        ["update events set record = json_set(record, '$.date_latest', '2025-03-19') where id = 'trump-putin-call'"],
        {
            "records": "events/trump-putin-call: its JSON is not what is made of it in date_latest",
            "digests": "revision 1 ",
        },
    ),
    "a key missing in the JSON": (
        ["update parties set record = json_remove(record, '$.note') where id = 'putin'"],
        {"records": "parties/putin: its JSON is not what is made of it in note", "digests": "revision 1 "},
    ),
    "JSON cut short": (
        ["update parties set record = substr(record, 1, 20) where id = 'putin'"],
        {"records": "parties/putin: its JSON cannot be read", "digests": "revision 1 "},
    ),
    "JSON that is no object": (
        ["update parties set record = '[]' where id = 'putin'"],
        {"records": "parties/putin: its JSON cannot be read: not an object", "digests": "revision 1 "},
    ),
    "a row of a list removed": (
        ["delete from events_participants where id = 'trump-putin-call' and party = 'putin'"],
        {
            "records": "events/trump-putin-call: differs from its JSON in the list participants",
            "timeline": "events/trump-putin-call is not what is made of the record",
        },
    ),
    "a row of a list of no record": (
        ["insert into negotiations_parties select 'none', 0, 'putin'"],
        {"references": "negotiations_parties.id of 1 rows is not among the negotiations"},
    ),
    "a reference to nothing": (
        ["update positions set party = 'nobody' where id = 'ukraine-accepts-thirty-day-truce'"],
        {
            "references": "positions/ukraine-accepts-thirty-day-truce refers to parties/nobody, which is not there",
            "records": "positions/ukraine-accepts-thirty-day-truce: differs from its JSON in the column party",
            "timeline": "positions/ukraine-accepts-thirty-day-truce is not what is made of the record",
        },
    ),
    "a paragraph beyond the end": (
        [f"update sources set paragraphs = 1 where id = '{SOURCE}'"],
        {
            "references": "cites a paragraph that its source does not have",
            "records": f"sources/{SOURCE}: differs from its JSON in the column paragraphs",
        },
    ),
    "a source of another bundle": (
        [f"update sources set bundle = 'invented-article' where id = '{SOURCE}'"],
        {"records": f"sources/{SOURCE} belongs to another bundle than its own"},
    ),
    "words missing in a search index": (
        [
            "insert into parties_fts (parties_fts, rowid, name)"
            " select 'delete', key, name from parties where id = 'putin'"
        ],
        {"search": "parties_fts does not hold the words of the parties"},
    ),
    "a row missing in a search index": (
        ["delete from parties_fts_docsize where id = (select key from parties where id = 'putin')"],
        {"search": "parties_fts does not hold the words of the parties"},
    ),
    "a search index dropped": (["drop table parties_fts"], {"search": "parties_fts is missing"}),
    "a trigger dropped": (["drop trigger parties_au"], {"search": "parties_au is missing"}),
    "a digest": (["update revisions set digest = 'x' where revision = 3"], {"digests": "revision 3 "}),
    "a change removed": (
        ["delete from changes where revision = 1 and ordinal = 5"],
        {"changes": "the changes of revision 1 are not numbered from 0 without a gap", "digests": "revision 1 "},
    ),
    "what was written over": (
        ["update changes set record = null where type = 'proposals' and id = 'invented-pause'"],
        {"changes": "what proposals/invented-pause held after revision 2 is lost", "digests": "revision 2 "},
    ),
    "an action": (
        ["update changes set action = 'update' where type = 'parties' and id = 'putin'"],
        {"changes": "revision 1 updates parties/putin, which was not there before", "digests": "revision 1 "},
    ),
    "a revision removed": (
        ["delete from revisions where revision = 2"],
        {
            "references": "changes.revision of 5 rows is not among the revisions",
            "changes": "revision 3 follows revision 1",
            "digests": "revision 3 ",
        },
    ),
    "a time that is none": (
        ["update revisions set recorded_at = 'noon' where revision = 2"],
        {"changes": "revision 2 was recorded at 'noon', which is no time in UTC"},
    ),
    "the revision of a record": (
        ["update parties set revision = 2 where id = 'putin'"],
        {"changes": "parties/putin says revision 2, and was last created in revision 1"},
    ),
    "a record removed": (
        [CASCADE, "delete from statements where id = 'invented-refusal'"],
        {
            "changes": "statements/invented-refusal is not there, and was last created in revision 2",
            "digests": "revision 2 ",
            "timeline": "statements/invented-refusal is made of no record",
        },
    ),
    "an entry of the timeline removed": (
        [CASCADE, "delete from timeline where id = 'events/trump-putin-call'"],
        {"timeline": "events/trump-putin-call is not what is made of the record"},
    ),
    "an entry of the timeline that is made of nothing": (
        [
            "create temp table one as select * from timeline where id = 'events/trump-putin-call'",
            "insert into timeline (id, type, title, voice, bundle, revision, record)"
            " select 'events/none', type, title, voice, bundle, revision, record from one",
        ],
        {"timeline": "events/none is made of no record"},
    ),
}
"""What is done to a file, and which examinations find it in which words."""


@pytest.mark.parametrize(("statements", "lines"), DAMAGES.values(), ids=DAMAGES)
def test_a_damage_is_found_and_named(file: Path, statements: list[str], lines: dict[str, str]) -> None:
    change(file, *statements)
    findings = examined(file)
    assert {name: findings[name].detail for name in wrong(findings)}.keys() == lines.keys(), findings
    for name, words in lines.items():
        assert words in findings[name].detail
    assert asked(file).exit_code == 1


def zeroed(path: Path) -> None:
    """The file with one page overwritten: the first of the index that the history is read by."""
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("select rootpage from sqlite_master where name = 'changes_of_one'")
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


def test_a_page_of_zeros_is_found_and_the_rest_is_examined(file: Path) -> None:
    zeroed(file)
    findings = examined(file)
    assert wrong(findings) == {"file", "changes"}
    assert findings["file"].state == "fault"
    assert findings["changes"] == ("changes", "not examined", "cannot be read: database disk image is malformed")


@pytest.mark.parametrize("number", range(10))
def test_whatever_is_overwritten_is_found_if_it_is_of_the_data(file: Path, number: int) -> None:
    random = Random(number)  # noqa: S311 - to break something, not to keep a secret
    before = dumped(file)
    data = bytearray(file.read_bytes())
    place = random.randrange(len(data) - 200)
    data[place : place + 200] = random.randbytes(200)
    file.write_bytes(data)
    assert wrong(examined(file)) or dumped(file) == before
    assert isinstance(asked(file).exception, SystemExit | None)


def dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        return list(connection.iterdump())


def test_a_file_that_lacks_its_last_byte_is_found(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)
    assert "ends within a page" in examined(file)["file"].detail


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda path: path.unlink(), "cannot be opened: No such file or directory", id="missing"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "is not a file", id="a folder"),
        pytest.param(
            lambda path: path.write_bytes(b""), "holds nothing; build it with: python -m seed load", id="empty"
        ),
        pytest.param(lambda path: path.write_bytes(b"something else " * 999), "file is not a database", id="text"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:5000]), "disk image is malformed", id="cut short"
        ),
        pytest.param(lambda path: change(path, "pragma application_id = 1"), "not one of Readout's", id="foreign"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(file: Path, spoil: Callable[[Path], object], words: str) -> None:
    spoil(file)
    findings = examined(file)
    assert findings["file"].state == "fault"
    assert words in findings["file"].detail
    assert {finding.state for name, finding in findings.items() if name not in ("file", "log")} == {"not examined"}
    answer = asked(file)
    assert answer.exit_code == 1
    assert isinstance(answer.exception, SystemExit)


def test_a_path_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    assert "cannot be opened: File name too long" in asked(tmp_path / ("x" * 300)).stdout


def test_a_file_of_another_version_is_told_how_to_be_built_anew(file: Path) -> None:
    change(file, f"pragma user_version = {SCHEMA_VERSION + 1}")
    findings = examined(file)
    assert (findings["file"].state, findings["version"].state) == ("ok", "fault")
    assert "python -m seed load" in findings["version"].detail
    assert {finding.state for finding in findings.values()} == {"ok", "fault", "not examined"}


def test_a_time_that_is_still_to_come_is_a_warning(file: Path) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    change(file, f"update revisions set recorded_at = '{tomorrow}' where revision = 2")
    answer = asked(file)
    assert answer.exit_code == 0
    assert (
        "warning       revision 2 was recorded in the future; revision 3 was recorded before the last" in answer.stdout
    )


def test_of_many_faults_the_first_are_told_and_the_others_counted(file: Path) -> None:
    change(file, "update statements set note = 'x'")
    ((count,),) = rows(file, "select count(*) from statements")
    assert examined(file)["records"].detail.endswith(f"; and {count - MAX_SHOWN} more")


def rows(path: Path, statement: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_a_file_that_is_read_and_written_meanwhile_is_examined_as_it_stands(own: Path) -> None:
    with closing(sqlite3.connect(own)) as reader, closing(sqlite3.connect(own)) as writer:
        reader.execute("begin")
        reader.execute("select count(*) from changes").fetchone()
        load([SECOND], own)
        writer.execute("begin immediate")
        writer.execute("update parties set role = 'half done'")
        beside = own.with_name("own.db-wal")
        before = own.read_bytes(), beside.read_bytes()
        findings = {finding.examination: finding for finding in run_checks(own)}
        assert (own.read_bytes(), beside.read_bytes()) == before
        writer.commit()
    assert wrong(findings) == set()
    assert "up to revision 2, " in findings["changes"].detail
    assert findings["log"].detail.endswith("B, read with the file; a load moves it there")


def test_a_file_that_is_loaded_while_it_is_examined_is_examined_anew(own: Path) -> None:
    amounts = []

    @contextmanager
    def shown(amount: int) -> Iterator[Progress]:
        amounts.append(amount)
        load([SECOND], own)
        yield Progress(lambda _: None, lambda _: None)

    findings = {finding.examination: finding for finding in run_checks(own, shown)}
    assert len(amounts) == 2
    assert wrong(findings) == set()
    assert "up to revision 2, " in findings["changes"].detail


def test_a_file_that_is_being_built_is_left_alone(file: Path) -> None:
    file.with_name("own.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    findings = examined(file)
    assert "is being built, or whoever built it was stopped" in findings["file"].detail
    assert findings["log"].state == "warning"
    assert findings["records"].state == "not examined"


def test_the_bar_ends_where_the_work_does(file: Path) -> None:
    amounts: list[int] = []
    read: list[int] = []

    @contextmanager
    def shown(amount: int) -> Iterator[Progress]:
        amounts.append(amount)
        yield Progress(read.append, lambda _: None)

    run_checks(file, shown)
    assert amounts == [sum(read)]


def test_many_records_are_spread_over_processes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "ALONE", 0)
    change(file, "update parties set role = 'x' where id = 'putin'")
    assert wrong(examined(file)) == {"records"}
