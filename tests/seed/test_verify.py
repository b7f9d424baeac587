"""Holding a bundle against the text it was read from, on an invented text."""

import copy
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seed.cli import cli
from seed.verify import Paragraph, digest, normalize, verify
from seed.yaml_document import parse_yaml
from tests.support import ROOT

TEXT = """
“We want no pause,” the president said on Thursday, adding that “the talks can’t go on.

His spokesman, whose words came later in the day, called the neighbour's offer 'a trap' – and "nothing more".
Unquoted words of a reporter who went to see what had become of the town stand here.
"""
RECORD = {
    "id": "refusal",
    "speaker": "president",
    "quote": "We want no pause",
    "date_wording": "on Thursday",
    "summary": "The president refuses.",
    "citations": [{"source": "text", "paragraph": 1}],
}


@pytest.fixture
def records() -> dict[str, list[dict[str, Any]]]:
    lines = [normalize(line) for line in TEXT.splitlines() if line.strip()]
    source = {
        "id": "text",
        "paragraphs": 3,
        "sha256": digest("\n".join(lines)),
        "paragraph_sha256": [*map(digest, lines)],
    }
    return {"sources": [source], "statements": [copy.deepcopy(RECORD)]}


def faults(records: dict[str, list[dict[str, Any]]], **changes: Any) -> list[str]:
    records["statements"][0] |= changes
    return [fault.pointer for fault in verify(records, TEXT)]


def test_a_bundle_that_agrees_has_no_fault(records: dict[str, list[dict[str, Any]]]) -> None:
    assert faults(records) == []


@pytest.mark.parametrize(
    ("quote", "paragraph"),
    [
        ("We want no pause,", 1),
        ("the talks can't go on", 1),
        ("the talks can’t go on.", 1),
        ("nothing more", 2),
    ],
)
def test_words_in_quotation_marks_are_found(
    records: dict[str, list[dict[str, Any]]], quote: str, paragraph: int
) -> None:
    assert faults(records, quote=quote, date_wording=None, citations=[{"source": "text", "paragraph": paragraph}]) == []


@pytest.mark.parametrize(
    "quote",
    ["We want a pause", "we want no pause", "the president said", "We want no pause,” the", "on. the", "a trap"],
)
def test_other_words_are_not(records: dict[str, list[dict[str, Any]]], quote: str) -> None:
    assert faults(records, quote=quote) == ["/statements/0/quote"]


def test_a_quote_of_another_paragraph_is_refused(records: dict[str, list[dict[str, Any]]]) -> None:
    assert faults(records, quote="nothing more") == ["/statements/0/quote"]


def test_the_wording_of_a_date_is_the_sources(records: dict[str, list[dict[str, Any]]]) -> None:
    assert faults(records, date_wording="On Friday") == ["/statements/0/date_wording"]


def test_a_paragraph_that_is_not_there_is_named(records: dict[str, list[dict[str, Any]]]) -> None:
    assert faults(records, citations=[{"source": "text", "paragraph": 4}]) == ["/statements/0/citations"]


def test_the_sources_own_prose_is_refused(records: dict[str, list[dict[str, Any]]]) -> None:
    assert faults(records, summary="A reporter who went to look at what had happened there.") == []
    assert faults(records, note="A reporter who went to see it.") == ["/statements/0/note"]


def test_any_changed_letter_changes_the_digests(records: dict[str, list[dict[str, Any]]]) -> None:
    found = [fault.pointer for fault in verify(records, TEXT.replace("Thursday", "thursday"))]
    assert found == ["/sources/0/sha256", "/sources/0/paragraph_sha256"]


def test_typography_does_not(records: dict[str, list[dict[str, Any]]]) -> None:
    assert (
        list(verify(records, TEXT.replace("’", "'").replace(" – ", " \u2014\u00a0 ").replace("\n\n", "\r\n \r\n")))
        == []
    )


def test_unclosed_mark_quotes_to_the_first_stop() -> None:
    assert Paragraph.of("“very good, he wrote: “Many things.”").quotations == ("very good,", "Many things.")


def test_unclosed_marks_take_linear_time() -> None:
    line = "‘said " * 20_000
    begun = time.perf_counter()
    assert Paragraph.of(line).quotations == ()
    assert time.perf_counter() - begun < 2


def test_the_command_names_line_and_fault(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    bundle = ROOT / "seed" / "trump-putin-call.yaml"
    told = CliRunner().invoke(cli, ["verify", str(bundle), str(article)])
    assert told.exit_code == 1
    line = parse_yaml(bundle.read_bytes()).line("/sources/0/sha256")
    assert f"{bundle}:{line}: /sources/0/sha256: The text has " in told.output
