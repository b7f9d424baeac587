"""Doctor: checks a database file without changing it.

Writes nothing into the file or next to it and blocks no reader or writer; comparisons use temporary tables.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.timeline import DATED
from seed.doctor.history_checks import changes, digests
from seed.doctor.record_checks import records, references, timeline
from seed.doctor.results import UNREADABLE, CheckResult, Mismatch, fault, found, not_examined, told, warning
from seed.doctor.schema_checks import indexes, search, tables
from seed.loader import NO_PROGRESS, Progress
from seed.storage.file_format import APPLICATION_ID, SCHEMA_VERSION, version_mismatch_message

EXAMINATIONS: dict[str, Callable[[Database, Progress], Iterator[Mismatch]]] = {
    "tables": tables,
    "indexes": indexes,
    "search": search,
    "references": references,
    "records": records,
    "changes": changes,
    "digests": digests,
    "timeline": timeline,
}
"""Checks of a readable database of this version."""
NAMES = ("file", "log", "version", *EXAMINATIONS)
"""Names of all checks, in the order of output."""
MEGABYTE = 1_000_000
LARGE_LOG = 64 * MEGABYTE
"""Size of the WAL in bytes below which it is never reported."""
Shown = Callable[[int], AbstractContextManager[Progress]]
"""Shows progress over a number of rows."""


class Look(NamedTuple):
    """Fingerprint of a file."""

    inode: int
    size: int
    modified: int


def run_checks(path: Path, shown: Shown = lambda _: nullcontext(NO_PROGRESS)) -> list[CheckResult]:
    """Run all checks in a fixed order."""
    tried = (_tried(path, shown, alone) for alone in (True, True, False))
    return next(findings for findings in tried if findings)


def _tried(path: Path, shown: Shown, alone: bool) -> list[CheckResult]:
    """Run the checks. Returns [] if the file changed meanwhile without a lock being taken.

    A file without a WAL can be opened with `immutable=1`, so that SQLite creates no files next to it. A writer creates
    a WAL first, so what was read is consistent as long as the fingerprint is the same.
    """
    try:
        before = _look(path)
    except OSError as error:
        return _with_the_rest([_unusable(f"{path} cannot be opened: {error.strerror}")])
    if not path.is_file():
        return _with_the_rest([_unusable(f"{path} is not a file")])
    log, journal = _beside(path, "-wal"), _beside(path, "-journal")
    beside = found("log", _log(before.size, log, journal))
    if journal:
        return _with_the_rest([_unusable(_unsettled(path)), beside])
    if log or not alone:
        return _examined(path, "", beside, shown)
    findings = _examined(path, "&immutable=1", beside, shown)
    return findings if _still(path, before) else []


def _examined(path: Path, how: str, beside: CheckResult, shown: Shown) -> list[CheckResult]:
    try:
        address = f"{path.absolute().as_uri()}?mode=ro{how}"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            return _with_the_rest([beside, *_findings(path, Database(connection), shown)])
    except UNREADABLE as error:
        return _with_the_rest([_unusable(f"{path} cannot be read: {error}"), beside])


def _findings(path: Path, db: Database, shown: Shown) -> Iterator[CheckResult]:
    """Yield the results as far as there is something to check."""
    application, version, held = (
        db.execute(question).fetchone()[0]
        for question in ("pragma application_id", "pragma user_version", "select count(*) from sqlite_master")
    )
    if held == 0 and application in (0, APPLICATION_ID):
        yield _unusable(f"{path} holds nothing; build it with: python -m seed load")
    elif application != APPLICATION_ID:
        yield _unusable(f"{path} is an SQLite file, but not one of Readout's")
    elif version != SCHEMA_VERSION:
        yield _at_once(db, "file", _file(path, db))
        yield found("version", iter([fault(version_mismatch_message(path))]))
    else:
        with shown(_amount(db)) as progress:
            progress.step("Examining the file")
            yield _at_once(db, "file", _file(path, db))
            yield found("version", iter([told(f"{version}, the one that is known here")]))
            for name, examine in EXAMINATIONS.items():
                progress.step(f"Examining the {name}")
                yield _at_once(db, name, examine(db, progress))


def _at_once(db: Database, name: str, notes: Iterator[Mismatch]) -> CheckResult:
    """Run a check in one transaction, which is rolled back together with its temporary tables."""
    db.execute("begin")
    finding = found(name, notes)
    if db.conn.in_transaction:
        db.execute("rollback")
    return finding


def _amount(db: Database) -> int:
    """Return the number of rows to read: records, changes (twice) and timeline entries."""
    total = 0
    for table in (*RECORDS, *DATED, "changes", "changes"):
        with suppress(sqlite3.Error):  # reported by the check that finds it
            total += db.execute(f'select count(*) from "{table}"').fetchone()[0]
    return total


def _unusable(text: str) -> CheckResult:
    return found("file", iter([fault(text)]))


def _file(path: Path, db: Database) -> Iterator[Mismatch]:
    """Check pages, indexes and column types with SQLite's own checks."""
    try:
        for (line,) in db.execute("pragma integrity_check"):
            # What SQLite 3.44 and later report about full-text indexes is found by the check of those.
            if line != "ok" and "FTS5 table" not in line:
                yield fault(" ".join(line.split()))
    except sqlite3.Error as error:
        yield fault(f"{error} (integrity_check)")
    pages, page = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    if path.stat().st_size % page:
        yield fault("ends within a page, and lacks what came after")
    yield told(f"readable, {_in_words(pages * page)}, sound (integrity_check)")


def _log(size: int, log: int, journal: int) -> Iterator[Mismatch]:
    """Report the WAL and journal files next to the database."""
    if journal:
        yield warning(
            f"{_in_words(journal)} of journal beside the file, from which SQLite undoes what was not finished"
        )
    if log > max(size, LARGE_LOG):
        yield warning(
            f"{_in_words(log)}, more than the file itself: a large load goes on, or somebody has read the same state"
            " for long, and keeps it from being moved into the file"
        )
    yield told(f"{_in_words(log)}, read with the file; a load moves it there" if log else "none beside the file")


def _unsettled(path: Path) -> str:
    return (
        f"{path} is being built, or whoever built it was stopped: ask again when it is done, or have it put right by"
        " loading or serving it"
    )


def _beside(path: Path, suffix: str) -> int:
    """Return the size of a file next to the database."""
    try:
        return Path(f"{path.resolve()}{suffix}").stat().st_size
    except OSError:
        return 0


def _look(path: Path) -> Look:
    status = path.stat()
    return Look(status.st_ino, status.st_size, status.st_mtime_ns)


def _still(path: Path, before: Look) -> bool:
    try:
        return _look(path) == before
    except OSError:
        return True  # it was removed, and the database was checked as it was


def _with_the_rest(findings: list[CheckResult]) -> list[CheckResult]:
    """Add a `not examined` result for every check that was not run."""
    of = {finding.examination: finding for finding in findings}
    return [of.get(name) or not_examined(name) for name in NAMES]


def _in_words(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / 1000:.1f} kB"
