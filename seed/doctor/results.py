"""Results of checks, with a limit on their length."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

State = Literal["fault", "not examined", "warning", "ok"]
WRONG: tuple[State, ...] = ("fault", "not examined", "warning")
UNREADABLE = (sqlite3.Error, AttributeError, TypeError, ValueError)
"""Errors raised by a damaged database: by SQLite, or by values of a wrong type."""
MAX_SHOWN = 5
"""Number of mismatches listed per check; of the others, only the count."""


class Mismatch(NamedTuple):
    """Something that a check found."""

    state: State
    text: str


class CheckResult(NamedTuple):
    """Result of a check and its worst state."""

    examination: str
    state: State
    detail: str

    @property
    def sound(self) -> bool:
        """Return whether there is nothing worse than a warning."""
        return self.state in ("ok", "warning")


def fault(text: str) -> Mismatch:
    """Return an error."""
    return Mismatch("fault", text)


def warning(text: str) -> Mismatch:
    """Return a warning."""
    return Mismatch("warning", text)


def told(text: str) -> Mismatch:
    """Return information."""
    return Mismatch("ok", text)


def not_examined(examination: str) -> CheckResult:
    """Return the result of a check that was not run."""
    return CheckResult(examination, "not examined", "")


def found(examination: str, notes: Iterator[Mismatch]) -> CheckResult:
    """Run a check and return its result, as far as the database can be read."""
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
