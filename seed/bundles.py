"""Bundles as files: reading, validating and loading them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.bundle import Records
from schemas.errors import FieldError
from seed.errors import BundleError, InvalidBundles
from seed.loader import NO_PROGRESS, Loader, Progress
from seed.ndjson import is_stream
from seed.storage.sqlite_file import is_built, open_readonly, write_transaction
from seed.storage.writer import LoadResult
from seed.validation import check_documents
from seed.yaml_document import YamlDocument, YamlError, parse_yaml

SEED = Path(__file__).parent


def default_bundles() -> list[Path]:
    """Return the bundles that come with the project."""
    return sorted(SEED.glob("*.yaml"))


def read_documents(paths: Sequence[Path]) -> dict[Path, YamlDocument]:
    """Parse YAML bundles. Raises InvalidBundles with every file that cannot be read."""
    documents, flaws = {}, []
    for path in paths:
        try:
            documents[path] = parse_yaml(path.read_bytes())
        except YamlError as error:
            flaws.append(BundleError(path, error.line, error.error))
        except OSError as error:
            flaws.append(BundleError(path, 0, FieldError("", f"Cannot be read: {error.strerror}.")))
    if flaws:
        raise InvalidBundles(flaws)
    return documents


def validate_documents(documents: Mapping[Path, YamlDocument], file: sqlite3.Connection | None) -> dict[str, Records]:
    """Validate bundles against each other and the database; return records by source id. Raises InvalidBundles."""
    results = check_documents([document.data for document in documents.values()], file)
    flaws = [
        BundleError(path, document.line(fault.pointer), fault)
        for (path, document), (_, faults) in zip(documents.items(), results, strict=True)
        for fault in faults
    ]
    if flaws:
        raise InvalidBundles(flaws)
    return {records["sources"][0]["id"]: records for records, _ in results if records is not None}


def validate_files(paths: Sequence[Path], database: Path) -> dict[str, Records]:
    """Validate bundle files without changing the database; return records by source id. Raises InvalidBundles."""
    documents = read_documents(paths)
    if not is_built(database):
        return validate_documents(documents, None)
    with closing(open_readonly(database)) as file:
        return validate_documents(documents, file)


def load(paths: Sequence[Path], database: Path, progress: Progress = NO_PROGRESS) -> LoadResult:
    """Bring the database in line with these bundles, in one transaction; return what changed."""
    documents = read_documents([path for path in paths if not is_stream(path)])
    if not is_built(database) and len(documents) == len(paths):
        validate_documents(documents, None)  # an invalid bundle must not leave an empty database behind
    with write_transaction(database) as db:
        return Loader(db, paths, documents, progress).run()


def dry_run(paths: Sequence[Path], database: Path, progress: Progress = NO_PROGRESS) -> LoadResult:
    """Return what loading these bundles would change, tried on a copy of the database."""
    with TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        if is_built(database):
            with closing(open_readonly(database)) as file, closing(sqlite3.connect(copy)) as other:
                file.backup(other)
        return load(paths, copy, progress)
