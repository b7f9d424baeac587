"""Verification of a bundle against its text, an invented one."""

import copy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seed.cli import cli
from seed.digest_writer import with_digests, write_digests
from seed.encoding import UTF_8_BOM
from seed.errors import InvalidBundles
from seed.verify import digest, digests, normalize, verify, verify_marks, verify_support
from seed.yaml_document import parse_yaml
from tests.support import ROOT

TEXT = """
“We want no pause,” the president said on Thursday, adding that “the talks can’t go on.”

His spokesman, whose words came later in the day, called the neighbour's offer 'a trap' – and "nothing more".
Unquoted words of a reporter who went to see what had become of the town stand here.
"""
RECORD = {
    "id": "refusal",
    "speakers": ["president"],
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
        "language": "en",
        "paragraphs": 3,
        "sha256": digest("\n".join(lines)),
        "paragraph_sha256": [*map(digest, lines)],
    }
    return {"sources": [source], "statements": [copy.deepcopy(RECORD)]}


def error_pointers(records: dict[str, list[dict[str, Any]]], **changes: Any) -> list[str]:
    records["statements"][0] |= changes
    return [error.pointer for error in verify(records, TEXT)]


def test_bundle_that_agrees_has_no_error(records: dict[str, list[dict[str, Any]]]) -> None:
    assert error_pointers(records) == []


def test_addition_is_verified_like_other_records(records: dict[str, list[dict[str, Any]]]) -> None:
    """Its date wording is looked for in the cited paragraph; its words must not be the source's prose."""
    cited = {"citations": [{"source": "text", "paragraph": 1}]}
    valid = {"id": "day", "event": "refusal", "date": "2025-03-13", "date_wording": "on Thursday", **cited}
    records["additions"] = [valid, valid | {"date_wording": "on Friday"}]
    records["additions"].append(valid | {"summary": "Words of a reporter who went to see what had become."})
    errors = [error.pointer for error in verify(records, TEXT)]
    assert errors == ["/additions/1/date_wording", "/additions/2/summary"]


@pytest.mark.parametrize(
    ("quote", "paragraph"),
    [
        ("We want no pause,", 1),
        ("the talks can't go on", 1),
        ("the talks can’t go on.", 1),
        ("nothing more", 2),
    ],
)
def test_words_in_quotation_marks_are_a_quote(
    records: dict[str, list[dict[str, Any]]], quote: str, paragraph: int
) -> None:
    assert (
        error_pointers(records, quote=quote, date_wording=None, citations=[{"source": "text", "paragraph": paragraph}])
        == []
    )


@pytest.mark.parametrize(
    "quote",
    ["We want a pause", "we want no pause", "the president said", "We want no pause,” the", "on. the", "a trap"],
)
def test_other_words_are_no_quote(records: dict[str, list[dict[str, Any]]], quote: str) -> None:
    assert error_pointers(records, quote=quote) == ["/statements/0/quote"]


@pytest.mark.parametrize(
    ("said", "quote", "is_whole"),
    [
        ("We are unable to accept that.", "able to accept", False),
        ("It is impossible.", "possible", False),
        ("It is not acceptable.", "accept", False),
        ("They can’t accept.", "can", False),
        ("A non-negotiable demand.", "negotiable", False),
        ("It cost 3.5 million.", "5 million", False),
        ("We lost 1,500 men.", "500 men", False),
        ("We lost 1,500 men.", "We lost 1", False),
        ("We lost 1500, they none.", "We lost 1500", True),
        ("Putin’s plan is his.", "Putin", True),
        ("We will—perhaps—accept.", "perhaps", True),
        ("Possible? It is impossible or possible.", "possible", True),
        ("Неприемлемо.", "приемлемо", False),
        ("我们不能接受停火。", "停火", True),
        ("휴전을 원한다.", "휴전", True),
    ],
)
def test_quote_is_not_cut_inside_a_word(
    records: dict[str, list[dict[str, Any]]], said: str, quote: str, is_whole: bool
) -> None:
    article = f"He said: “{said}”"
    cited = {"citations": [{"source": "text", "paragraph": 1}], "date_wording": None}
    records["statements"][0] |= {"quote": quote, **cited}
    records["sources"][0] |= digests([normalize(article)])
    details = [error.detail for error in verify(records, article)]
    assert [detail.partition(" of the")[0] for detail in details] == ["Begins or ends inside a word"] * (not is_whole)


