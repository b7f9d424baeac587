"""Loader: validates every record of the given files, writes it, and reports every error with its location."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlite_utils import Database

from schemas import RECORDS
from schemas.bundle import entries, outline_errors, references
from schemas.errors import FieldError, json_pointer
from schemas.record import Cited
from seed.errors import MAX_ERRORS, BundleError, InvalidBundles, dangling_reference, duplicate_id, owned_by_other_bundle
from seed.examined import examined, finished
from seed.ndjson import InvalidLine, parse_line, read_lines
from seed.parallel import process_map
from seed.storage.references import DanglingReference, RecordRef, dangling_references, paragraphs_out_of_range
from seed.storage.tables import create_indexes, drop_indexes
from seed.storage.writer import BATCH_SIZE, IncomingRecord, LoadResult, Writer
from seed.validation import MAX_CANDIDATES, MAX_SUGGESTIONS, citations_out_of_range
from seed.yaml_document import YamlDocument


@dataclass(frozen=True)
class Progress:
    """Progress callbacks: bytes read, and the current step."""

    read: Callable[[int], object]
    step: Callable[[str], object]


CHUNK_SIZE = 200
"""Number of lines validated at a time."""
PARALLEL_THRESHOLD_BYTES = 8 * 1024 * 1024
"""Size in bytes up to which one process is faster than starting several."""
NO_PROGRESS = Progress(lambda _: None, lambda _: None)


class RecordStillReferenced(Exception):
    """A record that would be deleted is referenced by others."""

    @classmethod
    def by(cls, dangling: Iterable[DanglingReference]) -> "RecordStillReferenced":
        """Build the error from the dangling references."""
        told = sorted(
            {f"{one.holder.plural}/{one.holder.id} refers to one of the {one.target.plural}" for one in dangling}
        )
        return cls("\n".join(f"{refers} that would be gone." for refers in told))


class Entry(NamedTuple):
    """Record at its location: a line of a stream, or a place in a document."""

    path: Path
    plural: str
    record: dict[str, Any]
    line: int = 0
    document: YamlDocument | None = None
    within: str = ""

    @property
    def place(self) -> RecordRef:
        """Return the type and id it claims to have."""
        return RecordRef(self.plural, str(self.record.get("id")))

    def flaw(self, fault: FieldError) -> BundleError:
        """Return an error in this record with its file and line."""
        there = replace(fault, pointer=self.within + fault.pointer)
        return BundleError(self.path, self.document.line(there.pointer) if self.document else self.line, there)


class Loader:
    """Loads some files: parsed documents, and streams that are read as they are loaded."""

    def __init__(
        self, db: Database, paths: Sequence[Path], documents: Mapping[Path, YamlDocument], progress: Progress
    ) -> None:
        self.db, self.paths, self.documents, self.progress = db, paths, documents, progress
        self.errors: list[BundleError] = []
        self.unsound: set[RecordRef] = set()
        """Invalid records, which are not written but may be referenced."""

    def run(self) -> LoadResult:
        """Load everything and return what changed. Raises InvalidBundles or RecordStillReferenced."""
        writer = Writer(self.db)
        anew = writer.last_revision == 0 or self._is_more_than_the_file()
        if anew:
            drop_indexes(self.db)
        with closing(self._given()) as given:
            while batch := list(islice(given, BATCH_SIZE)):
                for place in writer.put([record for _, record in batch]):
                    entry = batch[place][0]
                    self._tell(entry.flaw(duplicate_id("/id", *entry.place)))
        self.progress.step("Updating the timeline")
        applied = writer.finish()
        if anew:
            self.progress.step("Creating the indexes")
            create_indexes(self.db)
        self._look_after_references(writer, None if anew or "delete" in applied.changes else applied.revision)
        if self.errors:
            raise InvalidBundles(self.errors)
        return applied

    def _is_more_than_the_file(self) -> bool:
        """Return whether the input is larger than the database, so that building indexes afterwards is faster."""
        (held,) = self.db.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()
        return bool(held < sum(path.stat().st_size for path in self.paths))

    def _tell(self, flaw: BundleError) -> None:
        if len(self.errors) == MAX_ERRORS:
            raise InvalidBundles(self.errors, more=True)
        self.errors.append(flaw)

    def _given(self) -> Generator[tuple[Entry, IncomingRecord]]:
        """Yield every valid record with its location; report the errors of the others."""
        for path in self.paths:
            document = self.documents.get(path)
            bundle = "" if document else None
            for entry, faults in self._of_document(path, document) if document else self._of_stream(path):
                if entry.plural == "sources":
                    bundle = entry.place.id
                if bundle is None and entry.plural:
                    faults.append(FieldError("", "Stands before any source; a source opens the bundle read from it."))
                for fault in faults:
                    self._tell(entry.flaw(fault))
                if faults:
                    self.unsound.add(entry.place)
                else:
                    yield entry, IncomingRecord(entry.plural, bundle or "", entry.record)

    def _of_document(self, path: Path, document: YamlDocument) -> Iterator[tuple[Entry, list[FieldError]]]:
        for fault in outline_errors(document.data):
            yield Entry(path, "", {}, document=document), [fault]
        for plural, place, item in entries(document.data):
            record, faults = finished(plural, item)
            yield Entry(path, plural, record, document=document, within=json_pointer(plural, place)), faults

    def _of_stream(self, path: Path) -> Iterator[tuple[Entry, list[FieldError]]]:
        held = read_lines(path, self.progress.read)
        chunks = iter(lambda: list(islice(held, CHUNK_SIZE)), [])
        found = False
        for number, plural, record, faults in chain.from_iterable(
            process_map(examined, chunks) if path.stat().st_size > PARALLEL_THRESHOLD_BYTES else map(examined, chunks)
        ):
            found = True
            yield Entry(path, plural, record, number), faults
        if not found:
            yield Entry(path, "", {}, 1), [FieldError("", "Holds no record.")]

    def _again(self) -> Iterator[Entry]:
        """Yield every record as given, read again."""
        for path in self.paths:
            if document := self.documents.get(path):
                for plural, place, item in entries(document.data):
                    yield Entry(path, plural, item, document=document, within=json_pointer(plural, place))
                continue
            for number, text in read_lines(path):
                with suppress(InvalidLine):
                    yield Entry(path, *parse_line(text), number)

    def _look_after_references(self, writer: Writer, changed_in: int | None) -> None:
        """Report dangling references; the files are read again only if there are any, to find their locations."""
        self.progress.step("Looking after references")
        elsewhere = dict(islice(writer.moved_from_other_bundles(), MAX_ERRORS + 1))
        missing = (found for found in dangling_references(self.db, changed_in) if found.target not in self.unsound)
        dangling = list(islice(missing, MAX_ERRORS + 1))
        cited = set(islice(paragraphs_out_of_range(self.db, changed_in), MAX_ERRORS + 1))
        holders = {found.holder for found in dangling}
        suspects = ReferenceErrors(self.db, elsewhere, {found.target for found in dangling})
        if elsewhere or holders or cited:
            for entry in self._again():
                if entry.place in elsewhere.keys() | holders | cited:
                    holders.discard(entry.place)
                    for fault in suspects.faults(entry):
                        self._tell(entry.flaw(fault))
        if holders and not self.errors:
            raise RecordStillReferenced.by(found for found in dangling if found.holder in holders)


@dataclass(frozen=True)
class ReferenceErrors:
    """Dangling references and records of other bundles: enough to find where they occur."""

    db: Database
    elsewhere: dict[RecordRef, str]
    absent: set[RecordRef]
    suggestions: Iterator[int] = field(default_factory=lambda: iter(range(MAX_SUGGESTIONS)))

    def faults(self, entry: Entry) -> Iterator[FieldError]:
        """Yield the errors between a record and others."""
        plural, id = entry.place
        if entry.place in self.elsewhere:
            yield owned_by_other_bundle("/id", id, self.elsewhere[entry.place])
        for pointer, to, target in references({plural: [entry.record]}):
            if RecordRef(to, target) in self.absent:
                yield dangling_reference(pointer.removeprefix(f"/{plural}/0"), to, target, self._known(to))
        yield from citations_out_of_range(entry.record, self._lengths(plural, id))

    def _known(self, plural: str) -> list[str]:
        """Return candidates for a suggestion, up to a number of suggestions."""
        if next(self.suggestions, None) is None:
            return []
        return sorted(id for (id,) in self.db.execute(f'select id from "{plural}" limit {MAX_CANDIDATES}'))

    def _lengths(self, plural: str, id: str) -> dict[str, int]:
        if not issubclass(RECORDS[plural], Cited):
            return {}
        cited = f'select source from "{plural}_citations" where id = ?'
        return dict(self.db.execute(f"select id, paragraphs from sources where id in ({cited})", [id]).fetchall())
