"""Whether the file is sound, found out without a change to it.

Nothing is written into the file, nothing beside it where it lies alone, and nobody who reads or writes it is kept
waiting. What has to be made for a comparison is made among SQLite's temporary tables.
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
from seed.storage.sqlite_file import APPLICATION_ID, SCHEMA_VERSION, schema_mismatch_message

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
"""What is examined in a file that is readable and of the version known here."""
NAMES = ("file", "log", "version", *EXAMINATIONS)
"""Every examination, in the order in which they are told."""
MEGABYTE = 1_000_000
LARGE_LOG = 64 * MEGABYTE
"""How many bytes of log are nothing to speak of, however small the file is."""
Shown = Callable[[int], AbstractContextManager[Progress]]
"""Shows how far the examination of so many rows is."""


class Look(NamedTuple):
    """What a file looks like from outside; it does not change while nobody writes it."""

    inode: int
    size: int
    modified: int


def run_checks(path: Path, shown: Shown = lambda _: nullcontext(NO_PROGRESS)) -> list[CheckResult]:
    """What every examination of the file finds, always the same ones in the same order."""
    tried = (_tried(path, shown, alone) for alone in (True, True, False))
    return next(findings for findings in tried if findings)


def _tried(path: Path, shown: Shown, alone: bool) -> list[CheckResult]:
    """What is found, nothing where the file was changed meanwhile by somebody whom SQLite did not know of.

    A file without a log is read as one that does not change if it is to be left alone: SQLite puts nothing beside it.
    Whoever begins to write it meanwhile writes a log first, so that as long as the file itself is the same, what was
    read is of one moment.
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
    """What is found, as far as there is something to be examined."""
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
        yield found("version", iter([fault(schema_mismatch_message(path))]))
    else:
        with shown(_amount(db)) as progress:
            progress.step("Examining the file")
            yield _at_once(db, "file", _file(path, db))
            yield found("version", iter([told(f"{version}, the one that is known here")]))
            for name, examine in EXAMINATIONS.items():
                progress.step(f"Examining the {name}")
                yield _at_once(db, name, examine(db, progress))


def _at_once(db: Database, name: str, notes: Iterator[Mismatch]) -> CheckResult:
    """What an examination finds in one state of the file; what it made for that goes with it."""
    db.execute("begin")
    finding = found(name, notes)
    if db.conn.in_transaction:
        db.execute("rollback")
    return finding


def _amount(db: Database) -> int:
    """How many rows are gone through one by one: every record, change and entry of the timeline, changes twice."""
    total = 0
    for table in (*RECORDS, *DATED, "changes", "changes"):
        with suppress(sqlite3.Error):  # told by the examination that comes upon it
            total += db.execute(f'select count(*) from "{table}"').fetchone()[0]
    return total


def _unusable(text: str) -> CheckResult:
    return found("file", iter([fault(text)]))


def _file(path: Path, db: Database) -> Iterator[Mismatch]:
    """Proves that every page is where it belongs, every row in its indexes, and every value of its column's type."""
    try:
        for (line,) in db.execute("pragma integrity_check"):
            # What SQLite 3.44 and later say of search indexes is found out with them.
            if line != "ok" and "FTS5 table" not in line:
                yield fault(" ".join(line.split()))
    except sqlite3.Error as error:
        yield fault(f"{error} (integrity_check)")
    pages, page = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    if path.stat().st_size % page:
        yield fault("ends within a page, and lacks what came after")
    yield told(f"readable, {_in_words(pages * page)}, sound (integrity_check)")


def _log(size: int, log: int, journal: int) -> Iterator[Mismatch]:
    """Tells of what SQLite keeps beside the file for as long as somebody writes or reads it."""
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
    """How many bytes SQLite keeps in a file beside this one."""
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
        return True  # it was taken away, and examined as it was


def _with_the_rest(findings: list[CheckResult]) -> list[CheckResult]:
    """These, and for every other examination that it did not take place."""
    of = {finding.examination: finding for finding in findings}
    return [of.get(name) or not_examined(name) for name in NAMES]


def _in_words(size: int) -> str:
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / 1000:.1f} kB"