@pytest.mark.parametrize("language", ["de", "de-DE"])
def test_original_is_looked_for_in_a_text_of_its_language(
    records: dict[str, list[dict[str, Any]]], language: str
) -> None:
    records["sources"][0] |= {"language": language}
    for original, errors in (("We want no pause", []), ("We want a pause", ["/statements/0/quote_original"])):
        changes = {"quote": "No pause", "quote_original": {"text": original, "language": "de"}}
        assert error_pointers(records, **changes) == errors


def test_quote_needs_a_citation_of_the_text(records: dict[str, list[dict[str, Any]]]) -> None:
    other = [{"source": "other", "paragraph": 1}]
    assert error_pointers(records, citations=other, date_wording=None) == ["/statements/0/quote"]


def test_quote_of_another_paragraph_is_rejected(records: dict[str, list[dict[str, Any]]]) -> None:
    assert error_pointers(records, quote="nothing more") == ["/statements/0/quote"]


def test_date_wording_must_be_in_the_paragraph(records: dict[str, list[dict[str, Any]]]) -> None:
    assert error_pointers(records, date_wording="On Friday") == ["/statements/0/date_wording"]


def test_missing_paragraph_is_rejected(records: dict[str, list[dict[str, Any]]]) -> None:
    assert error_pointers(records, citations=[{"source": "text", "paragraph": 4}]) == ["/statements/0/citations"]


def test_prose_of_the_source_is_rejected(records: dict[str, list[dict[str, Any]]]) -> None:
    assert error_pointers(records, summary="A reporter who went to look at what had happened there.") == []
    assert error_pointers(records, note="A reporter who went to see it.") == ["/statements/0/note"]


def test_repeated_words_are_named(records: dict[str, list[dict[str, Any]]]) -> None:
    records["statements"][0]["note"] = "He is a reporter who went to see it."
    (error,) = verify(records, TEXT)
    assert "beginning with “a reporter who went to see”" in error.detail


def test_digests_change_with_every_letter(records: dict[str, list[dict[str, Any]]]) -> None:
    pointers = [error.pointer for error in verify(records, TEXT.replace("Thursday", "thursday"))]
    assert pointers == ["/sources/0/sha256", "/sources/0/paragraph_sha256"]


def test_digests_do_not_change_with_typography(records: dict[str, list[dict[str, Any]]]) -> None:
    assert (
        list(verify(records, TEXT.replace("’", "'").replace(" – ", " \u2014\u00a0 ").replace("\n\n", "\r\n \r\n")))
        == []
    )


@pytest.mark.parametrize(
    "written",
    [
        "sources:\n- id: text  # ours\n  title: >-\n    A text\n  language: en\n\nparties: []\n",
        "sources:\n  - id: text  # ours\n    paragraphs: 1\n    sha256: '00'\n    paragraph_sha256: [a, b]\n",
        "# Ours\nsources:\n  - paragraph_sha256:\n    - a\n    - b\n    # é\n    id: text\n    language: en\n",
        '{"sources": [{"id": "text", "sha256": "0", "language": "en"}]}\n',
    ],
)
def test_digests_are_written_and_the_rest_stays(written: str) -> None:
    fields = digests([normalize(line) for line in TEXT.splitlines() if line.strip()])
    text = with_digests(Path("bundle.yaml"), written, fields)
    source = parse_yaml(text).data["sources"][0]
    assert source == {**parse_yaml(written).data["sources"][0], **fields}
    assert with_digests(Path("bundle.yaml"), text, fields) == text
    assert all(line == line.rstrip() for line in text.splitlines())
    comments = [line for line in written.splitlines() if "ours" in line or line.lstrip().startswith("#")]
    assert all(comment in text for comment in comments)


def test_digests_of_a_bundle_without_source(tmp_path: Path) -> None:
    with pytest.raises(InvalidBundles, match="There is no source"):
        with_digests(tmp_path, "sources: []", {})


@pytest.mark.parametrize(
    "written",
    [
        "sources:\n  - id: |-\n      text\n    title: >-\n      A text\n      of ours\n",
        "sources:\n  - id: text\n    paragraph_sha256:\n      - |-\n        a\n    title: A text\n",
        "sources:\n  - id: text\n    sha256: >-\n      a\n    title: A text\n",
        "sources:\n  - ? id\n    : text\n    ? sha256\n    : a\n",
    ],
)
def test_digests_are_not_written_if_something_else_would_change(written: str) -> None:
    with pytest.raises(InvalidBundles, match="Digests cannot be written into YAML of this form"):
        with_digests(Path("bundle.yaml"), written, digests([TEXT]))


