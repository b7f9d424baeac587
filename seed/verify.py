"""Verification of a bundle against the text of its source."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.bundle import Records, entries
from schemas.errors import FieldError, json_pointer
from schemas.language import primary_language
from seed.quotations import quotations, unclosed_paragraphs, without_quotations
from seed.text_support import Support
from seed.whole_words import contains_words
from seed.word_keys import NO_NAMES, Names

MARKS = str.maketrans(dict.fromkeys("“”„«»「」『』", '"') | dict.fromkeys("‘’‚‹›", "'") | dict.fromkeys("–—−", "-"))
IGNORED = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
"""Soft hyphens and other invisible characters, which a web page puts inside words."""
COMMENT = re.compile(r"(?:^|(?<=\s))#[\s\d|]*(.*)")
"""A comment in YAML, also one after a value, without the numbers of a paragraph that it may repeat."""
WORD = re.compile(r"[\w']+")
MAX_SHARED_WORDS = 6
"""Number of words in a row that are not repeated by chance."""
MAX_SHARED_OWN_WORDS = 12
"""The same for a party's own text, which is made of the names of bodies and the terms of proposals."""
MISSING_QUOTE = "Not found in quotation marks, or in a party's own text, in a cited paragraph."
CUT_QUOTE = "Begins or ends inside a word of the cited paragraph. Write the whole word: a part may mean the opposite."
QUOTED_FIELDS = {"quote", "quote_original", "date_wording"}


def normalize(text: str) -> str:
    """Normalize text: NFC, straight quotes, hyphens for dashes, single spaces, no invisible characters."""
    return " ".join(unicodedata.normalize("NFC", text.translate(IGNORED)).translate(MARKS).split())


def digest(text: str) -> str:
    """Return the SHA-256 of a normalized text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def digests(paragraphs: list[str]) -> dict[str, Any]:
    """Return the number and digests of normalized paragraphs, as fields of a source."""
    return {
        "paragraphs": len(paragraphs),
        "sha256": digest("\n".join(paragraphs)),
        "paragraph_sha256": [digest(paragraph) for paragraph in paragraphs],
    }


@dataclass(frozen=True)
class Paragraph:
    """Paragraph of a source: its normalized text, and the parts in quotation marks."""

    text: str
    quotations: tuple[str, ...]

    @classmethod
    def from_lines(cls, lines: list[str], *, is_own: bool = False) -> list["Paragraph"]:
        """Build from lines as printed. Marks are read before normalization, which makes them all alike.

        A party's own text may be quoted as a whole.
        """
        quoted = zip(lines, [[line] for line in lines] if is_own else quotations(lines), strict=True)
        return [cls(normalize(line), tuple(map(normalize, texts))) for line, texts in quoted]


class Prose:
    """The words of a source. A bundle may repeat only a few of them in a row."""

    def __init__(self, texts: Iterable[str], length: int) -> None:
        self.length = length
        self.runs = set(self._runs(texts))

    def repeated_in(self, texts: Iterable[str]) -> str | None:
        """Return the first copied run of words that is too long, or None."""
        return next((run for run in self._runs(texts) if run in self.runs), None)

    def _runs(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield every run of `length` words. No run crosses a quotation."""
        for text in texts:
            for stretch in normalize(text).lower().split("|"):
                words = WORD.findall(stretch)
                yield from (
                    " ".join(words[start : start + self.length]) for start in range(len(words) - self.length + 1)
                )


def verify(records: Records, article: str) -> Iterator[FieldError]:
    """Yield every mismatch between a bundle and its source; details quote only text that the bundle contains.

    In a party's own text every sentence may be quoted; in journalism, only words in quotation marks.
    """
    source = records["sources"][0]
    text = Paragraph.from_lines(lines(article), is_own=is_primary(source))
    prose = _prose(records, article)
    yield from _digest_errors(source, text)
    for pointer, record, numbers in _cited_paragraphs(records, source["id"]):
        if numbers and max(numbers) > len(text):
            yield FieldError(f"{pointer}/citations", f"The text has {len(text)} paragraphs, not {max(numbers)}.")
            continue
        cited = [text[number - 1] for number in numbers] if "citations" in record else text
        for name, detail in _wording_errors(record, cited, prose, source["language"]):
            yield FieldError(f"{pointer}/{name}", detail)


