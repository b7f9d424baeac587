"""Check that records of a party's own text have support in the paragraphs they cite.

In such a text every sentence may be quoted, so checking quotation marks does not find a wrong paragraph or stance.
"""

import re
from calendar import month_name
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from schemas.vocabularies import STANCES
from seed.draft.stance_words import find_stances
from seed.word_keys import NO_NAMES, Names, rarity, word_keys

MUCH_MORE = 3
"""Minimum ratio of what another paragraph shares with a summary to what the cited ones share, for a warning."""
MIN_SHARED = 3
"""Minimum number of words that the other paragraph must share."""
COMPARED = ("proposals", "positions", "statements")
"""Types whose records rest on single sentences; an event or an issue may be about the whole text."""
EDTF = re.compile(r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d\d))?)?")


class Support:
    """The names, numbers, words and stances of a text, paragraph by paragraph."""

    def __init__(self, paragraphs: Sequence[str], names: Names = NO_NAMES) -> None:
        """`names` are those of known parties, which a summary may call by another name than the text does."""
        self.names = names
        self.paragraphs = [paragraph.casefold() for paragraph in paragraphs]
        self.keys = [frozenset().union(*word_keys(paragraph, names)) for paragraph in paragraphs]
        self.stances = [find_stances(paragraph) for paragraph in paragraphs]
        self._frequency = Counter(key for keys in self.keys for key in keys)

    def warnings(self, plural: str, record: dict[str, Any], numbers: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the fields of a record without support in the paragraphs of these numbers, each with a warning.

        The stance of a position with `explicit: false` is not checked: the editor may have inferred it.
        """
        cited = [number - 1 for number in numbers]
        field = "summary" if record.get("summary") else "title"
        words = word_keys(record.get(field) or "", self.names)
        shared = self._weigh(words, frozenset().union(*(self.keys[place] for place in cited)))
        if words and not shared and not any(word & self._date_keys(record, cited) for word in words):
            yield field, "Shares no name, number or word with a cited paragraph."
        elif shared and plural in COMPARED and (better := self._better(words, sum(shared))):
            yield field, f"Paragraph {better} has much more of its names, numbers and words than a cited paragraph."
        if record.get("stance") in STANCES and record.get("explicit") is not False:
            yield from (("stance", detail) for detail in self._stance_warnings(record["stance"], cited))

    def _better(self, words: set[frozenset[str]], shared: float) -> int | None:
        """Return the number of the paragraph that shares most with a summary, if much more than `shared`."""
        found = [self._weigh(words, keys) for keys in self.keys]
        best = max(range(len(found)), key=lambda place: sum(found[place]))
        is_better = sum(found[best]) > MUCH_MORE * shared and len(found[best]) >= MIN_SHARED
        return best + 1 if is_better else None

    def _stance_warnings(self, stance: str, cited: list[int]) -> Iterator[str]:
        found = [self.stances[place] for place in cited]
        if not any(stance in shown for stances in found for shown in stances):
            near = [one.label for one in STANCES.terms.values() if any(one.name in stances.clear for stances in found)]
            hint = f" There are words for: {', '.join(near)}." if near else ""
            yield f"No word for {STANCES.terms[stance].label!r} occurs in a cited paragraph.{hint}"

    def _weigh(self, words: set[frozenset[str]], found: frozenset[str]) -> list[float]:
        """Return the weight of each found word, which is higher the fewer paragraphs have it, in order."""
        weights = (max(map(self._weight, word & found), default=0.0) for word in words)
        return sorted(weight for weight in weights if weight)

    def _weight(self, key: str) -> float:
        return rarity(self._frequency[key], len(self.keys))

    def _date_keys(self, record: dict[str, Any], cited: list[int]) -> frozenset[str]:
        """Return the keys of the date of a record, if a cited paragraph has the wording from which it is resolved."""
        wording = (record.get("date_wording") or "").casefold()
        if not wording or not any(wording in self.paragraphs[place] for place in cited):
            return frozenset()
        dates = [match.groupdict() for match in EDTF.finditer(record.get("date") or "")]
        words = [f"{date['year']} {month_name[int(date['month'] or 0)]} {date['day'] or ''}" for date in dates]
        return frozenset().union(*word_keys(" ".join(words)))