def test_source_without_id_gets_no_digests() -> None:
    with pytest.raises(InvalidBundles, match="There is no source"):
        with_digests(Path("bundle.yaml"), "sources:\n  - title: A text\n", digests([TEXT]))


def test_file_with_new_digests_keeps_its_link_and_permissions(tmp_path: Path) -> None:
    bundle, link, other = tmp_path / "bundle.yaml", tmp_path / "link.yaml", tmp_path / "link.yaml.part"
    bundle.write_text("sources:\n  - id: text\n")
    bundle.chmod(0o600)
    link.symlink_to(bundle)
    other.write_text("Somebody's.")
    assert write_digests(link, TEXT)
    assert link.is_symlink()
    assert parse_yaml(bundle.read_text()).data["sources"][0]["paragraphs"] == 3
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert other.read_text() == "Somebody's."
    assert len(list(tmp_path.iterdir())) == 3


def test_file_with_new_digests_keeps_its_byte_order_mark(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.yaml"
    bundle.write_text("sources:\n  - id: text\n", encoding="utf-8-sig")
    assert write_digests(bundle, TEXT)
    assert bundle.read_bytes().count(UTF_8_BOM) == 1
    assert not write_digests(bundle, TEXT)


def test_command_writes_digests(tmp_path: Path) -> None:
    article, bundle = tmp_path / "article.txt", tmp_path / "bundle.yaml"
    article.write_text(TEXT)
    bundle.write_text((ROOT / "seed" / "trump-putin-call.yaml").read_text())
    result = CliRunner().invoke(cli, ["verify", "--write-digests", str(bundle), str(article)])
    assert "Wrote the digests" in result.output
    source = parse_yaml(bundle.read_bytes()).data["sources"][0]
    assert source["paragraphs"] == len(source["paragraph_sha256"]) == 3


def test_command_reports_the_line(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text(TEXT)
    bundle = ROOT / "seed" / "trump-putin-call.yaml"
    result = CliRunner().invoke(cli, ["verify", str(bundle), str(article)])
    assert result.exit_code == 1
    line = parse_yaml(bundle.read_bytes()).line("/sources/0/sha256")
    assert f"{bundle}:{line}: /sources/0/sha256: The text has " in result.output


def test_quotation_that_is_not_closed_is_a_warning(records: dict[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    text = "Prose.\n“It is near, the envoy hinted. More prose.\n“We will see,” he said.\n"
    (warning,) = verify_marks(records, text)
    assert (warning.pointer, warning.detail.partition(".")[0]) == (
        "/sources/0/paragraphs",
        "Paragraph 2 ends in a quotation that is not closed",
    )
    assert list(verify_marks(records, TEXT)) == []
    article = tmp_path / "article.txt"
    article.write_text(text)
    result = CliRunner().invoke(cli, ["verify", str(ROOT / "seed" / "trump-putin-call.yaml"), str(article)])
    assert "Warning: " in result.output
    assert "Paragraph 2 ends in a quotation" in result.output
    assert list(verify_marks(primary(records), text)) == []


def primary(records: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    records["sources"][0]["issued_by"] = ["town"]
    return records


def test_any_sentence_of_a_primary_source_may_be_quoted(records: dict[str, list[dict[str, Any]]]) -> None:
    words = {"quote": "Unquoted words of a reporter", "date_wording": None}
    cited = {"citations": [{"source": "text", "paragraph": 3}]}
    assert error_pointers(copy.deepcopy(records), **words, **cited) == ["/statements/0/quote"]
    assert error_pointers(primary(records), **words, **cited) == []


def test_primary_source_may_be_repeated_for_eleven_words(records: dict[str, list[dict[str, Any]]]) -> None:
    eleven = "Unquoted words of a reporter who went to see what had"
    assert error_pointers(copy.deepcopy(records), note=eleven) == ["/statements/0/note"]
    assert error_pointers(primary(records), note=eleven) == []
    assert error_pointers(records, note=f"{eleven} become.") == ["/statements/0/note"]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"summary": "Turnips grow quickly."}, ["summary"]),
        ({"stance": "welcomes"}, ["stance"]),
    ],
)
def test_unsupported_field_of_a_primary_source_is_a_warning(
    records: dict[str, list[dict[str, Any]]], changes: dict[str, Any], fields: list[str]
) -> None:
    records["statements"][0] |= changes
    assert list(verify_support(records, TEXT)) == []
    warnings = verify_support(primary(records), TEXT)
    assert [warning.pointer for warning in warnings] == [f"/statements/0/{field}" for field in fields]
