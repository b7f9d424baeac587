"""Doctor: checks a database file without changing it.

The file may be served and loaded meanwhile. Nothing is written into it or next to it; the records are written again
into a temporary file and compared.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path

from sqlite_utils import Database

from schemas import RECORDS
from seed.doctor.file_checks import JOURNAL_ADVICE, check_file, check_format, check_wal
from seed.doctor.history_checks import check_changes, check_digests, check_references
from seed.doctor.rebuild import check_records, check_timeline
from seed.doctor.results import READ_ERRORS, TMPDIR_ADVICE, CheckResult, Finding, collect, error, not_checked
from seed.doctor.schema_checks import check_counts, check_schema, check_search, check_statistics
from seed.progress import NO_PROGRESS, Progress
from seed.storage.database_path import file_size, require_regular_file, resolve_path, side_file
from seed.storage.errors import DatabaseUnavailable
from seed.storage.file_format import require_sqlite
from seed.storage.fingerprint import read_fingerprint
from seed.storage.read_connection import connect
from seed.storage.temporary_folder import TemporaryFolder, TemporaryFolderMissing

CHECKS: dict[str, Callable[[Database, Progress], Iterator[Finding]]] = {
    "schema": check_schema,
    "statistics": check_statistics,
    "search": check_search,
    "counts": check_counts,
    "references": check_references,
    "changes": check_changes,
    "digests": check_digests,
}
"""The checks of a readable database of this version, before those that need a rebuild."""
NAMES = ("file", "wal", "format", *CHECKS, "records", "timeline")
"""All checks, in the order of the output."""
ShowProgress = Callable[[int], AbstractContextManager[Progress]]
"""Shows the progress over a number of rows."""


def run_checks(path: Path, show_progress: ShowProgress = lambda _: nullcontext(NO_PROGRESS)) -> list[CheckResult]:
    """Run all checks, and return their results in the order of NAMES."""
    resolved = resolve_path(path)
    attempts = (_attempt(resolved, show_progress, immutable) for immutable in (True, True, False))
    results = {result.check: result for result in next(filter(None, attempts))}
    return [results.get(name) or not_checked(name) for name in NAMES]


def _attempt(path: Path, show_progress: ShowProgress, immutable: bool) -> list[CheckResult]:
    """Run the checks. Returns [] if the file changed meanwhile without a lock being taken.

    Without a WAL the file is opened with `immutable=1`, so that SQLite creates no `-shm` next to it. A load that starts
    meanwhile writes a WAL first; as long as the file itself is unchanged, everything read is of one state.
    """
    before = read_fingerprint(path)
    try:
        require_sqlite()
        require_regular_file(path)
        size = path.stat().st_size
    except DatabaseUnavailable as reason:
        return [_file_error(str(reason))]
    except OSError as reason:
        return [_file_error(f"{path} cannot be opened: {reason.strerror}")]
    wal, journal = (file_size(side_file(path, suffix)) for suffix in ("-wal", "-journal"))
    side_files = collect("wal", check_wal(size, wal, journal))
    if journal:
        return [_file_error(f"{path} is being built, or its build was interrupted: {JOURNAL_ADVICE}"), side_files]
    if wal or not immutable:
        return [side_files, *_check(path, "ro", show_progress)]
    results = [side_files, *_check(path, "ro&immutable=1", show_progress)]
    after = read_fingerprint(path)
    unchanged = before is None or after is None or after.file == before.file
    return results if unchanged else []


def _check(path: Path, mode: str, show_progress: ShowProgress) -> list[CheckResult]:
    try:
        with closing(connect(path, mode, sqlite3.Connection)) as connection:
            connection.rollback()
            connection.row_factory = None
            return list(_results(path, Database(connection), show_progress))
    except READ_ERRORS as reason:
        return [_file_error(f"{path} cannot be read: {reason}")]


def _results(path: Path, db: Database, show_progress: ShowProgress) -> Iterator[CheckResult]:
    """Yield the results up to the first check whose failure makes the others impossible."""
    file_format = collect("format", check_format(path, db))
    yield file_format
    if not file_format.passed:
        return
    with show_progress(_row_count(db)) as progress:
        progress.step("Checking the file")
        yield collect("file", check_file(path, db))
        for name, check in CHECKS.items():
            progress.step(f"Checking the {name}")
            yield _in_transaction(db, name, check(db, progress))
        yield from _rebuild_results(db, progress)


def _rebuild_results(db: Database, progress: Progress) -> Iterator[CheckResult]:
    """Yield the results of the checks that compare the file with a rebuild of it in a temporary folder."""
    try:
        folder = TemporaryFolder("doctor")
        copy = folder.path / "rebuilt.db"
        copy.touch()
        db.execute("attach database ? as rebuilt", [f"{copy.as_uri()}?mode=ro"])
        db.execute("begin")
        progress.step("Rebuilding the records")
        yield collect("records", check_records(db, copy, progress))
        progress.step("Comparing the timeline")
        yield collect("timeline", check_timeline(db))
        _rollback(db)
        db.execute("detach database rebuilt")
    except TemporaryFolderMissing as reason:
        yield not_checked("records", str(reason))
    except OSError as reason:
        yield not_checked("records", f"no temporary file can be written: {reason}; {TMPDIR_ADVICE}")


def _in_transaction(db: Database, name: str, findings: Iterator[Finding]) -> CheckResult:
    """Run a check on one state of the file, and roll back its temporary tables."""
    db.execute("begin")
    result = collect(name, findings)
    _rollback(db)
    return result


def _rollback(db: Database) -> None:
    if db.conn.in_transaction:
        db.execute("rollback")


def _row_count(db: Database) -> int:
    """Return the number of rows that are read one by one: records, and changes twice."""
    total = 0
    for table in (*RECORDS, "changes", "changes"):
        with suppress(sqlite3.Error):  # reported by the check that reads the table
            total += db.execute(f'select count(*) from "{table}"').fetchone()[0]
    return total


def _file_error(text: str) -> CheckResult:
    return collect("file", iter([error(text)]))
