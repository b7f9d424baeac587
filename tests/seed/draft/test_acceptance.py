"""Acceptance of the records of a draft whose texts are written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from seed.cli import cli
from seed.draft.acceptance import accept

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


def test_finished_draft_loses_its_mark_and_what_repeats_the_text() -> None:
    finished = DRAFT.partition("- id: ?later-talks")[0].replace("- id: ?reiss\n  name: Oto Reiss\n", "")
    result = accept(finished)
    assert result.left == 0
    assert result.text.startswith("# A draft.\nparties:\n- id: holm\n")
    assert "|" not in result.text
    assert "# a remark" in result.text


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
    "text", ["hello\n", "- id: ?holm\n", "# 2 | Holm spoke.\r\nparties:\r\n- id: holm\r\n", "draft: false\n"]
)
def test_file_that_is_no_draft_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bundle.yaml"
    path.write_text(text, newline="")
    result = CliRunner().invoke(cli, ["accept", str(path)])
    assert result.exit_code == 1
    assert "is no draft" in result.stderr
    assert path.read_bytes() == text.encode()
