"""A text as sentences, each with its place and its quoted parts.

Why no library: none keeps a quotation of several sentences together, by the marks that `seed.quotations` accepts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from seed.quotations import Span, quoted_spans

SENTENCE_END = re.compile(r"[.!?][”\"’'»)]*\s+(?=[“\"‘«(]?[A-Z0-9])")
ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Col|Lt|Sen|Rep|Gov|No|vs)|\b[A-Z])\.\s+$")
"""A full stop that does not end a sentence."""
ABBREVIATION_CONTEXT = 8
"""Number of characters before an offset in which an abbreviation is looked for."""
MAX_SENTENCE_LENGTH = 1500
"""Maximum length of a sentence. Longer ones are ignored, which bounds the time that a text takes."""
MAX_CONTEXT_LENGTH = 200
"""Maximum length of the words before a name that say what it is: longer than any title with its state."""
HIDDEN = "·"
"""Replaces each quoted character, so that offsets stay the same."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a paragraph, and the spans in it that are quoted."""

    paragraph: int
    text: str
    quoted: tuple[Span, ...]

    @cached_property
    def prose(self) -> str:
        """The sentence with its quoted characters hidden; every other character keeps its place."""
        text = self.text
        for start, end in self.quoted:
            text = text[:start] + HIDDEN * (end - start) + text[end:]
        return text

    def is_quoted(self, place: int) -> bool:
        """Return whether a place is inside a quotation."""
        return any(start <= place < end for start, end in self.quoted)


def sentences(lines: list[str]) -> list[Sentence]:
    """Return the sentences of paragraphs, in order. A quotation is never divided."""
    spans = quoted_spans(lines)
    return [
        sentence
        for number, (line, quoted) in enumerate(zip(lines, spans, strict=True), 1)
        for sentence in _divide(number, line, quoted)
    ]


def context_start(end: int) -> int:
    """Return the offset from which to search for a pattern that must end at `end`."""
    return max(end - MAX_CONTEXT_LENGTH, 0)


def _divide(number: int, line: str, quoted: list[Span]) -> Iterator[Sentence]:
    start = 0
    ends = [match.end() for match in SENTENCE_END.finditer(line) if not _is_abbreviation(line, match.end())]
    for end in [*ends, len(line)]:
        if not any(first < end < last for first, last in quoted) and start < end:
            if end - start <= MAX_SENTENCE_LENGTH:
                inside = tuple((first - start, last - start) for first, last in quoted if start <= first < end)
                yield Sentence(number, line[start:end].rstrip(), inside)
            start = end


def _is_abbreviation(line: str, end: int) -> bool:
    return ABBREVIATION.search(line[max(end - ABBREVIATION_CONTEXT, 0) : end]) is not None
