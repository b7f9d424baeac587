"""The layout of a draft: records as YAML, and above each the sentences on which it rests, as comments."""

import re
from bisect import bisect
from textwrap import wrap
from typing import Any

import yaml

from seed.export import to_yaml
from seed.yaml_document import LOADER

Record = dict[str, Any]
WIDTH = 118
QUOTING_COMMENT = re.compile(r"(?:^|(?<=[\r\n])) *# *\d* \|[^\r\n]*(?:\r\n?|\n)?")
"""A line of a comment that repeats the text."""


class Commented:
    """A record, and the sentences that its comment repeats, each with its paragraph."""

    def __init__(self, record: Record, sentences: list[tuple[int, str]]) -> None:
        self.record, self.sentences = record, sentences


def to_text(bundle: dict[str, list[Commented]]) -> str:
    """Return a draft as YAML. A sentence that stands above the record before is not repeated."""
    parts = ["draft: true\n"]
    for plural, records in bundle.items():
        before: list[tuple[int, str]] = []
        parts += [f"{plural}:\n"] if records else []
        for one in records:
            parts += [comment(number, text) for number, text in one.sentences if (number, text) not in before]
            parts.append(to_yaml([one.record]))
            before = one.sentences
    return "".join(parts)


def without_text(draft: str) -> str:
    """Return a draft without the comments that repeat the text. A line of a value that looks like one is kept."""
    tokens = [token for token in yaml.scan(draft, Loader=LOADER) if isinstance(token, yaml.ScalarToken)]
    starts = [token.start_mark.index for token in tokens]

    def remove(comment: re.Match[str]) -> str:
        place = bisect(starts, comment.start()) - 1
        return comment[0] if place >= 0 and comment.start() < tokens[place].end_mark.index else ""

    return QUOTING_COMMENT.sub(remove, draft)


def comment(number: int, text: str) -> str:
    """Return a sentence as a comment: its paragraph, then `|` and the words."""
    first = f"# {number} | "
    rest = "#".ljust(len(first) - 2) + "| "
    return "".join(f"{line}\n" for line in wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest))
