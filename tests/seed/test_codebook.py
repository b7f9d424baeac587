"""The codebook: its example bundle is valid and agrees with its text, and what it says about limits is true."""

import re

from schemas.bundle import validate_bundle
from seed.verify import MAX_SHARED_WORDS, verify
from seed.yaml_document import parse_yaml
from tests.support import ROOT

CODEBOOK = (ROOT / "seed" / "CODEBOOK.md").read_text()
EXAMPLE = re.search(r"^((?:>.*\n)+)\n```yaml\n(.*?)```", CODEBOOK, re.MULTILINE | re.DOTALL)
NUMBERS = {"five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


def test_example_bundle_agrees_with_its_text() -> None:
    assert EXAMPLE
    records, errors = validate_bundle(parse_yaml(EXAMPLE[2].encode()).data)
    assert errors == []
    assert records
    lines = [line.removeprefix(">").strip() for line in EXAMPLE[1].splitlines()]
    article = "\n".join(" ".join(lines).split("  ")).strip()
    assert list(verify(records, article)) == []


def test_limit_of_shared_words_is_the_one_checked() -> None:
    number = re.search(r"`verify` rejects (\w+) words in a row", CODEBOOK)
    assert number
    assert NUMBERS[number[1]] == MAX_SHARED_WORDS
