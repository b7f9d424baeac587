"""Bundles as people write them, one YAML file a source: reading, checking, loading and writing them back."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from schemas.bundle import Records
from schemas.faults import Fault
from seed.checks import check
from seed.document import Document, Unreadable, read
from seed.file import connect, is_built, is_ours, writing
from seed.writer import Applied, apply

SEED = Path(__file__).parent


@dataclass(frozen=True, order=True)
class Flaw:
    """A fault in a bundle, and the file and line where it stands."""

    path: Path
    line: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.fault}"


class Flawed(Exception):
    """Bundles that cannot be loaded, with every flaw found in them, in the order in which they stand."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = sorted(flaws)
        super().__init__("\n".join(str(flaw) for flaw in self.flaws))


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


def load(paths: Sequence[Path], database: Path) -> Applied:
    """Bring the file to hold these bundles, all or nothing; what that changed."""
    documents = documents_of(paths)
    # Where there is no file yet, a faulty bundle is refused before there is one.
    bundles = None if is_built(database) else sound(documents, None)
    with writing(database) as db:
        if bundles is None or is_ours(db.conn, database):
            bundles = sound(documents, db.conn)
        return apply(db, bundles)
