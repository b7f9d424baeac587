"""What an examination of the file finds, in few words however much it is."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

State = Literal["fault", "not examined", "warning", "ok"]
WRONG: tuple[State, ...] = ("fault", "not examined", "warning")
UNREADABLE = (sqlite3.Error, AttributeError, TypeError, ValueError)
"""What is raised over a damaged file: by SQLite, or because a value is of no type that its column may hold."""
MOST_TOLD = 5
"""How many faults of an examination are told; of the others, how many there are."""


class Note(NamedTuple):
    """Something that an examination comes upon."""

    state: State
    text: str


class Finding(NamedTuple):
    """What an examination found altogether, and the worst that it came upon."""

    examination: str
    state: State
    detail: str

    @property
    def sound(self) -> bool:
        """Whether all is well, warnings aside."""
        return self.state in ("ok", "warning")


def fault(text: str) -> Note:
    """What must not be."""
    return Note("fault", text)


def warning(text: str) -> Note:
    """What may be, and should be looked at."""
    return Note("warning", text)


def told(text: str) -> Note:
    """What is said where nothing is wrong."""
    return Note("ok", text)


def not_examined(examination: str) -> Finding:
    """An examination for which there was nothing."""
    return Finding(examination, "not examined", "")


def found(examination: str, notes: Iterator[Note]) -> Finding:
    """What an examination found; where the file cannot be read, as far as it came."""
    texts: defaultdict[State, list[str]] = defaultdict(list)
    counts: Counter[State] = Counter()
    try:
        for note in notes:
            counts[note.state] += 1
            if counts[note.state] <= MOST_TOLD:
                texts[note.state].append(note.text)
    except UNREADABLE as error:
        counts["not examined"] += 1
        texts["not examined"].append(f"cannot be read: {error}")
    states: list[State] = [state for state in WRONG if counts[state]] or ["ok"]
    return Finding(examination, states[0], "; ".join(_joined(texts[state], counts[state]) for state in states))


def _joined(texts: list[str], count: int) -> str:
    more = [f"and {count - len(texts)} more"] if count > len(texts) else []
    return "; ".join([*texts, *more])
