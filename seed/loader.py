"""Loader: writes valid records in one transaction, and undoes it if there is any error."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from sqlite_utils import Database

from seed.batches import batches
from seed.progress import Progress
from seed.reference_errors import reference_errors
from seed.storage.errors import DatabaseUnavailable
from seed.storage.retired_ids import reused_ids
from seed.storage.tables import create_indexes, drop_indexes
from seed.storage.writer import BATCH_SIZE, Authorship, IncomingRecord, LoadResult, Writer
from seed.validation import Validation

INCONSISTENT = "The database has references without target that no bundle explains. Run: python -m seed doctor"


class Loader:
    """Writes the valid records of some bundles.

    SQL decides quickly whether there is an error between records. If so, the load is undone, and the validation
    pipeline reports the errors with their locations, as `check` would.
    """

    def __init__(
        self, db: Database, paths: Sequence[Path], validation: Validation, authorship: Authorship, progress: Progress
    ) -> None:
        self.db, self.validation, self.authorship, self.progress = db, validation, authorship, progress
        self.size = sum(path.stat().st_size for path in paths)

    def run(self, records: Generator[IncomingRecord]) -> LoadResult:
        """Write the records and return what changed. Raises InvalidBundles."""
        self.db.execute("savepoint load")
        with closing(records):
            result = self._write(records)
        if result is None:
            self.db.execute("rollback to load")
            self._raise_errors()
        return result

    def _write(self, records: Iterator[IncomingRecord]) -> LoadResult | None:
        """Write the records and return what changed, or None if there is an error."""
        writer = Writer(self.db, self.authorship)
        builds_indexes = writer.last_revision == 0 or self._is_larger_than_database()
        if builds_indexes:
            drop_indexes(self.db)
        if not self._write_records(writer, records):
            return None
        self.progress.step("Updating the timeline")
        result = writer.finish()
        if builds_indexes:
            self.progress.step("Creating the indexes")
            create_indexes(self.db)
        self.progress.step("Checking references")
        checks_all = builds_indexes or "delete" in result.changes
        has_errors = self._has_reference_errors(writer, None if checks_all else result.revision)
        return None if has_errors else result

    def _write_records(self, writer: Writer, records: Iterator[IncomingRecord]) -> bool:
        """Write the records up to the first error, and validate the rest. Return whether all are valid."""
        is_valid = True
        for batch in batches(records, BATCH_SIZE):
            is_valid = is_valid and not self.validation.errors.errors and not writer.put(batch)
        return is_valid and not self.validation.errors.errors

    def _is_larger_than_database(self) -> bool:
        """Return whether the input is larger than the database, so that building indexes afterwards is faster."""
        (size,) = self.db.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()
        return bool(size < self.size)

    def _has_reference_errors(self, writer: Writer, changed_in: int | None) -> bool:
        errors = (
            writer.moved_from_other_bundles(),
            reference_errors(self.db, changed_in),
            reused_ids(self.db, writer.revision) if writer.last_revision else iter(()),
        )
        return any(next(iter(kind), None) is not None for kind in errors)

    def _raise_errors(self) -> NoReturn:
        is_new = "revisions" not in self.db.table_names()
        self.validation.check_references(None if is_new else self.db.conn)
        self.validation.errors.raise_any()
        raise DatabaseUnavailable(INCONSISTENT)
