"""Bundles in files: check them, and load them into the database."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from seed.bundle_files import Bundle, Document, Stream, read_bundles
from seed.errors import MAX_SHOWN, BundleError, InvalidBundles, Unresolved, unresolved_references
from seed.known_records import KnownRecords
from seed.loader import Loader
from seed.progress import NO_PROGRESS, Progress
from seed.reference_check import FindBundle
from seed.storage.database_path import resolve_path
from seed.storage.sqlite_file import is_built, open_readonly, write_transaction
from seed.storage.writer import ANONYMOUS, Authorship, IncomingRecord, LoadResult, not_loaded
from seed.validation import Validation
from seed.yaml_document import YamlDocument

SEED = Path(__file__).parent


def default_bundles() -> list[Path]:
    """Return the bundles that come with the project."""
    return sorted(SEED.glob("*.yaml"))


def neighbours(path: Path) -> list[Path]:
    """Return the other YAML bundles in the folder of a bundle."""
    own = resolve_path(path)
    return sorted(other for other in own.parent.glob("*.yaml") if other != own)


def check(paths: Sequence[Path], database: Path, progress: Progress = NO_PROGRESS) -> Counter[str]:
    """Validate bundles without changing the database; return the number of records by type. Raises InvalidBundles.

    Without a database, references may lead to the bundles next to the first one. Many dangling references are one
    error, because the bundle with their targets is missing.
    """
    bundles = read_bundles(paths)
    if is_built(database):
        with closing(open_readonly(database)) as connection:
            return _check(Validation(bundles, progress=progress, find_bundle=_finder(bundles)), connection)
    context = _read_context(neighbours(paths[0]), bundles)
    validation = Validation(bundles, context, progress, resolves_all=False)
    return _check(validation, None, partial(unresolved_references, paths[0], database))


def context_bundles(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files next to the first bundle that resolve references without a database, and those not used.

    A file without a source is no bundle. Other versions of the bundles that are checked are not used.
    """
    found = [path for path in neighbours(paths[0]) if path not in {resolve_path(one) for one in paths}]
    used = [document.path for document in _read_context(found, read_bundles(paths))]
    return used, [path for path in found if path not in used]


@contextmanager
def known_records(paths: Sequence[Path], database: Path) -> Iterator[KnownRecords]:
    """Yield the records of valid YAML bundles, and those to which they may refer, as in `check`."""
    bundles = read_bundles(paths)
    with _snapshot(database) as connection:
        context = [] if connection else _read_context(neighbours(paths[0]), bundles)
        yield KnownRecords([bundle for bundle in (*bundles, *context) if isinstance(bundle, Document)], connection)


def load(
    paths: Sequence[Path], database: Path, progress: Progress = NO_PROGRESS, authorship: Authorship = ANONYMOUS
) -> LoadResult:
    """Replace bundles in the database, in one transaction; return what changed. Raises InvalidBundles."""
    return load_bundles(read_bundles(paths), database, progress, authorship)


def load_bundles(
    bundles: Sequence[Bundle],
    database: Path,
    progress: Progress = NO_PROGRESS,
    authorship: Authorship = ANONYMOUS,
) -> LoadResult:
    """Replace bundles in the database, as `load` does, which reads them first. Raise InvalidBundles."""
    validation = Validation(bundles, progress=progress, find_bundle=_finder(bundles))
    records = validation.valid_records()
    if not any(isinstance(bundle, Stream) for bundle in bundles):
        # An invalid bundle must not leave an empty database behind.
        records = _generator(list(records))
        with _snapshot(database) as connection:
            validation.check_references(connection)
        validation.errors.raise_any()
    with write_transaction(database) as db:
        result = Loader(db, [bundle.path for bundle in bundles], validation, authorship, progress).run(records)
        return replace(result, not_loaded=not_loaded(db))


def load_document(db: Database, data: Any, authorship: Authorship) -> LoadResult:
    """Replace a bundle that is in memory, in the caller's transaction; return what changed. Raises InvalidBundles."""
    validation = Validation([Document(Path(), YamlDocument(data, {}))])
    records = list(validation.valid_records())
    validation.check_references(db.conn)
    validation.errors.raise_any()
    return Loader(db, (), validation, authorship, NO_PROGRESS).run(_generator(records))


def _check(
    validation: Validation,
    connection: sqlite3.Connection | None,
    summarize: Callable[[Unresolved], BundleError] | None = None,
) -> Counter[str]:
    """Return the number of valid records. `summarize` combines many dangling references into one error."""
    counts = Counter(record.plural for record in validation.valid_records())
    validation.check_references(connection)
    if summarize and (unresolved := validation.unresolved).count:
        is_listed = validation.context and unresolved.count <= MAX_SHOWN
        for error in unresolved.first if is_listed else [summarize(unresolved)]:
            validation.errors.add(error)
    validation.errors.raise_any()
    return counts


def _read_context(paths: Iterable[Path], bundles: Sequence[Bundle]) -> list[Document]:
    """Return the readable bundles with a source, without other versions of the checked bundles."""
    context: list[Document] = []
    sources = _sources(bundles)
    for path in paths:
        with suppress(InvalidBundles):
            (document,) = read_bundles([path])
            own = _sources([document])
            if isinstance(document, Document) and own and not sources & own:
                context.append(document)
    return context


def _sources(bundles: Iterable[Bundle]) -> set[str | None]:
    """Return the ids of the sources of bundles."""
    return {entry.id for bundle in bundles for entry in bundle.entries() if entry.plural == "sources"}


def _finder(bundles: Sequence[Bundle]) -> FindBundle:
    """Return a function that looks for a record in the YAML bundles next to the first bundle, if that is a file."""

    @cache
    def paths() -> dict[tuple[str, str], Path]:
        found = neighbours(bundles[0].path) if bundles[0].path.is_file() else []
        context = _read_context(found, bundles)
        return {(entry.plural, entry.id): bundle.path for bundle in context for entry in bundle.entries() if entry.id}

    return lambda plural, id: paths().get((plural, id))


@contextmanager
def _snapshot(database: Path) -> Iterator[sqlite3.Connection | None]:
    """Yield a read-only connection, or None if there is no database yet."""
    if not is_built(database):
        yield None
        return
    with closing(open_readonly(database)) as connection:
        yield connection


def _generator(records: Iterable[IncomingRecord]) -> Generator[IncomingRecord]:
    yield from records
