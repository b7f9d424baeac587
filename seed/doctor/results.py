"""Results of checks: the worst state of each, and a text of limited length."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from seed.storage.temporary_folder import TemporaryFolderMissing, TemporaryFolderUnusable

State = Literal["error", "not checked", "warning", "ok"]
BY_SEVERITY: tuple[State, ...] = ("error", "not checked", "warning")
READ_ERRORS = (sqlite3.Error, AttributeError, OSError, TypeError, ValueError, TemporaryFolderMissing)
"""What a check raises if a file is damaged, errors of SQLite or of values of the wrong type, or cannot be copied."""
TMPDIR_ADVICE = "set TMPDIR to a folder with enough space"
MAX_LISTED = 5
"""Maximum number of findings listed per check and state; the rest are counted."""


class Finding(NamedTuple):
    """One thing that a check reports."""

    state: State
    text: str


class CheckResult(NamedTuple):
    """The result of one check: the worst state of its findings, and their texts."""

    check: str
    state: State
    detail: str

    @property
    def passed(self) -> bool:
        """Return whether nothing is worse than a warning."""
        return self.state in ("ok", "warning")


def error(text: str) -> Finding:
    """Return a finding that makes the check fail."""
    return Finding("error", text)


def warning(text: str) -> Finding:
    """Return a finding that deserves a look, but may be harmless."""
    return Finding("warning", text)


def info(text: str) -> Finding:
    """Return a finding to show if nothing is wrong."""
    return Finding("ok", text)


def not_checked(check: str, reason: str = "") -> CheckResult:
    """Return the result of a check that could not be run."""
    return CheckResult(check, "not checked", reason)


def collect(check: str, findings: Iterator[Finding]) -> CheckResult:
    """Run a check to its end, or until the file cannot be read."""
    texts: defaultdict[State, list[str]] = defaultdict(list)
    counts: Counter[State] = Counter()
    try:
        for finding in findings:
            counts[finding.state] += 1
            if counts[finding.state] <= MAX_LISTED:
                texts[finding.state].append(finding.text)
    except READ_ERRORS as reason:
        counts["not checked"] += 1
        texts["not checked"].append(describe(reason))
    states: list[State] = [state for state in BY_SEVERITY if counts[state]] or ["ok"]
    return CheckResult(check, states[0], "; ".join(_join(texts[state], counts[state]) for state in states))


def describe(reason: Exception) -> str:
    """Return a text for an error that ended a check."""
    if isinstance(reason, TemporaryFolderMissing):
        return str(reason)
    if isinstance(reason, TemporaryFolderUnusable) or getattr(reason, "sqlite_errorcode", None) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    ):
        return f"no temporary file can be written: {reason}; {TMPDIR_ADVICE}"
    return f"cannot be read: {reason}"


def _join(texts: list[str], count: int) -> str:
    more = [f"and {count - len(texts)} more"] if count > len(texts) else []
    return "; ".join([*texts, *more])
