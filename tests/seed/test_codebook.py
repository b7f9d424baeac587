"""The codebook: its example bundle is valid and agrees with its text, and what it says about limits is true."""

import re
from pathlib import Path

from seed.bundle_files import Document
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
