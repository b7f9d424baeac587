"""The command line: what each command prints, and errors in one line each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import readout
from schemas import RECORDS
from schemas.version import VERSION
from seed.bundles import load
from seed.cli import cli
from seed.doctor import NAMES
from tests.support import ROOT
from tests.support.bundle_files import (
    ARTICLE,
    SECOND,
    edit_record,
    read_document,
    select,
    stream_lines,
    write_stream,
)
from tests.support.small_bundles import bundle as small_bundle


def run(*arguments: object, database: Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), env={"READOUT_DATABASE": str(database)})


@pytest.fixture
def none(tmp_path: Path) -> Path:
    """Return the path of a database that does not exist."""
    return tmp_path / "none.db"


def edit_second(folder: Path, *replacements: tuple[str, str]) -> Path:
    text = SECOND.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = folder / "second.yaml"
    path.write_text(text)
    return path


def test_every_error_is_reported_with_its_line(own: Path, tmp_path: Path) -> None:
    bundle = edit_second(
        tmp_path,
        ("stance: rejects", "stance: reject"),
        ("party: putin", "party: puttin"),
        ("duration: P3D", "duration: three days"),
        ("title: Putin speaks again", "titel: Putin speaks again"),
        ("paragraph: 2", "paragraph: 3"),
    )
    result = run("check", bundle, database=own)
    assert result.exit_code == 1
    lines = bundle.read_text().splitlines()
    errors = [line.removeprefix("Error: ").removeprefix(f"{bundle}:") for line in result.stderr.splitlines()]
    by_line = {lines[int(number) - 1].strip(): error for number, error in (error.split(": ", 1) for error in errors)}
    assert "Did you mean 'rejects'? Allowed: " in by_line["stance: reject"]
    assert by_line["stance: reject"].startswith("/positions/0/stance: ")
    assert "There is no party 'puttin'" in by_line["participants: [{party: puttin, role: speaker}]"]
    assert "ISO 8601 duration" in by_line["duration: three days"]
    assert "Did you mean 'title'?" in by_line["titel: Putin speaks again"]
    assert "/title: Missing data" in by_line["- id: invented-statement"]
    assert "has only 2 paragraphs" in by_line["citations: [{source: invented-article, paragraph: 3}]"]


@pytest.mark.parametrize("command", ["check", "load"])
def test_reference_to_a_bundle_that_is_not_loaded_names_its_file(own: Path, tmp_path: Path, command: str) -> None:
    """Also if that bundle is a draft; a reference to no bundle at all is reported as before."""
    second, third = tmp_path / "second.yaml", tmp_path / "third.yaml"
    second.write_text(f"draft: true\n{SECOND.read_text()}")
    statement = {
        "id": "reply",
        "proposals": ["invented-pause"],
        "speakers": ["nobody-known"],
        "issues": ["energy-strikes"],
    }
    third.write_text(json.dumps(small_bundle("third", statements=[statement | {"negotiations": ["war-in-ukraine"]}])))
    result = run(command, third, database=own)
    assert result.exit_code == 1
    there = f"The proposal 'invented-pause' is in {second}, which is not loaded. Name both files in one command"
    assert f"/statements/0/proposals/0: {there}" in result.stderr
    assert f"python -m seed load {second}" in result.stderr
    assert "There is no party 'nobody-known'" in result.stderr
    assert "invented-pause" not in run(command, third, second, database=own).stderr


def test_load_keeps_author_and_reason(own: Path) -> None:
    result = run("load", SECOND, "--author", "A. Editor", "--reason", "A second report.", database=own)
    assert result.exit_code == 0, result.output
    assert select(own, "select author, reason from revisions") == [(None, None), ("A. Editor", "A second report.")]


def test_load_names_bundles_that_no_file_gives(own: Path) -> None:
    load([SECOND], own)
    result = run("load", database=own)
    assert result.exit_code == 0, result.output
    assert "No file gives these bundles, whose records stay: invented-article." in result.stderr
    assert "python -m seed withdraw sources/invented-article --author" in result.stderr
    run("withdraw", "sources/invented-article", "--author", "A. Editor", "--reason", "Retracted.", database=own)
    assert "No file gives" not in run("load", database=own).stderr
    assert "No file gives" not in run("load", ARTICLE, database=own).stderr


def test_load_says_how_many_bundles_no_file_gives(own: Path, tmp_path: Path) -> None:
    stream = [line for number in range(25) for line in stream_lines(small_bundle(f"text-{number:02}"))]
    load([write_stream(tmp_path / "many.ndjson", stream)], own)
    assert "text-18, text-19 and 5 more. To withdraw one:" in run("load", database=own).stderr
    assert len(json.loads(run("load", "--json", database=own).stdout)["not_loaded"]) == 25


@pytest.mark.parametrize("record", ["proposal/x", "x", "proposals/", "proposals/X y"])
def test_a_record_is_named_by_type_and_id(own: Path, record: str) -> None:
    result = run("withdraw", record, "--author", "A. Editor", "--reason", "Wrong.", database=own)
    assert result.exit_code == 2
    assert "Write type and id, as in parties/" in result.stderr


def test_withdrawal_needs_author_and_reason(own: Path) -> None:
    assert "Missing option '--author'" in run("withdraw", "parties/putin", "--reason", "Why.", database=own).stderr
    assert "Missing option '--reason'" in run("withdraw", "parties/putin", "--author", "Me", database=own).stderr


def test_changes_of_records_say_which_bundles_to_change(own: Path) -> None:
    load([SECOND], own)
    options = ("--author", "A. Editor", "--reason", "Clearer.")
    result = run("rename", "proposals/invented-pause", "three-days", *options, database=own)
    assert result.stdout == f"{own}: revision 3, 1 created, 2 updated, 1 deleted\n"
    assert "Change these bundles in their files, too, or load refuses them: invented-article." in result.stderr
    result = run("merge", "proposals/three-days", "three-days", *options, database=own)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: proposals/three-days is the same record. Name another one.\n",
    )


def test_records_of_no_database_cannot_be_changed(none: Path) -> None:
    result = run("withdraw", "parties/putin", "--author", "A. Editor", "--reason", "Wrong.", database=none)
    assert result.exit_code == 1
    assert "does not exist or is empty" in result.stderr
    assert not none.exists()


def test_author_of_two_lines_is_rejected(own: Path) -> None:
    result = run("load", SECOND, "--author", "A.\nEditor", database=own)
    assert result.exit_code == 2
    assert "Must be one line of text" in result.stderr
    assert select(own, "select max(revision) from revisions") == [(1,)]


@pytest.mark.parametrize("value", ["\udcff", "White House", "null"])
@pytest.mark.parametrize(
    "command",
    [
        ("rename", "parties/putin", "{}", "--author", "A", "--reason", "B"),
        ("merge", "parties/putin", "{}", "--author", "A", "--reason", "B"),
        ("draft", "text", "--id", "{}"),
        ("draft", "text", "--issued-by", "{}"),
        ("draft", "text", "--negotiation", "{}"),
    ],
    ids=lambda command: f"{command[0]} {command[-2]}",
)
def test_argument_that_is_no_id_is_rejected(own: Path, command: tuple[str, ...], value: str) -> None:
    """An argument that is not UTF-8 has surrogates, which nothing can write."""
    result = run(*(word.format(value) for word in command), database=own)
    assert (result.exit_code, result.stdout) == (2, "")


def test_address_that_is_no_text_is_rejected(own: Path) -> None:
    assert run("draft", "text", "--url", "https://example.org/\udcff", database=own).exit_code == 2


def test_check_counts_the_records(own: Path, tmp_path: Path) -> None:
    stream = write_stream(tmp_path / "second.ndjson", stream_lines(read_document(SECOND)))
    before = own.read_bytes()
    for path in (SECOND, stream):
        result = run("check", path, database=own)
        assert result.stdout == f"{path}: valid, 1 source, 1 event, 1 proposal, 1 position, 1 statement\n"
    assert own.read_bytes() == before


def test_check_as_json_has_every_part_of_an_error(own: Path, tmp_path: Path) -> None:
    bundle = edit_second(tmp_path, ("stance: rejects", "stance: reject"), ("party: putin, role", "party: puttin, role"))
    result = run("check", "--json", bundle, database=own)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    stance = next(error for error in report["errors"] if error["pointer"] == "/positions/0/stance")
    assert bundle.read_text().splitlines()[stance["line"] - 1].strip() == "stance: reject"
    assert stance["file"] == str(bundle)
    assert stance["message"] == "'reject' is not a term of the vocabulary 'stances'."
    assert "accepts" in stance["allowed"]
    assert stance["did_you_mean"] == "rejects"
    assert (report["valid"], report["truncated"], len(report["errors"])) == (False, False, 2)


def test_check_as_json_of_a_valid_bundle_counts_records(own: Path) -> None:
    result = run("check", "--json", SECOND, database=own)
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["records"]["positions"] == 1
    assert (report["valid"], report["errors"], report["truncated"]) == (True, [], False)


def test_check_as_json_of_a_missing_file_has_no_line(own: Path, tmp_path: Path) -> None:
    result = run("check", "--json", tmp_path / "none.yaml", database=own)
    (error,) = json.loads(result.stdout)["errors"]
    assert (error["line"], error["message"]) == (None, "Cannot be read: No such file or directory.")


def test_check_without_a_database_uses_the_bundles_next_to_it(none: Path, tmp_path: Path) -> None:
    bundle = edit_second(tmp_path)
    (tmp_path / "article.yaml").write_bytes(ARTICLE.read_bytes())
    (tmp_path / "broken.yaml").write_text("[")
    result = run("check", bundle, database=none)
    assert result.exit_code == 0
    assert "No database" in result.stderr
    assert "article.yaml" in result.stderr
    assert not none.exists()


def test_check_without_a_database_or_neighbours_says_so_once(none: Path, tmp_path: Path) -> None:
    """A misspelled reference within the bundle is still an error of its own."""
    result = run("check", edit_second(tmp_path), database=none)
    assert result.exit_code == 1
    assert "references lead to records of other bundles" in result.stderr
    assert result.stderr.count("There is no party") == 1
    result = run(
        "check", edit_second(tmp_path, ("proposal: invented-pause", "proposal: invented-pauze")), database=none
    )
    assert "Did you mean 'invented-pause'?" in result.stderr


def test_bundle_next_to_a_checked_one_decides_what_a_principal_may_be(none: Path, tmp_path: Path) -> None:
    envoy = {"id": "envoy", "name": "Envoy", "principal": "president", "principal_basis": "stated"}
    state = {"id": "state", "name": "State"}
    president = {"id": "president", "name": "President", "principal": "state", "principal_basis": "stated"}
    (tmp_path / "envoy.yaml").write_text(json.dumps(small_bundle("envoys", parties=[envoy])))
    checked = tmp_path / "president.yaml"
    checked.write_text(json.dumps(small_bundle("presidents", parties=[state, president])))
    result = run("check", checked, database=none)
    assert "/parties/1/principal: Must be null, because 'envoy' of the bundle 'envoys' acts for" in result.stderr
    of_nobody = {"id": "president", "name": "President"}
    checked.write_text(json.dumps(small_bundle("presidents", parties=[state, of_nobody])))
    assert run("check", checked, database=none).exit_code == 0


def test_many_references_without_a_target_are_one_error(none: Path, tmp_path: Path) -> None:
    """Also if another bundle is next to the file; a fragment without a source is left aside, and named."""
    (tmp_path / "unrelated.yaml").write_text(json.dumps(small_bundle("unrelated")))
    (tmp_path / "fragment.yaml").write_text("parties: [{id: putin, name: Vladimir Putin}]")
    bundle = edit_second(tmp_path)
    result = run("check", bundle, database=none)
    assert result.exit_code == 1
    assert "Not used, because they are no bundles or are other versions of a named one: fragment.yaml" in result.stderr
    (error,) = [line for line in result.stderr.splitlines() if "There is no" in line]
    assert "Name the bundles that have them in the same command" in error
    assert "belongs to" not in result.stderr
    assert run("check", bundle, ARTICLE, database=none).exit_code == 0


def test_verify_takes_the_bundles_to_which_references_lead(none: Path, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("Another text.\n\nOf two paragraphs.\n")
    bundle = edit_second(tmp_path)
    assert "cannot be found" in run("verify", bundle, article, database=none).stderr
    result = run("verify", bundle, ARTICLE, article, database=none)
    assert "/sources/0/sha256: The text has" in result.stderr
    assert "cannot be found" not in result.stderr


def test_check_of_a_stream_reports_its_errors(none: Path, tmp_path: Path) -> None:
    lines = edit_record(stream_lines(read_document(ARTICLE)), "trump-putin-call", kind="cal")
    path = write_stream(tmp_path / "stream.ndjson", lines)
    result = run("check", path, database=none)
    assert "/kind: " in result.stderr
    assert not none.exists()


@pytest.mark.parametrize(
    ("write", "detail"),
    [
        (lambda path: None, "Cannot be read: No such file or directory."),
        (lambda path: path.mkdir(), "Cannot be read: it is a directory; name the files in it"),
        (lambda path: path.symlink_to(path), "Cannot be read: Too many levels of symbolic links."),
        (lambda path: path.write_bytes(b""), "Is empty. A bundle is lists of records by type"),
        (lambda path: path.write_bytes(b"# only a comment\n"), "Is empty."),
        (lambda path: path.write_bytes(b"some text"), "Is not a bundle."),
        (lambda path: path.write_bytes(b"SQLite format 3\0" * 100), "Not YAML"),
        (lambda path: path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "Not UTF-8 text"),
        (
            lambda path: path.write_bytes(b" " * 33 * 1024**2),
            "Cannot be read: a YAML bundle of more than 32 MiB",
        ),
    ],
)
def test_file_that_is_no_bundle_is_reported_in_one_line(
    none: Path, tmp_path: Path, write: Callable[[Path], object], detail: str
) -> None:
    path = tmp_path / "bundle.yaml"
    write(path)
    for command in ("check", "load"):
        result = run(command, path, database=none)
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1].startswith(f"Error: {path}")
        assert detail in result.stderr.splitlines()[-1]
        assert result.stderr.count("Error") == 1
    assert not none.exists()


@pytest.mark.parametrize("command", [("check", SECOND), ("export",), ("verify", SECOND, SECOND)])
def test_only_load_creates_a_database(none: Path, tmp_path: Path, command: tuple[object, ...]) -> None:
    run(*command, database=none)
    assert not none.exists()


def test_export_can_be_loaded(own: Path, tmp_path: Path) -> None:
    place = {"name": "Greenwich", "country": None, "lat": 51.477, "lon": -0.00005}
    event = {"id": "visit", "title": "1.5E3", "negotiations": ["ukraine-war-settlement"], "place": place}
    near_zero = write_stream(tmp_path / "zero.ndjson", stream_lines(small_bundle("elsewhere", events=[event])))
    load([SECOND, near_zero], own)
    output = run("export", tmp_path / "out", database=own).stdout
    paths = [Path(line) for line in output.split()]
    assert [(path.stem,) for path in paths] == select(own, "select id from sources order by key")
    assert load(paths, own).changes == {}
    copy = tmp_path / "copy.db"
    load(paths, copy)
    for plural in RECORDS:
        records = f'select id, record from "{plural}" order by id'
        assert select(copy, records) == select(own, records)


def test_command_whose_output_nobody_reads_ends_silently() -> None:
    """As in `python -m seed schema | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-m", "seed", "schema"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, b"")


def test_invalid_setting_is_named() -> None:
    result = CliRunner().invoke(cli, ["load"], env={"READOUT_WORKERS": "many"})
    assert result.exit_code == 1
    assert "READOUT_WORKERS: Not a valid integer." in result.stderr


def test_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "new.db"
    result = run("load", database=path)
    assert result.exit_code == 1
    assert f"Error: {path} cannot be opened" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_file_that_cannot_be_written_is_an_error(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "trump-putin-call-article.yaml").mkdir(parents=True)
    for command, database in ((("export", folder), own), (("load",), Path("x" * 300))):
        result = run(*command, database=database)
        assert result.exit_code == 1
        assert "Error: " in result.stderr
    assert len(list(folder.iterdir())) == 1


def test_export_leaves_other_files_alone(own: Path, tmp_path: Path) -> None:
    """Another export may be writing to the same folder."""
    other = tmp_path / "trump-putin-call-article.part"
    other.write_text("Somebody's.")
    earlier = tmp_path / "earlier-id.yaml"
    earlier.touch()
    result = run("export", tmp_path, database=own)
    assert result.exit_code == 0
    assert other.read_text() == "Somebody's."
    assert f"Not written, since no source has these ids: {earlier}\n" in result.stderr


def test_verify_rejects_a_stream(tmp_path: Path, own: Path) -> None:
    path = write_stream(tmp_path / "stream.ndjson", stream_lines(read_document(SECOND)))
    result = run("verify", path, path, database=own)
    assert result.exit_code == 1
    assert "Write a YAML bundle" in result.stderr


def test_verify_names_the_line_of_an_error(own: Path, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("One.\n\nTwo.\n")
    result = run("verify", SECOND, article, database=own)
    assert result.exit_code == 1
    assert f"{SECOND}:8: /sources/0/sha256: " in result.stderr


def test_help_of_commands_is_not_cut() -> None:
    lines = CliRunner().invoke(readout, ["--help"]).output.splitlines()
    assert any("_READOUT_COMPLETE=bash_source readout" in line for line in lines)
    assert any(line.startswith("  mcp ") for line in lines)
    assert not [line for line in lines if line.startswith("  ") and line.endswith("...")]


@pytest.mark.parametrize("arguments", [["codebook"], ["schema"], ["load", "--help"]], ids=lambda words: words[0])
def test_output_is_utf_8_in_every_locale(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seed", *arguments],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not done.stdout.decode("utf-8").isascii()


def test_version_is_shown(own: Path) -> None:
    for group in (readout, cli):
        assert CliRunner().invoke(group, ["--version"]).output.endswith(f", version {VERSION}\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("withd", ["withdraw"]),
        ("doctor --", ["--json", "--help"]),
        ("withdraw parties/pu", ["parties/putin"]),
        ("rename issues/energy-strikes", ["issues/energy-strikes"]),
        ("withdraw part", None),
        ("withdraw parties/PU'", []),
    ],
)
def test_shell_completes_commands_and_records(own: Path, words: str, expected: list[str] | None) -> None:
    typed = f"readout {words}"
    environment = {
        "READOUT_DATABASE": str(own),
        "_READOUT_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    result = CliRunner().invoke(readout, [], env=environment, prog_name="readout")
    found = [line.partition(",")[2] for line in result.output.split()]
    ids = [f"parties/{id}" for (id,) in select(own, "select id from parties order by id")]
    assert found == (ids if expected is None else expected)


@pytest.mark.parametrize("setting", [{}, {"READOUT_WORKERS": "x"}])
def test_shell_completes_nothing_without_a_database(none: Path, setting: dict[str, str]) -> None:
    environment = {"READOUT_DATABASE": str(none), "_READOUT_COMPLETE": "bash_complete", **setting}
    environment |= {"COMP_WORDS": "readout withdraw p", "COMP_CWORD": "2"}
    result = CliRunner().invoke(readout, [], env=environment, prog_name="readout")
    assert (result.output.strip(), result.exit_code) == ("", 0)


def as_json(*arguments: object, database: Path, code: int = 0) -> Any:
    """Return what a command prints with --json, which is one line."""
    result = run(*arguments, "--json", database=database)
    assert result.exit_code == code, result.output
    (line,) = result.stdout.splitlines()
    return json.loads(line)


def test_changes_as_json_name_revision_and_bundles(own: Path) -> None:
    authorship, base = ("--author", "A. Editor", "--reason", "Clearer."), {"database": str(own)}
    changes, others = {"create": 5, "update": 0, "delete": 0}, ["trump-putin-call-article"]
    assert as_json("load", SECOND, database=own) == base | {"revision": 2, "changes": changes, "not_loaded": others}
    renamed = as_json("rename", "proposals/invented-pause", "three-days", *authorship, database=own)
    changes = {"create": 1, "update": 2, "delete": 1}
    assert renamed == base | {"revision": 3, "changes": changes, "bundles": ["invented-article"]}
    assert as_json("undo", 3, *authorship, database=own)["changes"] == changes
    assert as_json("load", ARTICLE, database=own)["not_loaded"] == ["invented-article"]


@pytest.mark.parametrize("command", [("load",), ("verify",), ("suggest",)])
def test_errors_of_bundles_as_json_are_those_of_check(own: Path, tmp_path: Path, command: tuple[object, ...]) -> None:
    bundle = tmp_path / "bundle.yaml"
    bundle.write_text("positions: [")
    arguments = (bundle, ARTICLE) if command == ("verify",) else (bundle,)
    report = as_json(*command, *arguments, database=own, code=1)
    assert report == as_json("check", bundle, database=own, code=1)
    assert not report["valid"]


def test_verify_as_json_has_errors_and_warnings(own: Path, tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("“It is near, the envoy hinted. More prose.\n“We will see,” he said.\n")
    report = as_json("verify", SECOND, article, database=own, code=1)
    assert "/sources/0/sha256" in {error["pointer"] for error in report["errors"]}
    assert [warning["message"] for warning in report["warnings"]]


def test_export_doctor_and_suggest_as_json(own: Path, tmp_path: Path) -> None:
    (path,) = as_json("export", tmp_path / "out", database=own)["files"]
    assert Path(path).is_file()
    report = as_json("doctor", database=own)
    assert (report["passed"], [check["check"] for check in report["checks"]]) == (True, list(NAMES))
    own.write_bytes(b"no database" * 1000)
    report = as_json("doctor", database=own, code=1)
    assert not report["passed"]
    assert "error" in {check["state"] for check in report["checks"]}


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--with", "draft.yaml"]])
def test_command_line_that_does_not_serve_says_what_does(arguments: list[str], tmp_path: Path) -> None:
    result = run(*arguments, database=tmp_path / "none.db")
    assert result.exit_code == 2
    assert "Use make serve, or readout serve" in result.output
    assert "merge" not in result.output
    assert "Serve the database" in CliRunner().invoke(readout, ["serve", "--help"]).output
