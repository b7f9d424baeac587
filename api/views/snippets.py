"""Snippets of hits: the part of a record's text with most of what was found, marked.

Why not FTS5's `snippet()`: it would show the other forms of words, which are indexed but are not the record's text.
"""

from collections.abc import Iterable, Sequence

from schemas.word_forms import SEPARATOR, pieces, texts_with_forms

START, END = "\x01", "\x02"
"""Around what was found, in texts as `highlight()` of FTS5 returns them."""
MARK = "**"
SNIPPET_WORDS = 16
"""The number of words in a snippet."""
WORDS_BEFORE = 4
"""The number of words before the first mark."""


def snippet(texts: Sequence[str | None], highlighted: Sequence[str | None]) -> str:
    """Return the snippet of a record, given its texts and the same highlighted, followed by their highlighted forms."""
    *marked, forms = highlighted
    found = [text for text in marked if text and START in text]
    found = found or _marked_by_forms(list(filter(None, texts)), forms or "")
    return _shorten(max(found, key=lambda text: text.count(START), default=""))


def _marked_by_forms(texts: Iterable[str], forms: str) -> list[str]:
    """Return the texts that have other forms, with marks where these have them: they consist of the same pieces."""
    pairs = zip(texts_with_forms(texts), forms.split(f" {SEPARATOR} "), strict=False)
    return [_transfer(text, form.split(" ")) for text, form in pairs if START in form]


def _transfer(text: str, forms: Iterable[str]) -> str:
    """Return a text with marks around the pieces whose forms have them."""
    result, end = "", 0
    for piece, form in zip(pieces(text), forms, strict=False):
        result += text[end : piece.start] + START * (START in form) + piece.text + END * (END in form)
        end = piece.end
    return result + text[end:]


def _shorten(text: str) -> str:
    """Return some words of a text from shortly before the first mark."""
    words = text.split()
    first = next((place for place, word in enumerate(words) if START in word), 0)
    begin = max(0, min(first - WORDS_BEFORE, len(words) - SNIPPET_WORDS))
    shown = words[begin : begin + SNIPPET_WORDS]
    part = " ".join(shown)
    part += END * (part.count(START) - part.count(END))
    before, after = "…" * (begin > 0), "…" * (begin + len(shown) < len(words))
    return f"{before}{part}{after}".replace(START, MARK).replace(END, MARK)
