"""Acceptance of the records of a draft whose texts are written."""

import codecs
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from seed.cli import cli
from seed.draft.acceptance import Acceptance, accept

DRAFT = """\
# A draft.
draft: true
parties:
- id: ?holm
  name: Ida Holm
- id: ?reiss
  name: Oto Reiss
events:
# 2 | Holm spoke.
#   | Then she left.
- id: '?talks'
  title: Talks
  summary: Talks of Holm.  # a remark
  participants: [{party: holm, role: speaker}]
- id: ?later-talks
  title: Later talks
  summary: null
  kind: ?talks
"""


def test_record_with_its_texts_and_its_parties_are_accepted() -> None:
    result = accept(DRAFT)
    assert (result.accepted, result.left) == (2, 4)
    expected = DRAFT.replace("id: ?holm", "id: holm").replace("id: '?talks'", "id: talks")
    assert result.text == expected


def test_finished_draft_loses_its_mark_and_comments() -> None:
    finished = DRAFT.partition("- id: ?later-talks")[0].replace("- id: ?reiss\n  name: Oto Reiss\n", "")
    result = accept(finished)
    assert result.left == 0
    assert result.text.startswith("# A draft.\nparties:\n- id: holm\n")
    assert "|" not in result.text
    assert "# a remark" in result.text


@pytest.mark.parametrize(
    ("record", "left"),
    [
        ("parties:\n- id: holm\n  name: null\n  country: null\n", 1),
        ("positions:\n- id: holm-agrees\n  explicit: false\n  inference: null\n  date: null\n", 1),
        ("positions:\n- id: holm-agrees\n  explicit: true\n  inference: null\n", 0),
    ],
)
def test_value_that_must_not_be_null_is_left_to_write(record: str, left: int) -> None:
    """The comments that are needed to write it stay."""
    result = accept(f"draft: true\n# 2 | Holm spoke.\n{record}")
    assert (result.left, "# 2 | Holm spoke." in result.text) == (left, left > 0)


def test_guess_in_an_accepted_record_stays() -> None:
    text = DRAFT.replace("summary: null", "summary: More talks.")
    result = accept(text)
    assert "- id: later-talks\n" in result.text
    assert "kind: ?talks" in result.text


def test_command_changes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(DRAFT)
    result = CliRunner().invoke(cli, ["accept", str(path)])
    assert result.stdout == f"{path}: 2 records accepted, left to decide or to write: 4\n"
    assert "- id: talks\n" in path.read_text()
    path.write_text("[")
    assert CliRunner().invoke(cli, ["accept", str(path)]).exit_code == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# draft: true\n\ndraft: true\nevents: []\n", "# draft: true\n\nevents: []\n"),
        ("draft:  True # not yet\nevents: []\n", "events: []\n"),
        ("events: []\ndraft: true", "events: []\n"),
        ("{draft: true, events: []}\n", "{draft: false, events: []}\n"),
        ("draft: true\r\nevents:\r\n# 2 | A.\r\n- id: ?a\r\n  title: A\r\n", "events:\r\n- id: a\r\n  title: A\r\n"),
        ("draft: true\revents:\r# 2 | A.\r- id: ?a\r  title: A\r", "events:\r- id: a\r  title: A\r"),
        ("draft: true\nevents:\n- title: |\n    # 2 | A.\n# 3 | B.\n", "events:\n- title: |\n    # 2 | A.\n"),
        ("draft: true\nevents:\n- title: 'A\n    # 2 | B.'\n", "events:\n- title: 'A\n    # 2 | B.'\n"),
        ('draft: true\nevents:\n- id: "\\x3fa"\n  title: A\n', "events:\n- id: a\n  title: A\n"),
        ("draft: true\nevents: 5\nparties: [id, [id]]\n", "events: 5\nparties: [id, [id]]\n"),
        ("draft: true\nevents:\n- id: [a]\n  title: A\n", "events:\n- id: [a]\n  title: A\n"),
    ],
)
def test_everything_else_stays(text: str, expected: str) -> None:
    result = accept(text)
    assert (result.left, result.text) == (0, expected)


def test_guess_that_cannot_be_an_id_stays() -> None:
    text = "draft: true\nevents:\n- id: '?a: b'\n  title: A\n"
    assert accept(text).text == text


@pytest.mark.slow
def test_time_of_a_long_chain_of_references() -> None:
    """With a pass over all records for each record, it would take minutes."""
    chain = "".join(f"- id: ?p{number}\n  member_of: [p{number + 1}]\n" for number in range(5000))
    text = f"draft: true\nevents:\n- id: ?a\n  title: A\n  participants: [p0]\nparties:\n{chain}"
    began = time.process_time()
    assert accept(text).accepted == 5001
    assert time.process_time() - began < 5


def test_command_keeps_a_link_and_line_ends(tmp_path: Path) -> None:
    path, link = tmp_path / "draft.yaml", tmp_path / "link.yaml"
    path.write_text(DRAFT, newline="\r\n")
    link.symlink_to(path.name)
    assert CliRunner().invoke(cli, ["accept", str(link)]).exit_code == 0
    assert link.is_symlink()
    assert path.read_bytes().count(b"\r\n") == DRAFT.count("\n")


@pytest.mark.parametrize(
    "text", ["hello\n", "- id: ?holm\n", "# 2 | Holm spoke.\r\nparties:\r\n- id: holm\r\n", "draft: false\n"]
)
def test_file_that_is_no_draft_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bundle.yaml"
    path.write_text(text, newline="")
    result = CliRunner().invoke(cli, ["accept", str(path)])
    assert result.exit_code == 1
    assert "is no draft" in result.stderr
    assert path.read_bytes() == text.encode()


def test_command_keeps_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(DRAFT, encoding="utf-8-sig")
    assert CliRunner().invoke(cli, ["accept", str(path)]).exit_code == 0
    assert path.read_bytes().count(codecs.BOM_UTF8) == 1


def test_edit_that_is_saved_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(DRAFT)

    def accept_slowly(draft: str) -> Acceptance:
        path.write_text(DRAFT + "# edited\n")
        return accept(draft)

    monkeypatch.setattr("seed.cli.accept", accept_slowly)
    result = CliRunner().invoke(cli, ["accept", str(path)])
    assert (result.exit_code, path.read_text()) == (1, DRAFT + "# edited\n")
    assert "was saved meanwhile" in result.stderr
