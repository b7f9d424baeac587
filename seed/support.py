"""Whether a record of a party's own text has any support in the paragraphs it cites.

In such a text every sentence may be quoted, so that a wrong paragraph or stance does not show in the quotation marks.
"""

import math
import re
from calendar import month_name
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from schemas.vocabularies import STANCES
from seed.draft.stance_words import find_stances
from seed.word_keys import NO_NAMES, Names, word_keys

MUCH_MORE = 3
"""How many times more another paragraph must share with a summary than the cited ones to make a warning."""
MIN_SHARED = 3
"""The number of keys that the other paragraph must share."""
COMPARED = ("proposals", "positions", "statements")
"""Types whose records rest on single sentences; an event or an issue may be about the whole text."""
EDTF = re.compile(r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>\d\d))?)?")


class Support:
    """The names, numbers, words and stances of a text, paragraph by paragraph."""

    def __init__(self, paragraphs: Sequence[str], names: Names = NO_NAMES) -> None:
        """`names` are those of known parties, which a summary may call by another name than the text does."""
        self.names = names
        self.paragraphs = [paragraph.casefold() for paragraph in paragraphs]
        self.keys = [word_keys(paragraph, names) for paragraph in paragraphs]
        self.stances = [find_stances(paragraph) for paragraph in paragraphs]
        self._frequency = Counter(key for keys in self.keys for key in keys)

    def warnings(self, plural: str, record: dict[str, Any], numbers: Sequence[int]) -> Iterator[tuple[str, str]]:
        """Yield the fields of a record without support in the paragraphs of these numbers, each with a warning.

        Of a position with `explicit: false`, the stance is not looked for: the editor may have supplied it.
        """
        cited = [number - 1 for number in numbers]
        field = "summary" if record.get("summary") else "title"
        keys = word_keys(record.get(field) or "", self.names)
        shared = self._weight({key for place in cited for key in keys & self.keys[place]})
        if keys and not shared and keys.isdisjoint(self._date_keys(record, cited)):
            yield field, "Shares no name, number or word with a cited paragraph."
        elif shared and plural in COMPARED and (better := self._better(keys, shared)):
            yield field, f"Paragraph {better} has much more of its names, numbers and words than a cited paragraph."
        if record.get("stance") in STANCES and record.get("explicit") is not False:
            yield from (("stance", detail) for detail in self._stance_warnings(record["stance"], cited))

    def _better(self, keys: set[str], shared: float) -> int | None:
        """Return the number of the paragraph that shares most with a summary, if that is much more than is shared."""
        weights = [(self._weight(keys & found), number) for number, found in enumerate(self.keys, 1)]
        weight, number = max(weights)
        is_better = weight > MUCH_MORE * shared and len(keys & self.keys[number - 1]) >= MIN_SHARED
        return number if is_better else None

    def _stance_warnings(self, stance: str, cited: list[int]) -> Iterator[str]:
        found = [self.stances[place] for place in cited]
        if not any(stance in shown for stances in found for shown in stances):
            near = [one.label for one in STANCES.terms.values() if any(one.name in stances.clear for stances in found)]
            hint = f" There are words for: {', '.join(near)}." if near else ""
            yield f"No word for {STANCES.terms[stance].label!r} occurs in a cited paragraph.{hint}"

    def _weight(self, keys: set[str]) -> float:
        """Return how much it says to share these keys: the more, the fewer paragraphs have them."""
        return math.fsum(math.log(1 + len(self.keys) / self._frequency[key]) for key in keys)

    def _date_keys(self, record: dict[str, Any], cited: list[int]) -> set[str]:
        """Return the keys of the date of a record, if a cited paragraph has the wording from which it is resolved."""
        wording = (record.get("date_wording") or "").casefold()
        if not wording or not any(wording in self.paragraphs[place] for place in cited):
            return set()
        dates = [match.groupdict() for match in EDTF.finditer(record.get("date") or "")]
        words = [f"{date['year']} {month_name[int(date['month'] or 0)]} {date['day'] or ''}" for date in dates]
        return word_keys(" ".join(words))
