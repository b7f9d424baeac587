"""Whether a record of a party's own text has any support in the paragraphs it cites: shared names, numbers and words.

In such a text every sentence may be quoted, so that a wrong paragraph or stance does not show in the quotation marks.
Why no stemmer: a warning needs no more than that two words begin alike.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from schemas.terms import Term
from schemas.vocabularies import STANCES

WORD = re.compile(r"\w+")
STEM_LENGTH = 5
"""The number of letters after which words that begin alike count as forms of one word."""
MIN_LENGTH = 4
"""The length of the shortest word that says anything; numbers always do."""
# fmt: off
COMMON = {
    "about", "after", "again", "against", "also", "although", "another", "because", "been", "before", "between",
    "both", "could", "does", "doing", "during", "each", "from", "further", "have", "having", "here", "into", "more",
    "most", "only", "other", "over", "same", "should", "some", "such", "than", "that", "their", "them", "then",
    "there", "these", "they", "this", "those", "through", "under", "until", "very", "were", "what", "when", "where",
    "which", "while", "will", "with", "would", "according", "said", "says",
}
# fmt: on
"""Words that occur everywhere."""

CUES = {
    "calls_for": ("call", "needed", "must"),
    "demands": ("must", "stressed", "condition"),
    "noncommittal": ("took note", "neither", "study", "bound"),
    "offers": ("would", "prepared"),
    "pledges": ("will", "shall"),
    "rejects": ("will not", "cannot", "never"),
}
"""Words by which a text shows a stance, in addition to its label and synonyms: see section 6 of the codebook."""


def unsupported(record: dict[str, Any], paragraphs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a record that share nothing with the paragraphs, each with a warning."""
    found = stems(" ".join(paragraphs))
    text = record.get("summary") or record.get("title")
    if text and not stems(text) & found:
        yield "summary" if "summary" in record else "title", "Shares no name, number or word with a cited paragraph."
    stance = STANCES.terms.get(record.get("stance", ""))
    words = f" {' '.join(WORD.findall(' '.join(paragraphs).casefold()))} "
    if stance and not _is_shown(stance, found, words):
        near = [term.name for term in STANCES.terms.values() if _is_shown(term, found, words)]
        hint = f" Words for {', '.join(near)} occur there." if near else ""
        yield "stance", f"No word for {stance.label!r} occurs in a cited paragraph.{hint}"


def _is_shown(stance: Term, found: set[str], words: str) -> bool:
    if any(f" {cue} " in words for cue in CUES.get(stance.name, ())):
        return True
    return not found.isdisjoint(stems(" ".join([stance.label, *stance.synonyms])))


def stems(text: str) -> set[str]:
    """Return the beginnings of the words of a text that say something."""
    words = (word.casefold() for word in WORD.findall(text))
    return {word[:STEM_LENGTH] for word in words if word.isdigit() or (len(word) >= MIN_LENGTH and word not in COMMON)}
