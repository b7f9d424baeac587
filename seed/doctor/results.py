"""What an examination of the file finds, in few words however much it is."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

State = Literal["fault", "not examined", "warning", "ok"]
WRONG: tuple[State, ...] = ("fault", "not examined", "warning")
UNREADABLE = (sqlite3.Error, AttributeError, TypeError, ValueError)
"""What is raised over a damaged file: by SQLite, or because a value is of no type that its column may hold."""
MAX_SHOWN = 5
"""How many faults of an examination are told; of the others, how many there are."""


class Mismatch(NamedTuple):
    """Something that an examination comes upon."""

    state: State
    text: str


class CheckResult(NamedTuple):
    """What an examination found altogether, and the worst that it came upon."""

    examination: str
    state: State
    detail: str

    @property
    def sound(self) -> bool:
        """Whether all is well, warnings aside."""
        return self.state in ("ok", "warning")


def fault(text: str) -> Mismatch:
    """What must not be."""
    return Mismatch("fault", text)


def warning(text: str) -> Mismatch:
    """What may be, and should be looked at."""
    return Mismatch("warning", text)


def told(text: str) -> Mismatch:
    """What is said where nothing is wrong."""
    return Mismatch("ok", text)


def not_examined(examination: str) -> CheckResult:
    """An examination for which there was nothing."""
    return CheckResult(examination, "not examined", "")


def found(examination: str, notes: Iterator[Mismatch]) -> CheckResult:
    """What an examination found; where the file cannot be read, as far as it came."""
    texts: defaultdict[State, list[str]] = defaultdict(list)
    counts: Counter[State] = Counter()
    try:
        for note in notes:
            counts[note.state] += 1
            if counts[note.state] <= MAX_SHOWN:
                texts[note.state].append(note.text)
    except UNREADABLE as error:
        counts["not examined"] += 1
        texts["not examined"].append(f"cannot be read: {error}")
    states: list[State] = [state for state in WRONG if counts[state]] or ["ok"]
    return CheckResult(examination, states[0], "; ".join(_joined(texts[state], counts[state]) for state in states))


def _joined(texts: list[str], count: int) -> str:
    more = [f"and {count - len(texts)} more"] if count > len(texts) else []
    return "; ".join([*texts, *more])
