"""Bundles as files: reading and checking those that people write, one YAML file a source, and loading any."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.bundle import Records
from schemas.faults import Fault
from seed.checks import check
from seed.document import Document, Unreadable, read
from seed.file import connect, is_built, writing
from seed.flaws import Flaw, Flawed
from seed.loading import SILENT, Loading, Progress
from seed.stream import is_stream
from seed.writer import Applied

SEED = Path(__file__).parent


def shipped() -> list[Path]:
    """The bundles that come with the project."""
    return sorted(SEED.glob("*.yaml"))


def documents_of(paths: Sequence[Path]) -> dict[Path, Document]:
    """The YAML documents in these files; Flawed names every one that cannot be read."""
    documents, flaws = {}, []
    for path in paths:
        try:
            documents[path] = read(path.read_bytes())
        except Unreadable as error:
            flaws.append(Flaw(path, error.line, error.fault))
        except OSError as error:
            flaws.append(Flaw(path, 0, Fault("", f"Cannot be read: {error.strerror}.")))
    if flaws:
        raise Flawed(flaws)
    return documents


def sound(documents: Mapping[Path, Document], file: sqlite3.Connection | None) -> dict[str, Records]:
    """The records of these bundles by source id, sound by themselves, together and with the file; Flawed if not."""
    results = check([document.data for document in documents.values()], file)
    flaws = [
        Flaw(path, document.line(fault.pointer), fault)
        for (path, document), (_, faults) in zip(documents.items(), results, strict=True)
        for fault in faults
    ]
    if flaws:
        raise Flawed(flaws)
    return {records["sources"][0]["id"]: records for records, _ in results if records is not None}


def examine(paths: Sequence[Path], database: Path) -> dict[str, Records]:
    """What loading these bundles would bring into the file, without touching it."""
    documents = documents_of(paths)
    if not is_built(database):
        return sound(documents, None)
    with closing(connect(database)) as file:
        return sound(documents, file)


def load(paths: Sequence[Path], database: Path, progress: Progress = SILENT) -> Applied:
    """Bring the file to hold these bundles, all or nothing; what that changed."""
    documents = documents_of([path for path in paths if not is_stream(path)])
    if not is_built(database) and len(documents) == len(paths):
        sound(documents, None)  # where there is no file yet, a faulty bundle is refused before there is one
    with writing(database) as db:
        return Loading(db, paths, documents, progress).run()


def try_out(paths: Sequence[Path], database: Path, progress: Progress = SILENT) -> Applied:
    """What loading these bundles would change, tried out on a copy of the file."""
    with TemporaryDirectory() as folder:
        copy = Path(folder, "copy.db")
        if is_built(database):
            with closing(connect(database)) as file, closing(sqlite3.connect(copy)) as other:
                file.backup(other)
        return load(paths, copy, progress)