def verify_comments(bundle: str, records: Records, article: str) -> Iterator[tuple[int, FieldError]]:
    """Yield the line of each comment in the YAML of a bundle that repeats the prose of the source, and the error."""
    prose = _prose(records, article)
    for line, text in enumerate(bundle.splitlines(), 1):
        comment = COMMENT.search(text)
        if comment and (run := prose.repeated_in([comment[1]])):
            detail = f"The comment repeats the source's prose, beginning with “{run}”. Remove it."
            yield line, FieldError("", detail)


def _prose(records: Records, article: str) -> Prose:
    """Return the words that a bundle may not repeat. A longer run of a party's own text is allowed."""
    length = MAX_SHARED_OWN_WORDS if is_primary(records["sources"][0]) else MAX_SHARED_WORDS
    return Prose(without_quotations(lines(article)), length)


def verify_support(records: Records, article: str, names: Names = NO_NAMES) -> Iterator[FieldError]:
    """Yield a warning for each summary and stance of a primary source without support in the cited paragraphs.

    `names` are those of known parties, which a summary may call by another name than the text does.
    """
    source = records["sources"][0]
    if is_primary(source):
        support = Support([normalize(line) for line in lines(article)], names)
        for pointer, record, numbers in _cited_paragraphs(records, source["id"]):
            plural = pointer.split("/")[1]
            cited = [number for number in numbers if number <= len(support.paragraphs)]
            for name, detail in support.warnings(plural, record, cited) if cited else ():
                yield FieldError(f"{pointer}/{name}", detail)


def verify_marks(records: Records, article: str) -> Iterator[FieldError]:
    """Yield a warning for each paragraph of journalism whose last quotation is not closed, but seems to go on."""
    source = records["sources"][0]
    if not is_primary(source):
        for number in unclosed_paragraphs(lines(article)):
            detail = (
                f"Paragraph {number} ends in a quotation that is not closed. Paragraph {number + 1} begins with the"
                " same mark, so it is taken to go on there. If the closing mark was forgotten, the words after its"
                " place are prose: do not quote or copy them."
            )
            yield FieldError(json_pointer("sources", 0, "paragraphs"), detail)


def is_primary(source: dict[str, Any]) -> bool:
    """Return whether a source is a party's own text."""
    return bool(source.get("issued_by"))


def lines(article: str) -> list[str]:
    """Return the paragraphs of a text as printed: its non-empty lines."""
    return [line for line in article.splitlines() if line.strip()]


def _cited_paragraphs(records: Records, source: str) -> Iterator[tuple[str, dict[str, Any], list[int]]]:
    """Yield the JSON pointer of each record, the record, and the paragraphs of the source that it cites, in order."""
    for plural, place, record in entries(records):
        citations = record.get("citations", [])
        numbers = {citation["paragraph"] for citation in citations if citation["source"] == source}
        yield json_pointer(plural, place), record, sorted(numbers)


def _digest_errors(source: dict[str, Any], text: list[Paragraph]) -> Iterator[FieldError]:
    """Yield the paragraph count and digests that differ, with the right ones."""
    for name, value in digests([paragraph.text for paragraph in text]).items():
        if source[name] != value:
            yield FieldError(json_pointer("sources", 0, name), f"The text has {json.dumps(value)}.")


def _wording_errors(
    record: dict[str, Any], cited: list[Paragraph], prose: Prose, language: str
) -> Iterator[tuple[str, str]]:
    """Yield the fields with words that are not in the text, or that repeat its prose.

    Of a quote that is a translation, the original is looked for if it is in the language of the source.
    """
    name, quote, wording = "quote", record.get("quote"), record.get("date_wording")
    original = record.get("quote_original")
    if original and primary_language(original["language"]) == primary_language(language):
        name, quote = "quote_original", original["text"]
    runs = [run for paragraph in cited for run in paragraph.quotations]
    if quote and not any(contains_words(run, normalize(quote)) for run in runs):
        is_cut = any(normalize(quote) in run for run in runs)
        yield name, CUT_QUOTE if is_cut else MISSING_QUOTE
    if wording and not any(contains_words(paragraph.text.lower(), normalize(wording).lower()) for paragraph in cited):
        yield "date_wording", "Not found in a cited paragraph."
    for name, value in record.items():
        if name not in QUOTED_FIELDS and (run := prose.repeated_in(_texts(value))):
            detail = f"Repeats {prose.length} words or more of the source's prose, beginning with “{run}”."
            yield name, f"{detail} Restate it in your own words."


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in _texts(inner))
    elif isinstance(value, list):
        yield from (text for inner in value for text in _texts(inner))
