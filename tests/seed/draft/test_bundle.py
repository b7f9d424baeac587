"""Drafts of whole texts: what they contain, and that nothing in them passes for decided."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas import RECORDS
from schemas.bundle import entries
from schemas.references import is_id
from seed.bundles import load
from seed.cli import cli
from seed.draft.analysis import Origin
from seed.draft.bundle import draft_bundle
from seed.draft.known import Known, read_known
from seed.draft.layout import without_text
from seed.draft.parties import unused_id
from seed.errors import DanglingReference
from seed.storage.sqlite_file import open_readonly
from seed.validation import validate_document
from seed.verify import digests, lines, verify, verify_comments
from seed.yaml_document import parse_yaml
from tests.support import ROOT
from tests.support.bundle_files import SOURCES, read_document
from tests.support.draft_texts import DRAFT_TEXTS, OFFER, OFFICE, OWN_TEXT

NOTHING = read_known(None)
DAY = date(2031, 5, 1)
REPORT, REPORT_BUNDLE = SOURCES[-1].with_suffix(".txt"), SOURCES[-1]


def draft(path: Path, known: Known = NOTHING, **options: Any) -> dict[str, Any]:
    data: dict[str, Any] = parse_yaml(draft_bundle(path.read_text(), Origin("report", **options), known)).data
    return data


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    database = tmp_path_factory.mktemp("known") / "readout.db"
    load(SOURCES, database)
    return read_known(open_readonly(database))


def test_source_has_the_digests_of_its_text() -> None:
    (source,) = draft(REPORT, url="https://example.org/report")["sources"]
    (finished,) = read_document(REPORT_BUNDLE)["sources"]
    for name in digests([]):
        assert source[name] == finished[name]
    assert source["text_url"] == "https://example.org/report"
    assert (source["date"], source["date_wording"]) == ("?2031-06-20", "20 June 2031")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2031, 6, 20), {"date": "2031-06-20", "date_wording": "20 June 2031", "date_basis": "stated"}),
        (date(2031, 6, 21), {"date": "2031-06-21", "date_basis": "external"}),
    ],
)
def test_date_that_is_given_is_no_guess(day: date, expected: dict[str, str]) -> None:
    (source,) = draft(REPORT, day=day)["sources"]
    assert {name: source[name] for name in source if name.startswith("date")} == expected


def test_known_records_are_referred_to_and_not_defined_again(known: Known) -> None:
    bundle = draft(REPORT, known)
    ids = {party.id for party in known.parties}
    assert not ids & {party["id"] for party in bundle.get("parties", [])}
    tolvan = next(one for one in bundle["statements"] if one["quote"] == "This is a breach, and it was aimed")
    assert tolvan["speakers"] == ["mira-tolvan"]
    assert tolvan["citations"] == [{"source": "report", "paragraph": 3}]
    text = draft_bundle(REPORT.read_text(), Origin("report"), known)
    assert "# Paragraph 9 may be about issues/hest-power-line" in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_draft_contains_no_prose_of_its_text_outside_comments(path: Path) -> None:
    """Quotations and date words are exact. Comments repeat sentences; verify rejects them until they are removed."""
    text = path.with_suffix(".txt").read_text()
    issuers = tuple(read_document(path)["sources"][0].get("issued_by", []))
    yaml = draft_bundle(text, Origin("draft", issued_by=issuers), NOTHING)
    records = parse_yaml(yaml).data
    assert list(verify(records, text)) == []
    assert list(verify_comments(yaml, records, text))
    assert list(verify_comments(without_text(yaml), records, text)) == []
    prose = max((line for line in lines(text) if "“" not in line), key=len)
    assert list(verify_comments(f"{without_text(yaml)}\nnote: x # {prose}\n", records, text))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_record_of_a_draft_is_refused(path: Path, known: Known) -> None:
    """So no guess can be loaded because somebody removed `draft: true` alone."""
    bundle = draft(path.with_suffix(".txt"), known)
    del bundle["draft"]
    _, errors = validate_document(bundle, None)
    refused = {tuple(error.pointer.split("/")[1:3]) for error in errors}
    for plural in RECORDS:
        for place, record in enumerate(bundle.get(plural, [])):
            assert (plural, str(place)) in refused, record


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_records_of_a_draft_refer_to_each_other(path: Path) -> None:
    """Every referenced id belongs to a record, so that only the texts are left to write."""
    issuers = tuple(read_document(path)["sources"][0].get("issued_by", []))
    bundle = parse_yaml(draft_bundle(path.with_suffix(".txt").read_text(), Origin("draft", issued_by=issuers), NOTHING))
    _, errors = validate_document(bundle.data, None)
    assert [error for error in errors if isinstance(error, DanglingReference)] == []


def test_positions_on_one_matter_share_a_proposal() -> None:
    bundle = parse_yaml(draft_bundle(OFFER, Origin("text", issued_by=("egypt",)), NOTHING)).data
    found = [(one["party"], one["stance"], one["proposal"], one.get("conditions")) for one in bundle["positions"]]
    assert found == [
        ("sudan", "offers", "open-gates-of-dam", ["returns-engineers"]),
        ("omar-sayed", "welcomes", "open-gates-of-dam", None),
        ("egypt", "accepts", "repair-bridge", None),
        ("sudan", "accepts", "repair-bridge", None),
    ]
    opened, condition, repair = bundle["proposals"]
    assert (opened["proposed_by"], opened["stage"], opened["event"]) == (["sudan"], "proposed", "text-issued")
    assert condition["relations"] == [{"proposal": "open-gates-of-dam", "relation": "condition_for"}]
    assert (repair["stage"], repair["event"], repair["date"]) == ("agreed", "text-meeting", "2031-04-30")


def test_occasions_of_an_own_text_are_events() -> None:
    meeting, issued = parse_yaml(draft_bundle(OFFER, Origin("text", issued_by=("egypt",)), NOTHING)).data["events"]
    there = [{"party": "ana-tem", "role": "participant"}, {"party": "omar-sayed", "role": "participant"}]
    assert (meeting["kind"], meeting["participants"], meeting["date"]) == ("meeting", there, "2031-04-30")
    assert (issued["kind"], issued["relations"]) == ("readout", [{"event": "text-meeting", "relation": "readout_of"}])


def test_sentence_of_a_position_stands_above_it() -> None:
    text = draft_bundle(OFFER, Origin("text", issued_by=("egypt",)), NOTHING)
    assert "# 5 | Omar Sayed welcomed this step.\n- id: ?omar-sayed-welcomes-gates\n" in text


def test_names_that_do_not_act_are_no_parties() -> None:
    text = draft_bundle(REPORT.read_text(), Origin("report"), NOTHING)
    assert "Ildra Grid" not in [one["name"] for one in parse_yaml(text).data["parties"]]
    assert "Ildra Grid (9)" in text


def test_quotations_of_a_report_have_their_speakers(known: Known) -> None:
    found = {
        one["quote"]: (one["speakers"], one["citations"][0]["paragraph"]) for one in draft(REPORT, known)["statements"]
    }
    assert found == {
        one["quote"]: (one["speakers"], one["citations"][0]["paragraph"])
        for one in read_document(REPORT_BUNDLE)["statements"]
    }


def test_quotation_without_a_speaker_is_listed_at_the_head() -> None:
    """The comment repeats the text, so it goes when the draft is finished."""
    text = draft_bundle(
        "President Holm said: “We agree.”\n“We reject the plan,” said ana vey.", Origin("text"), NOTHING
    )
    head = text.partition("draft: true\n")[0]
    assert "became no statement:\n# 2 | We reject the plan\n" in head
    assert [one["quote"] for one in parse_yaml(text).data["statements"]] == ["We agree."]
    assert "We reject" not in without_text(text)


def test_source_never_takes_the_id_of_another(known: Known) -> None:
    """Loading it would replace the bundle of the other source."""
    for id in ("sovran-dam-report", "lesovia"):
        text = draft_bundle(REPORT.read_text(), Origin(id), known)
        bundle = parse_yaml(text).data
        assert bundle["sources"][0]["id"] == f"{id}-2"
        assert {cited["source"] for one in bundle["statements"] for cited in one["citations"]} == {f"{id}-2"}


def test_issuers_of_a_text_speak_its_sentences() -> None:
    bundle = draft(SOURCES[0].with_suffix(".txt"), issued_by=("one", "other"))
    (call,) = [one for one in bundle["statements"] if one.get("quote", "").startswith("The delegations call on")]
    assert (call["speakers"], call["voice"]) == (["one", "other"], "source")
    assert [party["name"] for party in bundle["parties"][:2]] == [None, None]


def own_draft(known: Known = NOTHING, id: str = "text") -> dict[str, Any]:
    text = draft_bundle(OWN_TEXT, Origin(id, issued_by=("egypt", "sudan")), known)
    data: dict[str, Any] = parse_yaml(text).data
    return data


def test_issuers_are_found_in_their_text() -> None:
    found = own_draft()["parties"]
    parties = {one["id"].removeprefix("?"): (one["name"], one["kind"], one.get("country")) for one in found}
    assert parties["egypt"] == ("Egypt", "state", "EG")
    assert parties["sudan"] == ("Sudan", "state", "SD")
    delegation = next(one for one in own_draft()["parties"] if one["id"] == "?sudanese-delegation")
    assert (delegation["kind"], delegation["principal"]) == ("group", "sudan")


def test_issuer_is_found_by_the_words_of_its_id() -> None:
    text = "Statement of the Office of the President of the Republic of Kenya\n1 May 2031\nThe President agreed."
    origin = Origin("text", issued_by=("office-of-the-president-of-kenya",))
    issuer, *_ = parse_yaml(draft_bundle(text, origin, NOTHING)).data["parties"]
    assert issuer["name"] == "Office of the President of the Republic of Kenya"


def test_sentences_of_an_own_text_are_filed_by_the_codebook() -> None:
    """What one of the issuers is reported to say is its paraphrase; what all do is their quotation. All on one day."""
    stressed, agreed = own_draft()["statements"]
    assert (stressed["speakers"], stressed["form"], stressed["according_to"]) == (
        ["sudanese-delegation"],
        "paraphrase",
        ["egypt", "sudan"],
    )
    assert (agreed["speakers"], agreed["form"], agreed["voice"]) == (["egypt", "sudan"], "quotation", "source")
    assert agreed["id"] == "?joint-gates"
    positions = own_draft()["positions"]
    assert [one["statements"] for one in positions if one["stance"] == "accepts"] == [["joint-gates"]] * 2
    assert [one["party"] for one in positions if one["stance"] == "accepts"] == ["egypt", "sudan"]
    dated = [*own_draft()["statements"], *positions]
    assert {(one["date"], one["date_basis"]) for one in dated} == {("2031-05-01", "inferred")}


def test_every_record_of_an_own_text_is_refused() -> None:
    bundle = own_draft()
    del bundle["draft"]
    _, errors = validate_document(bundle, None)
    refused = {tuple(error.pointer.split("/")[1:3]) for error in errors}
    records = [(plural, str(place)) for plural, found in bundle.items() for place in range(len(found))]
    assert refused.issuperset(records)


def test_ids_of_a_draft_are_not_those_of_others() -> None:
    ids = {one["id"].removeprefix("?") for one in own_draft()["statements"]}
    known = replace(NOTHING, statements=frozenset(ids))
    assert not ids & {one["id"].removeprefix("?") for one in own_draft(known)["statements"]}
    assert own_draft(id="sudan")["sources"][0]["id"] == "sudan-2"
    assert own_draft(id="sudanese-delegation")["sources"][0]["id"] == "sudanese-delegation-2"


@pytest.mark.parametrize(("text", "issuers"), DRAFT_TEXTS, ids=range(len(DRAFT_TEXTS)))
def test_no_list_of_citations_is_empty(text: str, issuers: tuple[str, ...], known: Known) -> None:
    for stored in (NOTHING, known):
        bundle = parse_yaml(draft_bundle(text, Origin("draft", issued_by=issuers), stored)).data
        assert [record["id"] for _, _, record in entries(bundle) if record.get("citations") == []] == []


def test_state_named_in_its_office_is_cited() -> None:
    """So is the paragraph that names the office again, but not one that only names others."""
    text = f"The truce holds.\n{OFFICE}\nPoland’s defence ministry agreed."
    bundle = parse_yaml(draft_bundle(text, Origin("text"), NOTHING)).data
    (poland,) = [one for one in bundle["parties"] if one["name"] == "Poland"]
    assert [one["paragraph"] for one in poland["citations"]] == [2, 3]
    assert bundle["negotiations"][0]["parties"] == ["poland"]


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("on 1 April 2031", "2031-04-01"),
        ("by 1 April 2031", None),
        ("from 1 April 2031", None),
        ("on 1 June 2031", None),
    ],
)
def test_deadline_and_later_day_are_no_date_of_a_position(words: str, date: str | None) -> None:
    text = f"President Ana Tem agreed to it {words}."
    bundle = parse_yaml(draft_bundle(text, Origin("report", day=DAY), NOTHING)).data
    assert [one.get("date") for one in bundle["positions"]] == [date]


def test_thirty_paragraphs_take_less_than_two_seconds(known: Known) -> None:
    text = "\n".join(lines(REPORT.read_text()) * 3)
    start = time.process_time()
    draft_bundle(text, Origin("report"), known)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("words", ["said ", "A", "Ana Tem ", "agreed … ", "a ", "“a”, said "])
def test_long_paragraph_without_sentences_takes_bounded_time(words: str) -> None:
    start = time.process_time()
    draft_bundle(words * (100_000 // len(words)), Origin("long"), NOTHING)
    assert time.process_time() - start < 5


@pytest.mark.slow
def test_time_grows_linearly_with_the_paragraphs() -> None:
    """If it grew with the square of their number, the long text would take 36 times as long as the short one."""
    short, long = (min(seconds_of_draft("“a\n" * count) for _ in range(3)) for count in (500, 3000))
    assert long < 18 * short


@pytest.mark.slow
def test_time_grows_little_with_the_length_of_sentences() -> None:
    """The words before each name are looked at, not everything before it."""
    clause = "Putin said the US would "
    short, long = (seconds_of_draft((clause * count + "\n") * (300 // count)) for count in (10, 60))
    assert long < 4 * short


def seconds_of_draft(text: str) -> float:
    start = time.process_time()
    draft_bundle(text, Origin("report", day=DAY), NOTHING)
    return time.process_time() - start


class CountingSet(set[str]):
    """A set that counts its lookups."""

    asked = 0

    def __contains__(self, item: object) -> bool:
        self.asked += 1
        return super().__contains__(item)


@pytest.mark.parametrize("taken", [*range(1, 20), 10_000])
def test_unused_id_is_the_first_and_is_found_soon(taken: int) -> None:
    used = CountingSet(["talks", *(f"talks-{number}" for number in range(2, taken + 1))])
    assert unused_id("talks", used) == f"talks-{taken + 1}"
    assert unused_id("other", used) == "other"
    assert used.asked < 40


def run(*arguments: object, database: Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), env={"READOUT_DATABASE": str(database)})


def test_command_writes_a_file_once(tmp_path: Path) -> None:
    output, database = tmp_path / "draft.yaml", tmp_path / "none.db"
    result = run("draft", REPORT, "--date", "2031-06-20", "--output", output, database=database)
    assert result.exit_code == 0, result.output
    assert f"No database at {database}: every name is new" in result.stderr
    assert run("draft", REPORT, "--output", output, database=database).exit_code == 1
    check = run("check", output, database=database)
    assert check.exit_code == 1
    assert "/draft: Is a draft." in check.stderr


def test_command_leaves_nothing_on_a_full_disk(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    command = f"ulimit -f 1; exec {sys.executable} -m seed draft {REPORT} --output {folder / 'draft.yaml'}"
    environment = {**os.environ, "READOUT_DATABASE": str(tmp_path / "none.db")}
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, b"File too large" in done.stderr) == (1, True)
    assert list(folder.iterdir()) == []


def test_command_takes_the_id_of_the_source(tmp_path: Path) -> None:
    result = run("draft", REPORT, "--id", "dam-report", database=tmp_path / "none.db")
    bundle = parse_yaml(result.stdout).data
    assert bundle["sources"][0]["id"] == "dam-report"
    assert {citation["source"] for one in bundle["statements"] for citation in one["citations"]} == {"dam-report"}
    assert run("draft", REPORT, "--id", "Dam report", database=tmp_path / "none.db").exit_code == 2


@pytest.mark.parametrize("name", ["___", "null"])
def test_file_whose_name_gives_no_id_needs_one(tmp_path: Path, name: str) -> None:
    text = tmp_path / f"{name}.txt"
    text.write_text("All agree.")
    result = run("draft", text, database=tmp_path / "none.db")
    assert (result.exit_code, "gives no id. Choose one: --id" in result.stderr) == (1, True)
    assert run("draft", text, "--id", "own", database=tmp_path / "none.db").exit_code == 0


def test_long_name_of_a_file_is_cut(tmp_path: Path) -> None:
    text = tmp_path / f"{'a-' * 110}.txt"
    text.write_text(OFFER)
    bundle = parse_yaml(run("draft", text, "--issued-by", "egypt", database=tmp_path / "none.db").stdout).data
    ids = [one["id"].removeprefix("?") for plural in ("sources", "events") for one in bundle[plural]]
    assert len(ids) == 3
    assert all(map(is_id, ids))


def test_command_writes_to_standard_output(tmp_path: Path) -> None:
    result = run("draft", REPORT, "--negotiation", "the-dam", database=tmp_path / "none.db")
    statements = parse_yaml(result.stdout).data["statements"]
    assert {tuple(one["negotiations"]) for one in statements} == {("the-dam",)}


def test_empty_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    result = run("draft", tmp_path / "empty.txt", database=tmp_path / "none.db")
    assert result.exit_code == 1
    assert "is empty" in result.stderr


def test_day_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    assert run("draft", REPORT, "--date", "2031-06-31", database=tmp_path / "none.db").exit_code == 2


@pytest.mark.parametrize("marks", ["…", " – ", "'", "“", "?!", ", ,"])
def test_quotation_without_a_word_is_no_statement(marks: str) -> None:
    text = f"President Holm said: “{marks}” Then President Holm said: “We agree.”"
    bundle = parse_yaml(draft_bundle(text, Origin("report"), NOTHING)).data
    assert [one["quote"] for one in bundle["statements"]] == ["We agree."]


def test_text_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    text = tmp_path / "book.txt"
    text.write_text("All agree. " * 100_000)
    result = CliRunner().invoke(cli, ["draft", str(text)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "has 1,100,000 characters" in result.stderr


@pytest.mark.parametrize("control", ["\0", "\x80", "\ufffe"])
def test_text_with_a_control_character_is_rejected(tmp_path: Path, control: str) -> None:
    """No command could read the draft."""
    text = tmp_path / "text.txt"
    text.write_text(f"All agree.\n\n\nHolm said “yes{control}”.\n")
    result = run("draft", text, database=tmp_path / "none.db")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"has the control character U+{ord(control):04X} in paragraph 2." in result.stderr
    text.write_text("All agree.\f\nHolm said “yes”.\n")
    assert run("draft", text, database=tmp_path / "none.db").exit_code == 0, "a form feed ends a paragraph"
