"""The codebook: its example bundle is valid and agrees with its text, and what it says about limits is true."""

import re
from pathlib import Path

from schemas import RECORDS
from schemas.vocabularies import STANCES
from seed.bundle_files import Document
from seed.short_codebook import short_codebook
from seed.validation import Validation
from seed.verify import MAX_SHARED_WORDS, verify
from seed.yaml_document import YamlDocument, parse_yaml
from tests.support import ROOT
from tests.support.small_bundles import bundle

CODEBOOK = (ROOT / "seed" / "CODEBOOK.md").read_text()
EXAMPLE = re.search(r"^((?:>[^\n]*\n)+)\n```yaml\n(.*?)```", CODEBOOK, re.MULTILINE | re.DOTALL)
ADDITIONS = re.search(r"^```yaml\n(additions:.*?)```", CODEBOOK, re.MULTILINE | re.DOTALL)
NUMBERS = {"five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


def test_example_bundle_agrees_with_its_text() -> None:
    assert EXAMPLE
    example = Document(Path("example.yaml"), parse_yaml(EXAMPLE[2].encode()))
    validation = Validation([example])
    assert list(validation.valid_records())
    assert validation.errors.errors == []
    lines = [line.removeprefix(">").strip() for line in EXAMPLE[1].splitlines()]
    article = "\n".join(" ".join(lines).split("  ")).strip()
    assert list(verify(example.document.data, article)) == []


def test_example_of_additions_fits_the_example_bundle() -> None:
    assert EXAMPLE
    assert ADDITIONS
    additions = parse_yaml(ADDITIONS[1].encode()).data["additions"]
    second = bundle("lake-vey-second-article", additions=additions)
    documents = (parse_yaml(EXAMPLE[2].encode()), YamlDocument(second, {}))
    validation = Validation([Document(Path("example.yaml"), document) for document in documents])
    assert len([record for record in validation.valid_records() if record.plural == "additions"]) == 2
    validation.check_references(None)
    assert validation.errors.errors == []


def test_limit_of_shared_words_is_the_one_checked() -> None:
    number = re.search(r"`verify` rejects (\w+) words in a row", CODEBOOK)
    assert number
    assert NUMBERS[number[1]] == MAX_SHARED_WORDS


def test_short_codebook_has_every_field_term_and_table() -> None:
    """It is made from the declarations and the codebook, and is a third as long."""
    short = short_codebook()
    for plural, record in RECORDS.items():
        line = next(line for line in short.splitlines() if line.startswith(f"- `{plural}`: "))
        while "{" in line:
            line = re.sub(r" \{[^{}]*\}", "", line)
        names = re.sub(r" \([^)]*\)", "", line).partition(": ")[2].split(", ")
        assert names == [f"**{name}**" if field.required else name for name, field in record.written().items()]
    assert all(f"- `{stance}`: " in short for stance in STANCES)
    sections = CODEBOOK.partition("\n## ")[2]
    rows = [line.strip() for line in sections.splitlines() if line.strip().startswith("|")]
    assert set(rows) <= set(short.splitlines())
    assert "9. Dates" in short.partition("##")[0]
    assert len(short) < len(CODEBOOK) / 3
